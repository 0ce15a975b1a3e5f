import { expect, test } from 'vitest';
import { formatNumber, formatSpread, formatTick } from '../../bench/text/format.mjs';
import { formatTable } from '../../bench/text/table.mjs';

test('as many digits as a reader needs', () => {
  expect([0, 0.0123, 0.5, 1.234, 12.34, 123.4, 12_345.6, 1_234_567].map(formatNumber)).toEqual([
    '0',
    '0.012',
    '0.50',
    '1.23',
    '12.3',
    '123',
    '12,346',
    '1,234,567',
  ]);
});

test('on an axis a number has no digits but its own', () => {
  expect([0, 1, 64, 2.5, 100_000].map(formatTick)).toEqual(['0', '1', '64', '2.5', '100,000']);
});

test('one round has no spread', () => {
  expect(formatSpread({ median: 5, min: 5, max: 5 })).toBe('');
  expect(formatSpread({ median: 5, min: 1, max: 1_000 })).toBe('1.00–1,000');
});

test('numbers stand right, names left, a gap is an empty line', () => {
  const table = {
    columns: [{ title: '', left: true }, { title: 'ops/s' }],
    rows: [['one', '7'], [''], ['eleven', '12,345']],
  };
  expect(formatTable(table)).toBe('         ops/s\none          7\n\neleven  12,345\n');
});
