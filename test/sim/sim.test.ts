/** A few seeds with every `npm test`; `npm run sim -- --seeds 300` runs more, `--minutes M` as many as fit. */
import { expect, test } from 'vitest';
import { REGRESSIONS } from './regressions.ts';
import type { Outcome } from './run.ts';
import { runSeed } from './run.ts';

const SEEDS = 24;
const outcomes: Outcome[] = [];

test.for(Array.from({ length: SEEDS }, (_, i) => i + 1))('seed %i', async (seed) => {
  const outcome = await runSeed(seed);
  outcomes.push(outcome);
  expect(outcome.answered).toBeGreaterThan(0);
});

test.for(REGRESSIONS)('regression: seed $seed, $cause', async ({ seed, nodes }) => {
  await runSeed(seed, nodes);
});

test('the same seed gives the same run', async () => {
  expect(await runSeed(5)).toEqual(await runSeed(5));
});

test('sometimes: the seeds met elections, crashes, partitions, failed disks and clocks that jump', () => {
  const total = (of: (outcome: Outcome) => number): number =>
    outcomes.reduce((sum, outcome) => sum + of(outcome), 0);
  expect(outcomes.length).toBe(SEEDS);
  expect(total((o) => o.terms - 1)).toBeGreaterThan(10);
  expect(total((o) => o.exercised.crashes)).toBeGreaterThan(10);
  expect(total((o) => o.exercised.partitions)).toBeGreaterThan(10);
  expect(total((o) => o.exercised.clockJumps)).toBeGreaterThan(0);
  expect(total((o) => o.exercised.diskFailures)).toBeGreaterThan(0);
});
