/** What the log needs of an abstract-level database of bytes; `classic-level` and `memory-level` both have it. */
import type { KeyRange } from './log-keys.ts';

export interface LogDatabase {
  get(key: Uint8Array): Promise<Uint8Array | undefined>;
  iterator(range: KeyRange & { readonly reverse?: boolean; readonly limit?: number }): LogIterator;
  /** A chained batch: all of it or nothing. */
  batch(): LogBatch;
}

export interface LogIterator {
  /** At most `size` more pairs; none at the end. */
  nextv(size: number): Promise<readonly (readonly [Uint8Array, Uint8Array])[]>;
  close(): Promise<void>;
}

export interface LogBatch {
  put(key: Uint8Array, value: Uint8Array): unknown;
  del(key: Uint8Array): unknown;
  write(options: { readonly sync: boolean }): Promise<void>;
}

export type Pair = readonly [key: Uint8Array, value: Uint8Array];

/** Pairs read at once: LevelDB ends a round earlier when they are large. */
const ROUND = 32;

/** LevelDB gives Node's Buffers, whose `slice` and equality are not those of the bytes that the core knows. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export async function read(database: LogDatabase, key: Uint8Array): Promise<Uint8Array | null> {
  const value = await database.get(key);
  return value === undefined ? null : plain(value);
}

/** The pairs of a range in order, a few at a time. */
export async function* scan(
  database: LogDatabase,
  range: KeyRange,
  options: { readonly reverse?: boolean } = {},
): AsyncGenerator<Pair, void, undefined> {
  const iterator = database.iterator({ ...range, ...options });
  try {
    for (;;) {
      const pairs = await iterator.nextv(ROUND);
      if (pairs.length === 0) return;
      for (const [key, value] of pairs) yield [plain(key), plain(value)];
    }
  } finally {
    await iterator.close();
  }
}

export async function isEmpty(database: LogDatabase): Promise<boolean> {
  const iterator = database.iterator({
    gte: Uint8Array.of(0),
    lt: Uint8Array.of(0xff),
    limit: 1,
  });
  const pairs = await iterator.nextv(1);
  await iterator.close();
  return pairs.length === 0;
}
