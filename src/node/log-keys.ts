/**
 * The keys of the log's database. One letter says what a record is; numbers are big-endian, so that keys sort by index.
 *
 *     m  format and cluster        e ‖ index ‖ hash  entry              t  term record
 *     h  why the node halted (E5)  c ‖ index         commit certificate a  accepted position
 *     w  number of writes          v ‖ digest        evidence           p  highest certificate
 *     r  plain Raft's vote record
 */
import { Writer } from '../base/binary.ts';
import { fromHex, toHex } from '../base/bytes.ts';
import type { Hash, LogIndex } from '../consensus/model/ids.ts';
import type { Position } from '../consensus/model/position.ts';

export interface KeyRange {
  readonly gte: Uint8Array;
  readonly lt: Uint8Array;
}

const [ENTRY, COMMIT, EVIDENCE] = [0x65, 0x63, 0x76];
const letter = (character: string): Uint8Array => Uint8Array.of(character.charCodeAt(0));

export const META_KEY: Uint8Array = letter('m');
export const HALT_KEY: Uint8Array = letter('h');
export const WRITES_KEY: Uint8Array = letter('w');
export const TERM_KEY: Uint8Array = letter('t');
export const ACCEPTED_KEY: Uint8Array = letter('a');
export const PREPARED_KEY: Uint8Array = letter('p');
export const VOTE_KEY: Uint8Array = letter('r');

function indexed(kind: number, index: number): Writer {
  return new Writer(41).u8(kind).u53(index);
}

export function entryKey({ index, hash }: Position): Uint8Array {
  return indexed(ENTRY, index).hex(hash).finish();
}

/** Of entries `from` to `to` inclusive, with all siblings. */
export function entryRange(from: number, to: number = Number.MAX_SAFE_INTEGER - 1): KeyRange {
  return { gte: indexed(ENTRY, from).finish(), lt: indexed(ENTRY, to + 1).finish() };
}

/** The position that an entry's key names, or null where it is no such key. */
export function positionOfKey(key: Uint8Array): Position | null {
  if (key.length !== 41 || key[0] !== ENTRY) return null;
  return { index: indexAt(key) as LogIndex, hash: toHex(key.subarray(9)) as Hash };
}

export function commitKey(index: LogIndex): Uint8Array {
  return indexed(COMMIT, index).finish();
}

export function commitRange(from: number, to: number = Number.MAX_SAFE_INTEGER - 1): KeyRange {
  return { gte: indexed(COMMIT, from).finish(), lt: indexed(COMMIT, to + 1).finish() };
}

/** The index in an entry's or a commit certificate's key. */
export function indexAt(key: Uint8Array): number {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  return view.getUint32(1) * 0x1_0000_0000 + view.getUint32(5);
}

export function evidenceKey(digest: Hash): Uint8Array {
  return new Writer(33)
    .u8(EVIDENCE)
    .raw(fromHex(digest) ?? new Uint8Array(32))
    .finish();
}

export const EVIDENCE_RANGE: KeyRange = {
  gte: Uint8Array.of(EVIDENCE),
  lt: Uint8Array.of(EVIDENCE + 1),
};
