/** One liar is enough to break plain Raft, and is not enough to break Tangaroa, where the same is tried. */
import { expect, test } from 'vitest';
import { faultsTolerated } from '../../../src/consensus/model/quorum.ts';
import { ATTACKS } from '../adversary/catalogue.ts';
import type { Fixed } from '../plan.ts';
import { runSeed, SimFailure } from '../run.ts';
import { RAFT_ATTACKS } from './adversary/catalogue.ts';
import { BROKEN, LIES, onRaft, onTangaroa } from './contrast.ts';

/** What each seed breaks, until one breaks what others see. */
async function broken(fixed: Fixed, seeds: number): Promise<readonly string[]> {
  const found: string[] = [];
  for (let seed = 1; seed <= seeds && !found.some((checker) => BROKEN.has(checker)); seed++)
    await runSeed(seed, fixed).catch((error: unknown) => {
      if (!(error instanceof SimFailure)) throw error;
      expect(error.checker, error.message).not.toBe('error');
      found.push(error.checker);
    });
  return found;
}

test.for(LIES)('one liar of $nodes nodes breaks plain Raft: $name', async (lie) => {
  expect(faultsTolerated(lie.nodes)).toBe(1);
  expect(
    (await broken(onRaft(lie), lie.seeds)).filter((checker) => BROKEN.has(checker)),
  ).toHaveLength(1);
});

test.for(LIES)('one liar of $nodes nodes does not break Tangaroa: $counterparts', async (lie) => {
  expect(await broken(onTangaroa(lie), 1)).toEqual([]);
});

test('a lie is an attack of the catalogue, and so is what stands for it', () => {
  const lies = RAFT_ATTACKS.map(({ name }) => name);
  const known = ATTACKS.map(({ name }) => name);
  for (const { name, counterparts } of LIES) {
    expect(lies).toContain(name);
    for (const counterpart of counterparts) expect(known).toContain(counterpart);
  }
});
