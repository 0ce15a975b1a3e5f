/** Makes a failing seed smaller: what it can do without is left out, while the same checker still fails. */
import type { Fixed, Plan } from './plan.ts';
import { drawPlan, FEATURES } from './plan.ts';
import { Random } from '../../src/base/random.ts';
import { runSeed, SimFailure } from './run.ts';

export interface Shrunk {
  readonly fixed: Fixed;
  readonly failure: SimFailure;
}

/** The smallest failing run that leaving out one thing after another leads to; null where the seed does not fail. */
export async function shrink(
  seed: number,
  fixed: Fixed,
  say: (text: string) => void,
): Promise<Shrunk | null> {
  let best = await failureOf(seed, fixed);
  if (best === null) return null;
  let smallest = fixed;
  for (;;) {
    const smaller = candidates(drawPlan(seed, new Random(seed), smallest), smallest);
    let found = false;
    for (const candidate of smaller) {
      const failure = await failureOf(seed, candidate);
      if (failure?.checker !== best.checker) continue;
      say(failure.replay);
      best = failure;
      smallest = candidate;
      found = true;
      break;
    }
    if (!found) return { fixed: smallest, failure: best };
  }
}

async function failureOf(seed: number, fixed: Fixed): Promise<SimFailure | null> {
  try {
    await runSeed(seed, fixed);
    return null;
  } catch (error) {
    if (error instanceof SimFailure) return error;
    throw error;
  }
}

/** What might be left out next, the greatest reliefs for a reader first. */
function candidates(plan: Plan, fixed: Fixed): readonly Fixed[] {
  const shorter = Math.floor(plan.stormMs / 2_000) * 1_000;
  const names = [
    ...Object.keys(FEATURES).filter((name) => FEATURES[name]?.isOn(plan) === true),
    ...plan.traitors.flatMap(({ attacks }) => attacks.map(({ name }) => name)),
  ];
  return [
    ...(shorter >= 1_000 ? [{ ...fixed, stormMs: shorter }] : []),
    ...[...new Set(names)].map((name) => ({ ...fixed, without: [...fixed.without, name] })),
  ];
}
