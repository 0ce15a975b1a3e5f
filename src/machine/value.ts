/** Keys, values and revisions: their kinds, their order, their one encoding. Runs in a browser too. */
import { DecodeError, type Reader, type Writer } from '../base/binary.ts';
import { compareBytes } from '../base/bytes.ts';
import { limits } from '../base/limits.ts';

/** Bytes, or a signed 64-bit counter: only a counter can be incremented. */
export type Value = Uint8Array | bigint;

/**
 * Which write made an item: the log index of its entry and the place of the write among the writes of that entry,
 * from 0. The index alone would not do: two writes to one key may share an entry, and a compare-and-set that saw the
 * first must fail after the second. `{0, 0}` stands for a key that does not exist.
 */
export interface Revision {
  readonly index: number;
  readonly order: number;
}

export interface Item {
  readonly key: Uint8Array;
  readonly value: Value;
  readonly revision: Revision;
}

export const NO_REVISION: Revision = { index: 0, order: 0 };
export const COUNTER_MIN: bigint = -(1n << 63n);
export const COUNTER_MAX: bigint = (1n << 63n) - 1n;

/** Order of revisions: negative, zero, positive. */
export function compareRevisions(a: Revision, b: Revision): number {
  return a.index !== b.index ? a.index - b.index : a.order - b.order;
}

/** Order of values: bytes as bytes, counters as numbers; null for one of each, which have none. */
export function compareValues(a: Value, b: Value): number | null {
  if (typeof a === 'bigint') return typeof b === 'bigint' ? (a < b ? -1 : a > b ? 1 : 0) : null;
  return typeof b === 'bigint' ? null : compareBytes(a, b);
}

/** The keys that begin with `prefix`: from `start` inclusive to `end` exclusive, which is null if nothing bounds them. */
export function prefixRange(prefix: Uint8Array): {
  readonly start: Uint8Array;
  readonly end: Uint8Array | null;
} {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === 0xff) length--;
  if (length === 0) return { start: prefix, end: null };
  // Not `slice`, which does not copy where the prefix is a Buffer.
  const end = Uint8Array.from(prefix.subarray(0, length));
  end[length - 1] = (end[length - 1] as number) + 1;
  return { start: prefix, end };
}

/** A 16-bit length, then the key. */
export function writeKey(writer: Writer, key: Uint8Array): Writer {
  return writer.u16(key.length).raw(key);
}

export function readKey(reader: Reader): Uint8Array {
  const length = reader.u16();
  if (length === 0) throw new DecodeError('empty key');
  return keyOf(reader, length);
}

/** The bound of a range: a key, or nothing at all. */
export function readBound(reader: Reader): Uint8Array {
  return keyOf(reader, reader.u16());
}

function keyOf(reader: Reader, length: number): Uint8Array {
  if (length > limits.keyBytesMax) throw new DecodeError(`key of ${length} bytes`);
  return reader.raw(length);
}

export const VALUE_KIND = { bytes: 0, counter: 1 } as const;

export function writeValue(writer: Writer, value: Value): Writer {
  return typeof value === 'bigint'
    ? writer.u8(VALUE_KIND.counter).i64(value)
    : writer.u8(VALUE_KIND.bytes).bytes(value);
}

export function readValue(reader: Reader): Value {
  const kind = reader.u8();
  if (kind === VALUE_KIND.bytes) return reader.bytes(limits.valueBytesMax);
  if (kind === VALUE_KIND.counter) return reader.i64();
  throw new DecodeError(`no kind of value: ${kind}`);
}

export function writeRevision(writer: Writer, revision: Revision): Writer {
  return writer.u53(revision.index).u32(revision.order);
}

export function readRevision(reader: Reader): Revision {
  return { index: reader.u53(), order: reader.u32() };
}

/** 0 or 1: nothing else is canonical. */
export function readFlag(reader: Reader): boolean {
  const byte = reader.u8();
  if (byte > 1) throw new DecodeError(`no flag: ${byte}`);
  return byte === 1;
}

export function readList<T>(reader: Reader, max: number, read: (reader: Reader) => T): T[] {
  const items: T[] = [];
  for (let left = reader.count(max); left > 0; left--) items.push(read(reader));
  return items;
}
