/** Scans: bounded by their limit, by the room for the answer, and by what an entry may read. */
import { limits } from '../base/limits.ts';
import type { RequestBudget } from './budget.ts';
import type { Scan } from './command.ts';
import type { MachineDatabase } from './database.ts';
import { decodeItem, itemRange, keyOfItem } from './layout.ts';
import { errorResult, type ErrorResult, type ScanResult } from './result.ts';
import { MergedRows } from './rows.ts';
import type { Item } from './value.ts';
import type { EntryWrites } from './writes.ts';

/** Opening an iterator costs about as much as so many reads. */
const READS_OF_OPENING = 16;
/** So many of the entry's own writes are looked through in the time of one read. */
const WRITES_PER_READ = 64;
/** Type, count, and the key to go on from. */
const FRAME_BYTES = 8 + limits.keyBytesMax;

/** What a scan costs before its first item, in reads. */
export function readsOfScan(writes: EntryWrites): number {
  return READS_OF_OPENING + Math.ceil(writes.count / WRITES_PER_READ);
}

function sizeOf({ key, value }: Item): number {
  return 19 + key.length + (typeof value === 'bigint' ? 8 : value.length);
}

async function collect(
  rows: MergedRows,
  limit: number,
  budget: RequestBudget,
): Promise<ScanResult> {
  const items: Item[] = [];
  let room = budget.room() - FRAME_BYTES;
  for (;;) {
    const row = await rows.next();
    if (row === null) return { type: 'scan', items, next: null };
    const key = keyOfItem(row.key);
    const mayRead = budget.readOne();
    if (row.value !== null) {
      const item: Item = { key, ...decodeItem(row.key, row.value) };
      room -= sizeOf(item);
      if (!mayRead || items.length === limit || room < 0) return { type: 'scan', items, next: key };
      items.push(item);
    } else if (!mayRead) return { type: 'scan', items, next: key };
  }
}

/** The items of a range as they are when this is called, with what `writes` holds by then. */
export async function scan(
  database: MachineDatabase,
  writes: EntryWrites,
  command: Scan,
  budget: RequestBudget,
): Promise<ScanResult | ErrorResult> {
  const refusal = budget.refuses(FRAME_BYTES);
  if (refusal !== null) return errorResult(refusal);
  const range = itemRange(command.start, command.end);
  const rows = new MergedRows(database.iterator(range), writes.range(range.gte, range.lt));
  try {
    return await collect(rows, command.limit, budget);
  } finally {
    await rows.close();
  }
}
