/** Frames that want a decoder to allocate, to recurse or to run on: each with a name for what it tries. */
import { randomBytes } from 'node:crypto';
import { Writer } from '../../../../src/base/binary.ts';
import { limits } from '../../../../src/base/limits.ts';
import { PROTOCOL_VERSION } from '../../../../src/consensus/model/handshake.ts';

export interface Hostile {
  readonly what: string;
  readonly frame: Uint8Array;
}

const GARBAGE_BYTES = 4_096;
const LARGE_BYTES = 1_048_576;
const ZEROS = new Uint8Array(LARGE_BYTES);
/** 32-bit counts of one, one after the other. */
const ONES: Uint8Array = Buffer.alloc(LARGE_BYTES, Uint8Array.of(0, 0, 0, 1));

/** As version, kind and signer begin a frame; then what nobody should believe. `kinds`: codes on the wire. */
export function hostileEncodings(kinds: readonly number[], signer: string): readonly Hostile[] {
  return kinds.flatMap((kind) => [
    { what: 'a frame without content', frame: begin(kind).finish() },
    { what: 'garbage', frame: begin(kind).raw(randomBytes(GARBAGE_BYTES)).finish() },
    {
      what: 'endless counts',
      frame: named(kind, signer).raw(new Uint8Array(GARBAGE_BYTES).fill(0xff)).finish(),
    },
    {
      // Lengths and counts of 1, as deep as they go.
      what: 'the smallest items',
      frame: named(kind, signer).raw(ONES).finish(),
    },
    {
      what: 'a megabyte of zeros',
      frame: named(kind, signer).raw(ZEROS).finish(),
    },
    {
      what: 'the longest name',
      frame: begin(kind).u16(0xffff).raw(new Uint8Array(0xffff).fill(0x61)).finish(),
    },
  ]);
}

function begin(kind: number): Writer {
  return new Writer(limits.handshakeFrameBytesMax).u8(PROTOCOL_VERSION).u8(kind);
}

/** With the signer's name, so that it is read on. */
function named(kind: number, signer: string): Writer {
  return /^[0-9a-f]{64}$/u.test(signer) ? begin(kind).hex(signer) : begin(kind).text(signer);
}
