/** What a run of seeds is worth: it repeats itself, it meets what found something before, and it can fail. */
import { expect, test } from 'vitest';
import { faultsTolerated } from '../../src/consensus/model/quorum.ts';
import type { Fixed } from './plan.ts';
import { NOTHING_FIXED } from './plan.ts';
import { REGRESSIONS } from './regressions.ts';
import { runSeed, SimFailure } from './run.ts';

test.for(REGRESSIONS)('regression: seed $seed, $cause', async ({ seed, fixed }) => {
  await runSeed(seed, { ...NOTHING_FIXED, ...fixed });
});

test('the same seed gives the same run of plain Raft', async () => {
  for (const fixed of [RAFT, { ...RAFT, nodes: 5, traitors: 1, attacks: ['yes-man'] }]) {
    const outcome = await runSeed(5, fixed);
    expect(await runSeed(5, fixed)).toEqual(outcome);
  }
});

function areMet(sums: ReadonlyMap<string, number>): boolean {
  return sums.size > 0 && [...sums.values()].every((sum) => sum > 0);
}

/** Few seeds meet all of it: what one does not meet another does. */
test('seeds of plain Raft meet forked logs, old entries, leaders that give up and that hand over', async () => {
  const sums = new Map<string, number>();
  for (let seed = 1; seed <= 30 && !areMet(sums); seed++)
    for (const [name, count] of Object.entries((await runSeed(seed, RAFT)).tallies))
      sums.set(name, (sums.get(name) ?? 0) + count);
  expect(sums.size).toBeGreaterThan(4);
  for (const [name, sum] of sums) expect(sum, name).toBeGreaterThan(0);
});

test('the same seed gives the same run, with traitors and without', async () => {
  const traitors = new Set<boolean>();
  for (const seed of [5, 6, 7, 8]) {
    const outcome = await runSeed(seed);
    expect(await runSeed(seed)).toEqual(outcome);
    traitors.add(outcome.plan.traitors.length > 0);
  }
  expect(traitors.size).toBe(2);
});

const RAFT: Fixed = { ...NOTHING_FIXED, protocol: 'raft' };

/** The seed of those up to `seedsMax` that breaks agreement first, or null. */
async function breaksAgreement(fixed: Fixed, seedsMax: number): Promise<number | null> {
  for (let seed = 1; seed <= seedsMax; seed++) {
    const failure = await runSeed(seed, fixed).then(
      () => null,
      (error: unknown) => error,
    );
    if (failure instanceof SimFailure && failure.checker === 'agreement') return seed;
  }
  return null;
}

test('negative control: with one traitor more than promised, agreement breaks', async () => {
  const fixed: Fixed = {
    ...NOTHING_FIXED,
    nodes: 4,
    traitors: faultsTolerated(4) + 1,
    attacks: ['equivocate', 'echo'],
  };
  expect(await breaksAgreement(fixed, 60)).not.toBeNull();
});
