/** A second chain of one term, beside the one that a traitor's honest core leads: entry for entry, each another one. */
import type { Entry } from '../../../../src/consensus/model/entry.ts';
import { positionOf } from '../../../../src/consensus/model/entry.ts';
import type { Hash, LogIndex } from '../../../../src/consensus/model/ids.ts';
import type {
  AppendEntries,
  FetchEntriesBody,
  PeerMessage,
} from '../../../../src/consensus/model/message.ts';
import type { Position } from '../../../../src/consensus/model/position.ts';
import type { AppendEntriesStatement, Signed } from '../../../../src/consensus/model/statement.ts';
import type { Link } from '../library.ts';
import type { Traitor } from '../traitor.ts';

/** The other entry in place of one, on top of `parent`; the same entry where it shall stay. */
export type Rewrite = (entry: Entry, parent: Link, me: Traitor) => Entry;

export interface ChainOptions {
  readonly term: number;
  /** Entries of the term that both chains have in common. */
  readonly common: number;
  readonly rewrite: Rewrite;
}

const WHOLE_MAX = 100;
const ANSWERED_ENTRIES_MAX = 64;
const ANSWERED_HEADERS_MAX = 512;

export class SecondChain {
  readonly term: number;
  readonly #me: Traitor;
  readonly #rewrite: Rewrite;
  #common: number;
  /** By the hash of the entry in whose place it stands. */
  readonly #others = new Map<Hash, Entry>();
  /** Every entry of this chain that was made here. */
  readonly #own = new Map<Hash, Entry>();
  /** Both chains from where they part, ascending: what stands where. */
  readonly #pairs: { readonly first: Entry; readonly other: Entry }[] = [];
  readonly #seen = new Set<Hash>();
  readonly #appends = new WeakMap<AppendEntries, AppendEntries>();
  /** By the head that it names. */
  readonly #statements = new Map<Hash, Signed<AppendEntriesStatement>>();

  constructor(me: Traitor, { term, common, rewrite }: ChainOptions) {
    this.#me = me;
    this.term = term;
    this.#common = common;
    this.#rewrite = rewrite;
  }

  get hasForked(): boolean {
    return this.#own.size > 0;
  }

  /** Where this chain stands when the first one stands at `position`. */
  at(position: Position): Position {
    const other = this.#others.get(position.hash);
    return other === undefined ? position : positionOf(other);
  }

  /** The leader's message as this chain has it: the same sequence, and what the chain has in common unchanged. */
  append(message: AppendEntries): AppendEntries {
    const known = this.#appends.get(message);
    if (known !== undefined) return known;
    const entries = message.entries.map((entry) => this.#other(entry));
    const { statement } = message.signed;
    const [previous, head] = [this.at(statement.previous), this.at(statement.head)];
    const isShared = head.hash === statement.head.hash && previous.hash === statement.previous.hash;
    const other = isShared ? message : this.#sign(message, previous, head, entries);
    this.#appends.set(message, other);
    return other;
  }

  /** For a voter that was on another chain: all of this one, or of the first, that the two do not have in common. */
  whole(message: AppendEntries, which: 'first' | 'other'): AppendEntries {
    const told = which === 'first' ? message : this.append(message);
    const { head, term, sequence } = told.signed.statement;
    const entries = this.#pairs.map((pair) => pair[which]);
    const end = entries.findIndex(({ hash }) => hash === head.hash);
    const lowest = entries[0];
    if (end < 0 || end >= WHOLE_MAX || lowest === undefined) return told;
    const { parent, index } = lowest.header;
    const previous = { index: (index - 1) as LogIndex, hash: parent };
    const fields = { term, previous, head, sequence };
    const all = this.#me.forge.append(this.#me.id, fields, entries.slice(0, end + 1), told.commit);
    this.#statements.set(head.hash, all.signed);
    return all;
  }

  #sign(
    { signed, commit }: AppendEntries,
    previous: Position,
    head: Position,
    entries: readonly Entry[],
  ): AppendEntries {
    const { term, sequence } = signed.statement;
    // A certificate of the first chain would say that there is one.
    const proof = commit === null || this.#others.has(commit.hash) ? null : commit;
    const fields = { term, previous, head, sequence };
    const message = this.#me.forge.append(this.#me.id, fields, entries, proof);
    this.#statements.set(head.hash, message.signed);
    return message;
  }

  #other(entry: Entry): Entry {
    if (this.#seen.has(entry.hash)) return this.#others.get(entry.hash) ?? entry;
    this.#seen.add(entry.hash);
    const parent = this.#others.get(entry.header.parent);
    if (parent === undefined && this.#common > 0) {
      this.#common--;
      return entry;
    }
    const made = this.#rewrite(entry, parent ?? below(entry), this.#me);
    if (made.hash === entry.hash) return entry;
    this.#others.set(entry.hash, made);
    this.#own.set(made.hash, made);
    this.#pairs.push({ first: entry, other: made });
    return made;
  }

  /** What a follower that was told of a head of this chain is missing below it; null for another head. */
  answer(body: FetchEntriesBody): PeerMessage | null {
    const leader = this.#statements.get(body.head.hash);
    return leader === undefined ? null : serve(this.#me, body, leader, this.#own);
  }
}

/** Entries up to the asked-for head, out of what was made and what was overheard, under the statement that names it. */
export function serve(
  me: Traitor,
  { from, head }: FetchEntriesBody,
  leader: Signed<AppendEntriesStatement>,
  own: ReadonlyMap<Hash, Entry>,
): PeerMessage | null {
  const chain: Entry[] = [];
  for (let { index, hash }: Position = head; index >= from; index = (index - 1) as LogIndex) {
    const entry = own.get(hash) ?? me.mind.library.entryAt({ hash });
    if (entry?.header.index !== index) return null;
    chain.push(entry);
    hash = entry.header.parent;
  }
  chain.reverse();
  const entries = chain.slice(0, ANSWERED_ENTRIES_MAX);
  const headers = chain.slice(ANSWERED_ENTRIES_MAX).map(({ header }) => header);
  if (entries.length === 0 || headers.length > ANSWERED_HEADERS_MAX) return null;
  const body = { entries, headers, leader, commit: null };
  return me.forge.body(me.id, { kind: 'entries', body });
}

/** What an entry says of the one before it: enough to build on. */
function below({ header }: Entry): Link {
  const index = (header.index - 1) as LogIndex;
  return { header: { ...header, index }, hash: header.parent };
}
