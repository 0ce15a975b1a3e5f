/** Where things stand in the database: keys and records. */
import { assert } from '../base/assert.ts';
import { decode, DecodeError, Writer, type Reader } from '../base/binary.ts';
import { toHex } from '../base/bytes.ts';
import { limits } from '../base/limits.ts';
import { DamagedState } from './database.ts';
import { readRevision, VALUE_KIND, writeRevision, type Revision, type Value } from './value.ts';

const SPACE = { applied: 0, session: 1, item: 2 } as const;
const FORMAT = 1;
const CLIENT_BYTES = 32;

function checked<T>(record: string, bytes: Uint8Array, read: (reader: Reader) => T): T {
  const decoded = decode(bytes, read);
  if (!decoded.ok) throw new DamagedState(record, decoded.reason);
  return decoded.value;
}

/** The one record that says where the machine is. */
export const APPLIED_KEY: Uint8Array = Uint8Array.of(SPACE.applied);

export interface Applied {
  readonly index: number;
  readonly hash: string;
  readonly digest: string;
}

export function encodeApplied({ index, hash, digest }: Applied): Uint8Array {
  return new Writer(80).u8(FORMAT).u53(index).hex(hash).hex(digest).finish();
}

export function decodeApplied(bytes: Uint8Array): Applied {
  return checked('applied position', bytes, (reader) => {
    const format = reader.u8();
    if (format !== FORMAT) throw new DecodeError(`format ${format}, not ${FORMAT}`);
    return { index: reader.u53(), hash: reader.hex(32), digest: reader.hex(32) };
  });
}

/** Items: revision, kind, then the value up to the end of the record. */
export function itemKey(key: Uint8Array): Uint8Array {
  return writeItemKey(new Writer(key.length + 1), key);
}

/** `itemKey`, appended to `writer`. */
export function writeItemKey(writer: Writer, key: Uint8Array): Uint8Array {
  const start = writer.length;
  return writer.u8(SPACE.item).raw(key).since(start);
}

/** The key that a database key of an item stands for, as a view. */
export function keyOfItem(databaseKey: Uint8Array): Uint8Array {
  return databaseKey.subarray(1);
}

export function itemRange(
  start: Uint8Array,
  end: Uint8Array | null,
): { readonly gte: Uint8Array; readonly lt: Uint8Array } {
  return {
    gte: itemKey(start),
    lt: end === null ? Uint8Array.of(SPACE.item + 1) : itemKey(end),
  };
}

export interface Stored {
  readonly value: Value;
  readonly revision: Revision;
}

/** Appends the record to `writer`; like all encoders of this file, returns a view of what it appended. */
export function encodeItem(writer: Writer, value: Value, revision: Revision): Uint8Array {
  const start = writer.length;
  writeRevision(writer, revision);
  if (typeof value === 'bigint') writer.u8(VALUE_KIND.counter).i64(value);
  else writer.u8(VALUE_KIND.bytes).raw(value);
  return writer.since(start);
}

export function decodeItem(databaseKey: Uint8Array, bytes: Uint8Array): Stored {
  const decoded = decode(bytes, (reader) => {
    const revision = readRevision(reader);
    const kind = reader.u8();
    if (kind === VALUE_KIND.counter) return { revision, value: reader.i64() };
    if (kind !== VALUE_KIND.bytes) throw new DecodeError(`no kind of value: ${kind}`);
    return { revision, value: reader.raw(reader.remaining) };
  });
  if (!decoded.ok) throw new DamagedState(`item ${toHex(databaseKey)}`, decoded.reason);
  return decoded.value;
}

/**
 * A session is a head and, in a ring of `limits.sessionWindow` slots, its executed requests: a request stands at its
 * last number modulo the window. Those that are still needed end within (floor, floor + window], so no two share a
 * slot, and whoever never acknowledges anything costs no more disk than the ring.
 */
export function sessionKey(client: string): Uint8Array {
  assert(client.length === 2 * CLIENT_BYTES, 'a client id is the hexadecimal of a hash (C1)');
  return new Writer(1 + CLIENT_BYTES).u8(SPACE.session).hex(client).finish();
}

export function slotKey(session: Uint8Array, last: bigint): Uint8Array {
  const key = new Uint8Array(session.length + 1);
  key.set(session);
  key[session.length] = Number(last % BigInt(limits.sessionWindow));
  return key;
}

export function sessionRange(session: Uint8Array): {
  readonly gte: Uint8Array;
  readonly lt: Uint8Array;
} {
  return { gte: session, lt: new Writer(3 + CLIENT_BYTES).raw(session).u16(0xff00).finish() };
}

export interface SessionHead {
  readonly floor: bigint;
  readonly highest: bigint;
}

export function encodeSessionHead(writer: Writer, { floor, highest }: SessionHead): Uint8Array {
  const start = writer.length;
  return writer.u64(floor).u64(highest).since(start);
}

export function decodeSessionHead(key: Uint8Array, bytes: Uint8Array): SessionHead {
  return checked(`session ${toHex(key)}`, bytes, (reader) => ({
    floor: reader.u64(),
    highest: reader.u64(),
  }));
}

/** What the session remembers of an executed request (C2); its results stay on disk. */
export interface ExecutedRequest {
  readonly first: bigint;
  readonly last: bigint;
  readonly digest: string;
  readonly index: number;
}

export function encodeSlot(
  writer: Writer,
  request: ExecutedRequest,
  results: readonly Uint8Array[],
): Uint8Array {
  const start = writer.length;
  writer.u64(request.first).u64(request.last).hex(request.digest);
  writer.u53(request.index).u32(results.length);
  for (const result of results) writer.bytes(result);
  return writer.since(start);
}

export function decodeSlot(
  key: Uint8Array,
  bytes: Uint8Array,
): { readonly request: ExecutedRequest; readonly results: readonly Uint8Array[] } {
  return checked(`session slot ${toHex(key)}`, bytes, (reader) => {
    const request = {
      first: reader.u64(),
      last: reader.u64(),
      digest: reader.hex(32),
      index: reader.u53(),
    };
    const results: Uint8Array[] = [];
    for (let left = reader.count(limits.commandsPerRequestMax); left > 0; left--)
      results.push(reader.bytes(limits.resultBytesMax));
    return { request, results };
  });
}
