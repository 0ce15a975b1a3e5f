import { expect, test } from 'vitest';
import {
  CURVE_PERCENTS,
  histogram,
  median,
  percentile,
  spread,
  summarizeLatency,
} from '../../bench/figures/statistics.mjs';

test('a percentile is one of the values, by nearest rank', () => {
  const ascending = Array.from({ length: 100 }, (_, at) => at + 1);
  expect(percentile(ascending, 50)).toBe(50);
  expect(percentile(ascending, 99)).toBe(99);
  expect(percentile(ascending, 100)).toBe(100);
  expect(percentile([7], 1)).toBe(7);
});

test('the median does not depend on the order of the rounds', () => {
  expect(median([30, 10, 20])).toBe(20);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([7])).toBe(7);
});

test('a spread is the median with both ends', () => {
  expect(spread([5, 100, 20])).toEqual({ median: 20, min: 5, max: 100 });
});

test('latencies are sorted as numbers, and the curve ends with the slowest', () => {
  const latency = summarizeLatency([100, 20, 3]);
  expect(latency).toMatchObject({ p50: 20, p90: 100, p99: 100, p999: 100, max: 100 });
  expect(latency.curve).toHaveLength(CURVE_PERCENTS.length);
  expect(latency.curve[0]).toBe(3);
  expect(latency.curve.at(-1)).toBe(100);
});

test('every value falls into one bin, the largest into the last', () => {
  expect(histogram([0, 4.9, 5, 10], { to: 10, bins: 2 })).toEqual([2, 2]);
  expect(histogram([1, 2, 3], { to: 4, bins: 4 })).toEqual([0, 1, 1, 1]);
});
