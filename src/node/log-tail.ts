/** The entries above the commit index: several chains perhaps. */
import type { Entry } from '../consensus/model/entry.ts';
import type { Hash, LogIndex } from '../consensus/model/ids.ts';
import type { Position } from '../consensus/model/position.ts';
import type { WireContext } from '../wire/context.ts';
import { decodeEntryRecord } from '../wire/record.ts';
import { damagedEntry, openRecord } from './log-chain.ts';
import { scan } from './log-database.ts';
import type { LogDatabase } from './log-database.ts';
import { DamageError } from './log-errors.ts';
import { entryRange, positionOfKey } from './log-keys.ts';

export interface Tail {
  /** Those whose prefix is held, ascending by index. */
  readonly tail: readonly Entry[];
  /** All, by hash; what forks off below the commit index stays stored until that index has passed it. */
  readonly stored: ReadonlyMap<Hash, Entry>;
}

/** @throws DamageError */
export async function readTail(
  database: LogDatabase,
  context: WireContext,
  committed: Position,
): Promise<Tail> {
  const tail: Entry[] = [];
  const stored = new Map<Hash, Entry>();
  const held = new Set<Hash>([committed.hash]);
  for await (const [key, value] of scan(database, entryRange(committed.index + 1))) {
    const position = positionOfKey(key);
    if (position === null) throw new DamageError('an entry', 'has a key that is none');
    const entry = openRecord(position, value, (bytes) => decodeEntryRecord(bytes, context));
    stored.set(entry.hash, entry);
    if (!held.has(entry.header.parent)) continue;
    held.add(entry.hash);
    tail.push(entry);
  }
  return { tail, stored };
}

/**
 * A position that this node signed that it holds, down to the commit index.
 *
 * @throws DamageError
 */
export function checkHeld(
  stored: ReadonlyMap<Hash, Entry>,
  position: Position,
  committed: Position,
): void {
  let { index, hash } = position;
  while (index > committed.index) {
    const entry = stored.get(hash);
    if (entry === undefined || entry.header.index !== index)
      throw damagedEntry(
        index,
        `with hash ${hash} is missing, which this node had promised to hold`,
      );
    hash = entry.header.parent;
    index = (index - 1) as LogIndex;
  }
}
