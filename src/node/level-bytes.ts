/** Reading LevelDB's files: little-endian numbers, varints, Snappy. Everything is bounded by the bytes that are there. */

/** What the bytes of a file are not: the reason. */
export class LevelFormatError extends Error {
  override readonly name = 'LevelFormatError';
}

export class LevelReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  raw(length: number): Uint8Array {
    if (length > this.remaining) throw new LevelFormatError('ends too early');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  u8(): number {
    return this.raw(1)[0] as number;
  }

  /** Up to six bytes, little-endian. */
  unsigned(length: number): number {
    return this.raw(length).reduceRight((sum, byte) => sum * 256 + byte, 0);
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new LevelFormatError('has a number that is too large');
  }

  /** A length, then as many bytes. */
  bytes(): Uint8Array {
    return this.raw(this.varint());
  }
}

/** What one block may hold when it is unpacked: an index of a table that is far larger than any LevelDB makes. */
const UNPACKED_MAX = 67_108_864;

/** A copy of 64 bytes takes 3, and nothing in the format says more in less. */
const COPIED_MAX = 22;

/** The Snappy format without framing. */
export function unpackSnappy(packed: Uint8Array): Uint8Array {
  const reader = new LevelReader(packed);
  const length = reader.varint();
  if (length > UNPACKED_MAX) throw new LevelFormatError('has a block that is too large');
  // Nothing is allocated for a length that these bytes cannot say.
  if (length > COPIED_MAX * packed.length) throw new LevelFormatError('does not unpack');
  const out = new Uint8Array(length);
  let end = 0;
  while (reader.remaining > 0) {
    const tag = reader.u8();
    const kind = tag & 3;
    const high = tag >> 2;
    if (kind === 0) {
      const size = 1 + (high < 60 ? high : reader.unsigned(high - 59));
      if (end + size > length) throw new LevelFormatError('does not unpack');
      out.set(reader.raw(size), end);
      end += size;
      continue;
    }
    const size = kind === 1 ? 4 + (high & 7) : 1 + high;
    const offset =
      kind === 1 ? (high >> 3) * 256 + reader.u8() : reader.unsigned(kind === 2 ? 2 : 4);
    if (offset === 0 || offset > end || end + size > length)
      throw new LevelFormatError('does not unpack');
    // Source and target may overlap: byte by byte.
    for (const stop = end + size; end < stop; end++) out[end] = out[end - offset] as number;
  }
  if (end !== length) throw new LevelFormatError('does not unpack');
  return out;
}
