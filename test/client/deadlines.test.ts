import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Deadlines } from '../../src/client/deadlines.ts';
import type { Timed } from '../../src/client/deadlines.ts';

const timed = (deadlineMs: number): Timed => ({ deadlineMs, before: null, after: null });

test('every item is due once, never early, at the latest one tick late', () => {
  const action = fc.oneof(
    fc.record({ type: fc.constant('add' as const), inMs: fc.integer({ min: 0, max: 40_000 }) }),
    fc.record({ type: fc.constant('remove' as const), which: fc.nat() }),
    fc.record({ type: fc.constant('turn' as const), byMs: fc.integer({ min: 0, max: 30_000 }) }),
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
      const tickMs = 25;
      let nowMs = 1_000;
      const wheel = new Deadlines(tickMs, nowMs);
      const model = new Set<Timed>();
      for (const step of actions) {
        if (step.type === 'add') {
          const item = timed(nowMs + step.inMs);
          wheel.add(item);
          model.add(item);
        } else if (step.type === 'remove') {
          const item = [...model][step.which % Math.max(1, model.size)];
          if (item === undefined) continue;
          wheel.remove(item);
          wheel.remove(item);
          model.delete(item);
        } else {
          nowMs += step.byMs;
          for (const item of wheel.due(nowMs)) {
            expect(item.deadlineMs).toBeLessThanOrEqual(nowMs);
            expect(model.delete(item)).toBe(true);
          }
          for (const item of model) expect(item.deadlineMs).toBeGreaterThan(nowMs - 2 * tickMs);
        }
        expect(wheel.size).toBe(model.size);
      }
    }),
  );
});

test('a finished operation leaves nothing behind', () => {
  const wheel = new Deadlines(25, 0);
  for (let i = 0; i < 10_000; i++) {
    const item = timed(30_000);
    wheel.add(item);
    wheel.remove(item);
    expect(item.before).toBeNull();
  }
  expect(wheel.size).toBe(0);
  expect(wheel.due(60_000)).toEqual([]);
});
