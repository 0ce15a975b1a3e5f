/** The small parts that all layouts share. Readers throw `DecodeError`; only `decode` and the rooms above catch it. */
import { DecodeError } from '../base/binary.ts';
import type { Reader, Writer } from '../base/binary.ts';
import { utf8 } from '../base/bytes.ts';
import { limits } from '../base/limits.ts';
import { isNodeId } from '../consensus/model/ids.ts';
import type {
  ClientId,
  Epoch,
  Hash,
  LogIndex,
  NodeId,
  PublicKey,
  Signature,
  Term,
} from '../consensus/model/ids.ts';
import type { Position, Rank } from '../consensus/model/position.ts';

export const HASH_BYTES = 32;
export const KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;

/** Signers that a certificate can have: a joint configuration has two full voter sets. */
export const SIGNERS_MAX: number = 2 * limits.votersMax;

/**
 * A copy that owns its memory. Not `slice`: a frame from a socket is a Node `Buffer`, whose `slice` is a view.
 */
export function copyBytes(view: Uint8Array): Uint8Array {
  return new Uint8Array(view);
}

export function readHash(reader: Reader): Hash {
  return reader.hex(HASH_BYTES) as Hash;
}

export function readClientId(reader: Reader): ClientId {
  return reader.hex(HASH_BYTES) as ClientId;
}

/** Copied: signatures are kept in tallies and certificates, and would pin the frame that brought them. */
export function readSignature(reader: Reader): Signature {
  return copyBytes(reader.raw(SIGNATURE_BYTES));
}

/** Copied, as configurations live longer than what brought them. */
export function readPublicKey(reader: Reader): PublicKey {
  return copyBytes(reader.raw(KEY_BYTES));
}

export function readNodeId(reader: Reader): NodeId {
  const text = reader.text(limits.identifierBytesMax);
  if (!isNodeId(text)) throw new DecodeError('not a node id');
  return text;
}

export function readEpoch(reader: Reader): Epoch {
  return reader.u53() as Epoch;
}

export function readTerm(reader: Reader): Term {
  const term = reader.u53();
  if (term > limits.termMax) throw new DecodeError(`term ${term} is beyond all terms`);
  return term as Term;
}

export function readIndex(reader: Reader): LogIndex {
  return reader.u53() as LogIndex;
}

export function readPosition(reader: Reader): Position {
  return { index: readIndex(reader), hash: readHash(reader) };
}

export function readRank(reader: Reader): Rank {
  return { epoch: readEpoch(reader), term: readTerm(reader), index: readIndex(reader) };
}

/** One of a closed list of names, as the 8-bit index of its place. */
export function readName<T extends string>(reader: Reader, names: readonly T[], what: string): T {
  const code = reader.u8();
  const name = names[code];
  if (name === undefined) throw new DecodeError(`${code} is no ${what}`);
  return name;
}

/** A byte, 0 or 1, then the value if it is there. */
export function writeOptional<T>(
  writer: Writer,
  value: T | null,
  write: (writer: Writer, value: T) => Writer,
): Writer {
  return value === null ? writer.u8(0) : write(writer.u8(1), value);
}

export function readOptional<T>(reader: Reader, read: (reader: Reader) => T): T | null {
  const flag = reader.u8();
  if (flag > 1) throw new DecodeError(`${flag} is neither absent (0) nor present (1)`);
  return flag === 0 ? null : read(reader);
}

/** A 32-bit count, then the items. */
export function writeList<T>(
  writer: Writer,
  items: readonly T[],
  write: (writer: Writer, item: T) => Writer,
): Writer {
  writer.u32(items.length);
  for (const item of items) write(writer, item);
  return writer;
}

/** Reads `min` to `max` items. Nothing is allocated for a count: each item has to be there in full. */
export function readList<T>(
  reader: Reader,
  range: { readonly min: number; readonly max: number; readonly what: string },
  read: (reader: Reader) => T,
): readonly T[] {
  const count = reader.u32();
  if (count < range.min || count > range.max)
    throw new DecodeError(`${count} ${range.what}, where ${range.min} to ${range.max} are allowed`);
  const items: T[] = [];
  for (let i = 0; i < count; i++) items.push(read(reader));
  return items;
}

/** The longest prefix of whole characters that fits: texts for people are cut, they never fail a message. */
export function clipText(text: string, bytesMax: number): Uint8Array {
  const bytes = utf8(text);
  if (bytes.length <= bytesMax) return bytes;
  let end = bytesMax;
  while (end > 0 && ((bytes[end] as number) & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}
