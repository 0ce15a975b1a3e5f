/** What a run of seeds is worth: it repeats itself, it meets everything, and it can fail. */
import { expect, test } from 'vitest';
import { NOTHING_FIXED } from './plan.ts';
import { REGRESSIONS } from './regressions.ts';
import { runSeed } from './run.ts';

test.for(REGRESSIONS)('regression: seed $seed, $cause', async ({ seed, fixed }) => {
  await runSeed(seed, { ...NOTHING_FIXED, ...fixed });
});

test('the same seed gives the same run', async () => {
  expect(await runSeed(5)).toEqual(await runSeed(5));
});
