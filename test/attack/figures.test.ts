import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LoadClient } from '../../scripts/attack/load/client.ts';
import { BIN_MS, curveOf, figuresOf } from '../../scripts/attack/load/figures.ts';

type Operations = Pick<LoadClient, 'done' | 'failedAtMs' | 'liedToAtMs'>;

function client(done: readonly (readonly [number, number])[], change: Partial<Operations> = {}) {
  return {
    done: done.map(([atMs, tookMs]) => ({ atMs, tookMs })),
    failedAtMs: [],
    liedToAtMs: [],
    ...change,
  };
}

const stretch = { fromMs: 1_000, toMs: 3_000 };

describe('figures of a stretch', () => {
  test('count what ended within it, its begin included and its end not', () => {
    const one = client(
      [
        [999, 5],
        [1_000, 10],
        [2_999, 20],
        [3_000, 5],
      ],
      { failedAtMs: [500, 1_500], liedToAtMs: [1_000, 3_000] },
    );
    expect(figuresOf([one], stretch)).toEqual({
      acknowledged: 2,
      perSecond: 1,
      p50Ms: 10,
      p99Ms: 20,
      failed: 1,
      lies: 1,
      gapMs: 1_999,
    });
  });

  test('nothing acknowledged is one long gap, and no latency', () => {
    expect(figuresOf([client([])], stretch)).toMatchObject({
      acknowledged: 0,
      perSecond: 0,
      p50Ms: null,
      p99Ms: null,
      gapMs: 2_000,
    });
  });

  test('gaps are those of all clients together, up to both ends', () => {
    const [a, b] = [client([[1_400, 1]]), client([[2_600, 1]])];
    expect(figuresOf([a, b], stretch).gapMs).toBe(1_200);
    expect(figuresOf([a], stretch).gapMs).toBe(1_600);
    expect(figuresOf([b], stretch).gapMs).toBe(1_600);
  });

  test('percentiles are operations that were measured, whatever their order', () => {
    const took = fc.array(fc.integer({ min: 1, max: 9_999 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(took, (all) => {
        const one = client(all.map((tookMs, at) => [1_000 + at, tookMs]));
        const { p50Ms, p99Ms } = figuresOf([one], stretch);
        const atMost = (ms: number | null) => all.filter((tookMs) => tookMs <= ms!).length;
        expect(all).toContain(p50Ms);
        expect(all).toContain(p99Ms);
        expect(atMost(p50Ms)).toBeGreaterThanOrEqual(all.length / 2);
        expect(atMost(p99Ms)).toBeGreaterThanOrEqual(0.99 * all.length);
        expect(all.filter((tookMs) => tookMs < p99Ms!).length).toBeLessThan(0.99 * all.length);
      }),
    );
  });
});

test('a curve has a bin for each tenth of a second, in operations a second', () => {
  const ends = [900, 1_000, 1_099, 1_100, 1_399, 1_400].map((atMs) => [atMs, 1] as const);
  expect(BIN_MS).toBe(100);
  expect(curveOf([client(ends.slice(0, 3)), client(ends.slice(3))], 1_000, 1_450)).toEqual([
    20, 10, 0, 10,
  ]);
});
