import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dueAtMs, dueUntil } from '../../bench/load/schedule.mjs';

test('the first operation is due at once, then one every 1/rate seconds', () => {
  expect(dueUntil(1_000, -0.1)).toBe(0);
  expect(dueUntil(1_000, 0)).toBe(1);
  expect(dueUntil(1_000, 0.999)).toBe(1);
  expect(dueUntil(1_000, 1)).toBe(2);
  expect(dueUntil(3, 1_000)).toBe(4);
  expect(dueAtMs(500, 3)).toBe(6);
});

test('each operation is due exactly from its own moment on', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.integer({ min: 0, max: 10_000_000 }),
      (rate, at) => {
        expect(dueUntil(rate, dueAtMs(rate, at))).toBe(at + 1);
      },
    ),
  );
});

test('whatever is counted as due until a moment was due by then, and the next one was not', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.double({ min: 0, max: 100_000, noNaN: true }),
      (rate, elapsedMs) => {
        const due = dueUntil(rate, elapsedMs);
        expect(dueAtMs(rate, due - 1)).toBeLessThanOrEqual(elapsedMs);
        expect(dueAtMs(rate, due)).toBeGreaterThan(elapsedMs);
      },
    ),
  );
});
