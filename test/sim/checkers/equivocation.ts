/**
 * V1: once an honest node has taken two statements of one signer and one (epoch, term) that contradict each other, it
 * holds evidence against that signer. What was taken is written down here once more, from the messages alone.
 */
import { limits } from '../../../src/base/limits.ts';
import type { CoreStatus } from '../../../src/consensus/core.ts';
import type { Hash, LogIndex, NodeId } from '../../../src/consensus/model/ids.ts';
import type { PeerMessage } from '../../../src/consensus/model/message.ts';
import type { Position } from '../../../src/consensus/model/position.ts';
import type {
  AppendEntriesStatement,
  ResponseStatement,
  Signed,
} from '../../../src/consensus/model/statement.ts';
import type { Checker } from './checker.ts';
import { Violation } from './checker.ts';

/** A node may remember more, and does: what it learns from certificates is not counted here. */
const REMEMBERED: number = limits.witnessedIndexesMax / 2;

type Statement = Signed<AppendEntriesStatement> | Signed<ResponseStatement>;

/** A statement with all that it says, in the order in which it is remembered. */
interface Taken {
  readonly signed: Statement;
  readonly positions: readonly Position[];
}

/** What one process of a node took in the term that it is in, by kind and signer; the latest last. */
interface Book {
  readonly epoch: number;
  readonly term: number;
  readonly said: Map<string, Map<LogIndex, Hash>>;
}

export class Equivocation implements Checker<PeerMessage> {
  readonly name = 'equivocation';
  readonly #order: readonly NodeId[];
  readonly #books = new Map<NodeId, Book>();
  /** Contradictions that were to be found, and were. */
  found = 0;

  /** `voters`: all of them, traitors too; whose turn it is to lead follows from their ids (E1). */
  constructor(options: { readonly voters: readonly NodeId[] }) {
    this.#order = [...options.voters].sort();
  }

  started(node: NodeId): void {
    this.#books.delete(node);
  }

  ended(node: NodeId): void {
    this.#books.delete(node);
  }

  received(node: NodeId, _from: NodeId, message: PeerMessage, status: CoreStatus): void {
    const known = this.#books.get(node);
    const isSameTerm = known?.epoch === status.epoch && known.term === status.term;
    const book = isSameTerm ? known : { epoch: status.epoch, term: status.term, said: new Map() };
    this.#books.set(node, book);
    const statement = takenOf(message, isSameTerm);
    if (statement === null || !this.#counts(node, statement.signed, book)) return;
    const index = contradicted(book, statement);
    if (index === null) return remember(book, statement);
    const { signer } = statement.signed;
    this.found++;
    if (status.evidence.some(({ culprit }) => culprit === signer)) return;
    throw new Violation(
      this.name,
      `${node} took two hashes at index ${index} from ${signer} in term ${book.term} and has no evidence against it`,
    );
  }

  /** Of this (epoch, term), of another node; AppendEntries of its candidate alone. */
  #counts(node: NodeId, { signer, statement }: Statement, book: Book): boolean {
    const { epoch, term, kind } = statement;
    if (signer === node || epoch !== book.epoch || term !== book.term) return false;
    if (kind === 'append-entries-response') return true;
    return signer === this.#order[(term - 1) % this.#order.length];
  }
}

/** Fetched entries bring the leader's statement along, if the node was in that term already: it may be of any. */
function takenOf(message: PeerMessage, isSameTerm: boolean): Taken | null {
  switch (message.kind) {
    case 'append-entries': {
      const { signed, entries } = message;
      const { previous, head } = signed.statement;
      const between = entries.map(({ header, hash }) => ({ index: header.index, hash }));
      return taken(signed, [previous, ...between, head]);
    }
    case 'append-entries-response': {
      const { accepted, prepared } = message.signed.statement;
      return taken(message.signed, [accepted, prepared]);
    }
    case 'entries': {
      const { leader } = message.body;
      if (leader === null || !isSameTerm) return null;
      return taken(leader, [leader.statement.head, leader.statement.previous]);
    }
    default:
      return null;
  }
}

/** Index 0 is none. What one statement says of an index twice it says once: its first word counts. */
function taken(signed: Statement, all: readonly Position[]): Taken {
  const byIndex = new Map<LogIndex, Position>();
  for (const position of all)
    if (position.index > 0 && !byIndex.has(position.index)) byIndex.set(position.index, position);
  return { signed, positions: [...byIndex.values()] };
}

function keyOf({ signer, statement }: Statement): string {
  return `${statement.kind} ${signer}`;
}

function contradicted(book: Book, { signed, positions }: Taken): LogIndex | null {
  const said = book.said.get(keyOf(signed));
  for (const { index, hash } of positions) {
    const before = said?.get(index);
    if (before !== undefined && before !== hash) return index;
  }
  return null;
}

function remember(book: Book, { signed, positions }: Taken): void {
  const said = book.said.get(keyOf(signed)) ?? new Map<LogIndex, Hash>();
  book.said.set(keyOf(signed), said);
  for (const { index, hash } of positions) {
    said.delete(index);
    said.set(index, hash);
  }
  while (said.size > REMEMBERED) {
    const [oldest] = said.keys();
    if (oldest === undefined) return;
    said.delete(oldest);
  }
}
