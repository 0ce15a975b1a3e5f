import { describe, expect, test } from 'vitest';
import { areApart, compareRuns, markOf, oddsApart } from '../../bench/figures/compare.mjs';

const figure = (min: number, median: number, max: number) => ({ min, median, max });

describe('whether the rounds of two runs lie apart', () => {
  test('not where they overlap, nor where they touch', () => {
    expect(areApart(figure(1, 2, 3), figure(2, 3, 4))).toBe(false);
    expect(areApart(figure(1, 2, 3), figure(3, 4, 5))).toBe(false);
    expect(areApart(figure(1, 5, 9), figure(4, 5, 6))).toBe(false);
  });

  test('on either side', () => {
    expect(areApart(figure(1, 2, 3), figure(4, 5, 6))).toBe(true);
    expect(areApart(figure(4, 5, 6), figure(1, 2, 3))).toBe(true);
  });
});

test('equal runs lie apart by chance in two of all orders that their rounds can come in', () => {
  expect(oddsApart(1, 1)).toBe(1);
  expect(oddsApart(2, 2)).toBe(3);
  expect(oddsApart(3, 3)).toBe(10);
  expect(oddsApart(3, 2)).toBe(5);
  expect(oddsApart(5, 5)).toBe(126);
});

test('a mark depends on which way is better', () => {
  const [low, high] = [figure(1, 2, 3), figure(4, 5, 6)];
  expect(markOf(low, high, 'higher')).toBe('better');
  expect(markOf(high, low, 'higher')).toBe('worse');
  expect(markOf(low, high, 'lower')).toBe('worse');
  expect(markOf(high, low, 'lower')).toBe('better');
  expect(markOf(low, high, null)).toBe('other');
  expect(markOf(low, low, 'higher')).toBe('within');
});

test('only rows and figures that both runs have are compared', () => {
  const earlier = [
    { id: 'a', figures: { perSecond: figure(90, 100, 110), p50Ms: figure(0, 0, 0) } },
    { id: 'gone', figures: { perSecond: figure(1, 1, 1) } },
  ];
  const rows = [
    { id: 'a', figures: { perSecond: figure(190, 200, 210), p50Ms: figure(1, 1, 1) } },
    { id: 'new', figures: { perSecond: figure(1, 1, 1) } },
  ];
  expect(compareRuns(earlier, rows)).toEqual([
    expect.objectContaining({ id: 'a', key: 'perSecond', ratio: 2, mark: 'better' }),
    expect.objectContaining({ id: 'a', key: 'p50Ms', ratio: null, mark: 'worse' }),
  ]);
});
