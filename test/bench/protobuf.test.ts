import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  bytesField,
  bytesOf,
  numberOf,
  readFields,
  trueField,
} from '../../bench/load/drivers/protobuf.mjs';

const utf8 = (text: string) => new TextEncoder().encode(text);

test('the encoding of the specification: field 2, "testing"', () => {
  const bytes = Buffer.concat(bytesField(2, utf8('testing')));
  expect(bytes.toString('hex')).toBe('120774657374696e67');
});

test('the encoding of the specification: field 1, 150', () => {
  expect(readFields(Buffer.from('089601', 'hex'))).toEqual([{ field: 1, value: 150n }]);
});

test('numbers of 64 bits keep every bit', () => {
  const bytes = Buffer.from('20ffffffffffffffffff01', 'hex');
  expect(numberOf(bytes, 4)).toBe(2n ** 64n - 1n);
  expect(numberOf(bytes, 5)).toBe(0n);
});

test('what is cut off is refused', () => {
  expect(() => readFields(Buffer.from('0896', 'hex'))).toThrow(/cut off/u);
});

test('what is written is read', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 5_000 }),
      fc.integer({ min: 1, max: 15 }),
      (value, field) => {
        const bytes = Buffer.concat([...bytesField(field, value), trueField(15)]);
        expect(Buffer.from(bytesOf(bytes, field) ?? [])).toEqual(Buffer.from(value));
        expect(readFields(bytes).at(-1)).toEqual({ field: 15, value: 1n });
      },
    ),
  );
});
