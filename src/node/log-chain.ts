/** Reading the entries of one prefix out of a store in which siblings may share an index. */
import type { Decoded } from '../base/binary.ts';
import { assert } from '../base/assert.ts';
import type { Header } from '../consensus/model/entry.ts';
import type { Hash, LogIndex } from '../consensus/model/ids.ts';
import type { Position } from '../consensus/model/position.ts';
import { scan } from './log-database.ts';
import type { LogDatabase } from './log-database.ts';
import { DamageError } from './log-errors.ts';
import { entryRange, positionOfKey } from './log-keys.ts';

export interface Linked {
  readonly header: Header;
  readonly hash: Hash;
}

interface Stored {
  readonly hash: Hash;
  readonly value: Uint8Array;
}

export interface ChainBounds {
  readonly from: LogIndex;
  /** All entries of this prefix from `from` on are stored. */
  readonly to: Position;
  readonly countMax: number;
  /** Of their records together; one is read in any case. */
  readonly bytesMax: number;
}

export function damagedEntry(index: number, reason: string): DamageError {
  return new DamageError(`entry ${index}`, reason);
}

/** What a record holds, if it is the one whose hash is in its key. */
export function openRecord<T extends Linked>(
  position: Position,
  value: Uint8Array,
  decodeRecord: (value: Uint8Array) => Decoded<T>,
): T {
  const decoded = decodeRecord(value);
  if (!decoded.ok) throw damagedEntry(position.index, `cannot be read: ${decoded.reason}`);
  if (decoded.value.hash !== position.hash || decoded.value.header.index !== position.index)
    throw damagedEntry(position.index, 'is another one than its key says');
  return decoded.value;
}

/**
 * The entries of the prefix `to`, ascending from `from`. Where siblings share an index, the next entry's parent says
 * which of them is meant; that the prefix is stored makes an only child the right one.
 *
 * @throws DamageError
 */
export async function readChain<T extends Linked>(
  database: LogDatabase,
  bounds: ChainBounds,
  decodeRecord: (value: Uint8Array) => Decoded<T>,
): Promise<readonly T[]> {
  const { from, to, countMax, bytesMax } = bounds;
  if (from > to.index) return [];
  const chosen: T[] = [];
  /** Siblings at the indexes from `from + chosen.length` on: undecided until a descendant is known. */
  let open: (readonly Stored[])[] = [];
  let bytes = 0;
  for await (const { index, siblings } of groups(database, from, to.index)) {
    if (index !== from + chosen.length + open.length)
      throw damagedEntry(from + chosen.length + open.length, 'is missing');
    open.push(siblings);
    const known =
      index === to.index ? to.hash : siblings.length === 1 ? siblings[0]?.hash : undefined;
    if (known === undefined) continue;
    for (const { entry, size } of decide(open, { index, hash: known }, decodeRecord)) {
      if (chosen.length > 0 && (bytes + size > bytesMax || chosen.length >= countMax))
        return chosen;
      const below = chosen.at(-1);
      if (below !== undefined && entry.header.parent !== below.hash)
        throw damagedEntry(below.header.index, `does not have the hash ${entry.header.parent}`);
      bytes += size;
      chosen.push(entry);
    }
    open = [];
  }
  if (from + chosen.length <= to.index) throw damagedEntry(from + chosen.length, 'is missing');
  return chosen;
}

/** Walks down from the known one at the end of `open`, and gives the entries ascending. */
function decide<T extends Linked>(
  open: readonly (readonly Stored[])[],
  end: Position,
  decodeRecord: (value: Uint8Array) => Decoded<T>,
): readonly { readonly entry: T; readonly size: number }[] {
  const entries: { entry: T; size: number }[] = [];
  let { index, hash } = end;
  for (let at = open.length - 1; at >= 0; at--) {
    const stored = open[at]?.find((sibling) => sibling.hash === hash);
    if (stored === undefined) throw damagedEntry(index, `with hash ${hash} is missing`);
    const entry = openRecord({ index, hash }, stored.value, decodeRecord);
    entries.push({ entry, size: stored.value.length });
    hash = entry.header.parent;
    index = (index - 1) as LogIndex;
  }
  return entries.reverse();
}

/** The stored entries by index, ascending. */
async function* groups(
  database: LogDatabase,
  from: LogIndex,
  to: LogIndex,
): AsyncGenerator<{ readonly index: LogIndex; readonly siblings: readonly Stored[] }> {
  let index: LogIndex | null = null;
  let siblings: Stored[] = [];
  for await (const [key, value] of scan(database, entryRange(from, to))) {
    const position = positionOfKey(key);
    assert(position !== null, 'a key in the range of entries names one');
    if (index !== null && position.index !== index) {
      yield { index, siblings };
      siblings = [];
    }
    index = position.index;
    siblings.push({ hash: position.hash, value });
  }
  if (index !== null) yield { index, siblings };
}
