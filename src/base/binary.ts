/** A writer and a reader of fixed-layout binary: big-endian, so that encoded numbers sort as numbers do. */
import { assert, AssertionError } from './assert.ts';
import { fromUtf8, toHex, utf8 } from './bytes.ts';
import { limits } from './limits.ts';

const U64_MAX = (1n << 64n) - 1n;
const I64_MIN = -(1n << 63n);
const I64_MAX = (1n << 63n) - 1n;

// Each number of each message comes through here: the message of what never fails is not made beforehand.
function checkInteger(value: number, max: number): void {
  if (!(Number.isInteger(value) && value >= 0 && value <= max)) outOfRange(value, max);
}

function checkBigint(value: bigint, min: bigint, max: bigint): void {
  if (value < min || value > max) outOfRange(value, max);
}

function outOfRange(value: number | bigint, max: number | bigint): never {
  throw new AssertionError(`a number out of range: ${value}, at most ${max}`);
}

const WORD = 0x1_0000_0000;
const SAFE_HIGH_MAX = 0x1f_ffff;

/** Appends to a buffer that doubles when it is full. Byte by byte: a view for each writer costs more than the writing. */
export class Writer {
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacityBytes = 256) {
    this.#bytes = new Uint8Array(capacityBytes);
  }

  /**
   * For bytes that are looked at once - hashed, compared, verified - and not kept: they are written into one buffer
   * that the next caller overwrites. A small buffer of its own for each costs more than the writing (measured: a tenth
   * of a busy node's time). `look` must neither keep the view nor come here again.
   */
  static passing<T>(write: (writer: Writer) => void, look: (bytes: Uint8Array) => T): T {
    assert(Writer.#shared.#length === 0, 'the shared buffer is in use');
    try {
      write(Writer.#shared);
      return look(Writer.#shared.finish());
    } finally {
      // What was large once is not kept for ever.
      if (Writer.#shared.#bytes.length > limits.passingBytesMax) Writer.#shared = new Writer(1024);
      Writer.#shared.#length = 0;
    }
  }

  static #shared = new Writer(1024);

  #reserve(count: number): number {
    const start = this.#length;
    const need = start + count;
    if (need > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(need, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, start));
      this.#bytes = larger;
    }
    this.#length = need;
    return start;
  }

  u8(value: number): this {
    checkInteger(value, 0xff);
    const at = this.#reserve(1);
    this.#bytes[at] = value;
    return this;
  }

  u16(value: number): this {
    checkInteger(value, 0xffff);
    const at = this.#reserve(2);
    this.#bytes[at] = value >>> 8;
    this.#bytes[at + 1] = value;
    return this;
  }

  u32(value: number): this {
    checkInteger(value, 0xffff_ffff);
    this.#word(this.#reserve(4), value);
    return this;
  }

  /** A safe non-negative integer in 8 bytes: indexes, terms, epochs, milliseconds. */
  u53(value: number): this {
    checkInteger(value, Number.MAX_SAFE_INTEGER);
    const at = this.#reserve(8);
    this.#word(at, Math.floor(value / WORD));
    this.#word(at + 4, value % WORD);
    return this;
  }

  u64(value: bigint): this {
    checkBigint(value, 0n, U64_MAX);
    this.#view(this.#reserve(8)).setBigUint64(0, value);
    return this;
  }

  i64(value: bigint): this {
    checkBigint(value, I64_MIN, I64_MAX);
    this.#view(this.#reserve(8)).setBigInt64(0, value);
    return this;
  }

  #word(at: number, value: number): void {
    this.#bytes[at] = value >>> 24;
    this.#bytes[at + 1] = value >>> 16;
    this.#bytes[at + 2] = value >>> 8;
    this.#bytes[at + 3] = value;
  }

  #view(at: number): DataView {
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + at, 8);
  }

  /** Bytes whose length the reader knows. */
  raw(bytes: Uint8Array): this {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  /** A 32-bit length, then the bytes. */
  bytes(bytes: Uint8Array): this {
    return this.u32(bytes.length).raw(bytes);
  }

  /** An 8-bit length, then UTF-8: identifiers. */
  text(text: string): this {
    if (text.length > 0xff || !isAscii(text)) {
      const bytes = utf8(text);
      return this.u8(bytes.length).raw(bytes);
    }
    const at = this.#reserve(text.length + 1);
    this.#bytes[at] = text.length;
    for (let i = 0; i < text.length; i++) this.#bytes[at + 1 + i] = text.charCodeAt(i);
    return this;
  }

  /** Hexadecimal of a known length, as raw bytes. */
  hex(text: string): this {
    const at = this.#reserve(text.length >> 1);
    for (let i = 0; i < text.length; i += 2)
      this.#bytes[at + (i >> 1)] = (digit(text.charCodeAt(i)) << 4) | digit(text.charCodeAt(i + 1));
    return this;
  }

  get length(): number {
    return this.#length;
  }

  /** What was written since `length` was `start`, as a view that stays valid: written bytes never change. */
  since(start: number): Uint8Array {
    return this.#bytes.subarray(start, this.#length);
  }

  /** What was written, as a view that stays valid; the writer must not be used again. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

function digit(code: number): number {
  const value = code <= 57 ? code - 48 : code - 87;
  assert(value >= 0 && value < 16, 'not lower-case hexadecimal');
  return value;
}

/** Thrown by `Reader` and caught by `decode`; never leaves this room's callers otherwise. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

/** Reads what `Writer` wrote. Every method throws `DecodeError` where the bytes end early or break the layout. */
export class Reader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  #take(count: number): number {
    const start = this.#offset;
    if (start + count > this.#bytes.length)
      throw new DecodeError(
        `ends early: ${count} bytes wanted at offset ${start} of ${this.#bytes.length}`,
      );
    this.#offset = start + count;
    return start;
  }

  u8(): number {
    return this.#bytes[this.#take(1)] as number;
  }

  u16(): number {
    const at = this.#take(2);
    return ((this.#bytes[at] as number) << 8) | (this.#bytes[at + 1] as number);
  }

  u32(): number {
    return this.#word(this.#take(4));
  }

  u53(): number {
    const at = this.#take(8);
    const high = this.#word(at);
    if (high > SAFE_HIGH_MAX) throw new DecodeError(`number above 2^53 at offset ${at}`);
    return high * WORD + this.#word(at + 4);
  }

  u64(): bigint {
    return this.#view(this.#take(8)).getBigUint64(0);
  }

  i64(): bigint {
    return this.#view(this.#take(8)).getBigInt64(0);
  }

  #word(at: number): number {
    const bytes = this.#bytes;
    const low = ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8);
    return (bytes[at] as number) * 0x100_0000 + (low | (bytes[at + 3] as number));
  }

  #view(at: number): DataView {
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + at, 8);
  }

  /** `length` bytes, as a view of the input. */
  raw(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** Bytes behind a 32-bit length of at most `max`, as a view of the input. */
  bytes(max: number): Uint8Array {
    const length = this.u32();
    if (length > max) throw new DecodeError(`${length} bytes where at most ${max} are allowed`);
    return this.raw(length);
  }

  text(max = 255): string {
    const length = this.u8();
    if (length > max)
      throw new DecodeError(`text of ${length} bytes where at most ${max} are allowed`);
    const text = fromUtf8(this.raw(length));
    if (text === null) throw new DecodeError('text is not UTF-8');
    return text;
  }

  /** `length` bytes as lower-case hexadecimal. */
  hex(length: number): string {
    const at = this.#take(length);
    return toHex(this.#bytes.subarray(at, at + length));
  }

  /** A count of at most `max` items. */
  count(max: number): number {
    const count = this.u32();
    if (count > max) throw new DecodeError(`${count} items where at most ${max} are allowed`);
    return count;
  }

  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  /** One canonical form: nothing may follow. */
  end(): void {
    if (this.remaining !== 0) throw new DecodeError(`${this.remaining} bytes too many`);
  }
}

export type Decoded<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

/** Runs `read` over all of `bytes`: a verdict, never an exception, for whatever a peer or a disk may hold. */
export function decode<T>(bytes: Uint8Array, read: (reader: Reader) => T): Decoded<T> {
  const reader = new Reader(bytes);
  try {
    const value = read(reader);
    reader.end();
    return { ok: true, value };
  } catch (error) {
    if (error instanceof DecodeError) return { ok: false, reason: error.message };
    throw error;
  }
}
