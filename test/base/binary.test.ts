/** Numbers at the edges of their layouts, and the one buffer for bytes that are only looked at. */
import { describe, expect, test } from 'vitest';
import { decode, Reader, Writer } from '../../src/base/binary.ts';
import { limits } from '../../src/base/limits.ts';

/** What `DataView` writes for a number: the layout is big-endian. */
function viewed(size: number, set: (view: DataView) => void): number[] {
  const view = new DataView(new ArrayBuffer(size));
  set(view);
  return [...new Uint8Array(view.buffer)];
}

/** A reader in the middle of a larger buffer, as most are. */
function within(bytes: Uint8Array): Reader {
  const larger = new Uint8Array(bytes.length + 7).fill(0xee);
  larger.set(bytes, 3);
  return new Reader(larger.subarray(3, 3 + bytes.length));
}

describe('numbers', () => {
  test.each([0, 1, 0x7f, 0x80, 0xff, 0x1234, 0x8000, 0xffff])('16 bits: %i', (value) => {
    const bytes = new Writer(0).u16(value).finish();
    expect([...bytes]).toEqual(viewed(2, (view) => view.setUint16(0, value)));
    expect(within(bytes).u16()).toBe(value);
  });

  test.each([0, 1, 0xff00, 0x7fff_ffff, 0x8000_0000, 0x8765_4321, 0xffff_ffff])(
    '32 bits: %i',
    (value) => {
      const bytes = new Writer(0).u32(value).finish();
      expect([...bytes]).toEqual(viewed(4, (view) => view.setUint32(0, value)));
      expect(within(bytes).u32()).toBe(value);
    },
  );

  test.each([
    0,
    0xffff_ffff,
    0x1_0000_0000,
    0x1_8000_0000,
    0x1234_5678_9abc,
    Number.MAX_SAFE_INTEGER - 1,
    Number.MAX_SAFE_INTEGER,
  ])('53 bits: %i', (value) => {
    const bytes = new Writer(0).u53(value).finish();
    expect([...bytes]).toEqual(viewed(8, (view) => view.setBigUint64(0, BigInt(value))));
    expect(within(bytes).u53()).toBe(value);
  });

  test.each([2n ** 53n, 2n ** 63n, 2n ** 64n - 1n])('%i is above 53 bits', (value) => {
    const bytes = new Writer(8).u64(value).finish();
    expect(within(bytes).u64()).toBe(value);
    expect(decode(bytes, (reader) => reader.u53())).toMatchObject({ ok: false });
  });

  test.each([-(2n ** 63n), -1n, 0n, 2n ** 63n - 1n])('64 bits with a sign: %i', (value) => {
    expect(within(new Writer(3).u8(1).i64(value).finish().subarray(1)).i64()).toBe(value);
  });

  test.each([
    ['u8', 256],
    ['u16', 65_536],
    ['u32', 2 ** 32],
    ['u53', 2 ** 53],
    ['u53', -1],
    ['u32', 0.5],
  ] as const)('%s takes no %d', (kind, value) => {
    expect(() => new Writer()[kind](value)).toThrow(/out of range/u);
  });
});

describe('Writer.passing', () => {
  const lengthOf = (size: number): number =>
    Writer.passing(
      (writer) => writer.raw(new Uint8Array(size).fill(7)),
      (bytes) => (bytes.every((byte) => byte === 7) ? bytes.length : -1),
    );

  test('holds what is larger than its buffer, and small things after it', () => {
    expect(lengthOf(2 * limits.passingBytesMax)).toBe(2 * limits.passingBytesMax);
    expect(lengthOf(10)).toBe(10);
  });

  test('does not keep a buffer that grew beyond its bound', () => {
    let kept: ArrayBufferLike | null = null;
    const look = (bytes: Uint8Array): void => void (kept = bytes.buffer);
    Writer.passing((writer) => writer.raw(new Uint8Array(2 * limits.passingBytesMax)), look);
    const large = kept;
    Writer.passing((writer) => writer.u8(1), look);
    expect(kept).not.toBe(large);
    Writer.passing((writer) => writer.u8(2), look);
    const small = kept as ArrayBufferLike | null;
    expect(small?.byteLength).toBeLessThanOrEqual(limits.passingBytesMax);
  });

  test('is free again after what was written failed', () => {
    expect(() =>
      Writer.passing(
        (writer) => writer.u8(256),
        (bytes) => bytes.length,
      ),
    ).toThrow();
    expect(lengthOf(3)).toBe(3);
  });
});
