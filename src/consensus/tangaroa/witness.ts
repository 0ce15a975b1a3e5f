/**
 * V1: what each signer said in this (epoch, term), by index, so that a statement that contradicts an earlier one is
 * noticed when it comes. Bounded: of each signer the indexes that it spoke of last.
 */
import { assert } from '../../base/assert.ts';
import { limits } from '../../base/limits.ts';
import type { Header } from '../model/entry.ts';
import { hashHeader, positionOf } from '../model/entry.ts';
import type { Digest, Hash, LogIndex, NodeId } from '../model/ids.ts';
import type { AppendEntries, EntriesBody, Testimony } from '../model/message.ts';
import type { Position } from '../model/position.ts';
import type { AppendEntriesStatement, ResponseStatement, Signed } from '../model/statement.ts';

/** A statement that another one of its signer can contradict. */
export type Spoken = Testimony['signed'];

/** What a statement says of one index: it names the position, or an entry that came along lies on the way to its head. */
interface Claim {
  readonly position: Position;
  readonly isNamed: boolean;
  /** Of an entry that came along: what is not named has one. */
  readonly header: Header | null;
}

/**
 * All that a statement says, never two hashes for one index. Entries that came along stand last, ascending up to the
 * head.
 */
export interface Account {
  readonly signed: Spoken;
  readonly claims: readonly Claim[];
}

/** Two statements of one signer with different hashes at an index. */
export interface Contradiction {
  readonly index: LogIndex;
  readonly first: Testimony;
  readonly second: Testimony;
}

/** An AppendEntries names two positions, and carries what lies between. */
export function accountOfAppend({
  signed,
  entries,
}: Pick<AppendEntries, 'signed' | 'entries'>): Account {
  const { previous, head } = signed.statement;
  if (entries.length === 0) return { signed, claims: naming(head) };
  const carried = entries.map((entry) => ({
    position: positionOf(entry),
    isNamed: entry.header.index === head.index,
    header: entry.header,
  }));
  return { signed, claims: [...naming(previous), ...carried] };
}

/** A Response speaks of the indexes alone that it names (V3). */
export function accountOfResponse(signed: Signed<ResponseStatement>): Account {
  const { accepted, prepared } = signed.statement;
  return { signed, claims: naming(accepted, prepared) };
}

/** A leader's statement that came with fetched entries: it speaks of those that link up to its head. */
export function accountOfAnswer(
  signed: Signed<AppendEntriesStatement>,
  body: EntriesBody,
  digest: Digest,
): Account {
  const { previous, head } = signed.statement;
  const linked = linksUpTo(head, body, digest);
  const at = linked.find(({ position }) => position.index === previous.index);
  const isChain = at === undefined || at.position.hash === previous.hash;
  if (linked.length === 0 || !isChain) return { signed, claims: naming(head, previous) };
  return { signed, claims: [...naming(previous), ...linked] };
}

/** The highest of the entries and headers of an answer that lead up to `head`, ascending; none where none do. */
function linksUpTo(head: Position, { entries, headers }: EntriesBody, digest: Digest): Claim[] {
  const all = [...entries.map((entry) => entry.header), ...headers];
  const top = all.findIndex(({ index }) => index === head.index);
  const last = all[top];
  if (last === undefined) return [];
  // A hash is the next one's parent, or computed.
  const hash = all[top + 1]?.parent ?? hashHeader(last, digest);
  if (hash !== head.hash) return [];
  const lowest = Math.max(0, top + 1 - limits.witnessedIndexesMax);
  return all.slice(lowest, top + 1).map((header, i, links) => ({
    position: { index: header.index, hash: links[i + 1]?.parent ?? head.hash },
    isNamed: header.index === head.index,
    header,
  }));
}

/** Index 0 is none; of two hashes at one index the first counts, as it does in evidence. */
function naming(first: Position, second: Position = first): readonly Claim[] {
  const positions = second.index === first.index ? [first] : [first, second];
  return positions
    .filter(({ index }) => index > 0)
    .map((position) => ({ position, isNamed: true, header: null }));
}

/** The testimony of a statement about the index of one of its claims. */
export function testimonyOf({ signed, claims }: Account, at: number): Testimony {
  if (claims[at]?.isNamed === true) return { signed, headers: [] };
  return { signed, headers: claims.slice(at).flatMap(({ header }) => header ?? []) };
}

/** What a signer said of an index. */
interface Said {
  readonly hash: Hash;
  /** A statement that names it. Null: the entries above, up to the first that is named, are remembered as well. */
  readonly named: Spoken | null;
  readonly header: Header | null;
}

/** By index, what was said last at the end. */
type Memory = Map<LogIndex, Said>;

export class Witness {
  /** A leader's AppendEntries, and voters' Responses: the two kinds contradict each other never. */
  readonly #appends = new Map<NodeId, Memory>();
  readonly #responses = new Map<NodeId, Memory>();

  /** The first index of which the signer said something else before; null where there is none. */
  contradiction(account: Account): Contradiction | null {
    const { signed, claims } = account;
    const memory = this.#memories(signed).get(signed.signer);
    if (memory === undefined) return null;
    for (const [at, { position }] of claims.entries()) {
      const said = memory.get(position.index);
      if (said === undefined || said.hash === position.hash) continue;
      const { index } = position;
      return { index, first: recall(memory, index), second: testimonyOf(account, at) };
    }
    return null;
  }

  /** Keeps what a verified statement says, which contradicts nothing that is kept. */
  remember({ signed, claims }: Account): void {
    const memories = this.#memories(signed);
    const memory: Memory = memories.get(signed.signer) ?? new Map<LogIndex, Said>();
    memories.set(signed.signer, memory);
    for (const { position, isNamed, header } of claims) {
      const { index, hash } = position;
      const said = memory.get(index);
      assert(said === undefined || said.hash === hash, 'a contradiction is never kept');
      memory.delete(index);
      memory.set(index, {
        hash,
        named: said?.named ?? (isNamed ? signed : null),
        header: said?.header ?? header,
      });
      if (memory.size > limits.witnessedIndexesMax) forgetOldest(memory);
    }
  }

  #memories({ statement }: Spoken): Map<NodeId, Memory> {
    return statement.kind === 'append-entries' ? this.#appends : this.#responses;
  }

  /** How much is held, for checkers: signers, and indexes of the one of which most are. */
  get sizes(): Readonly<Record<'leaders' | 'voters' | 'indexes', number>> {
    const all = [...this.#appends.values(), ...this.#responses.values()];
    return {
      leaders: this.#appends.size,
      voters: this.#responses.size,
      indexes: Math.max(0, ...all.map((memory) => memory.size)),
    };
  }
}

/**
 * The entry of an index that is not named came with all above it up to a head, which were said after it: whenever it is
 * remembered, so are they.
 */
function recall(memory: Memory, index: LogIndex): Testimony {
  const headers: Header[] = [];
  for (let at: number = index; ; at++) {
    const said = memory.get(at as LogIndex);
    assert(said !== undefined, 'an entry is remembered with what leads up to a named position');
    const { named: signed, header } = said;
    if (signed !== null && at === index) return { signed, headers: [] };
    assert(header !== null, 'what is not named has a header, and so has what it leads up to');
    headers.push(header);
    if (signed !== null) return { signed, headers };
  }
}

function forgetOldest(memory: Memory): void {
  const oldest = memory.keys().next();
  if (oldest.done !== true) memory.delete(oldest.value);
}
