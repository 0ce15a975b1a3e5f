import { expect, test } from 'vitest';
import { median, percentile, summarize } from '../../bench/statistics.mjs';

test('a percentile is one of the values, by nearest rank', () => {
  const ascending = Array.from({ length: 100 }, (_, at) => at + 1);
  expect(percentile(ascending, 50)).toBe(50);
  expect(percentile(ascending, 99)).toBe(99);
  expect(percentile(ascending, 100)).toBe(100);
  expect(percentile([7], 1)).toBe(7);
});

test('the median does not depend on the order of the rounds', () => {
  expect(median([30, 10, 20])).toBe(20);
  expect(median([4, 1, 3, 2])).toBe(2);
});

test('a summary counts operations and sorts their latencies as numbers', () => {
  expect(summarize([100, 20, 3], 2)).toEqual({
    operations: 3,
    perSecond: 1.5,
    p50Ms: 20,
    p99Ms: 100,
  });
});
