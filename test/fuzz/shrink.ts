/** Makes an input that shows something smaller, as long as it shows the same: chunks go first, then single bytes. */
import { concatBytes } from '../../src/base/bytes.ts';
import { feed } from './engine.ts';
import type { Finding } from './engine.ts';
import { decodeSteps, encodeSteps } from './steps.ts';
import type { Target } from './target.ts';

export interface ShrinkLimits {
  readonly untilMs: number;
  readonly nowMs: () => number;
  /** Called between two tries. */
  readonly alive: () => void;
}

export async function shrink(
  target: Target,
  finding: Finding,
  limits: ShrinkLimits,
): Promise<Finding> {
  let best = finding;
  const holds = async (input: Uint8Array): Promise<boolean> => {
    limits.alive();
    const result = await feed(target, input);
    if (!('finding' in result) || result.finding.class !== finding.class) return false;
    best = result.finding;
    return true;
  };
  if (target.shape === 'steps') await dropSteps(() => best.input, holds, limits);
  for (let size = best.input.length >> 1; size >= 1; size >>= 1)
    for (let at = 0; at + size <= best.input.length;) {
      if (limits.nowMs() > limits.untilMs) return best;
      const { input } = best;
      const without = concatBytes(input.subarray(0, at), input.subarray(at + size));
      if (!(await holds(without))) at += size;
    }
  return best;
}

async function dropSteps(
  input: () => Uint8Array,
  holds: (input: Uint8Array) => Promise<boolean>,
  limits: ShrinkLimits,
): Promise<void> {
  for (let size = decodeSteps(input()).length >> 1; size >= 1; size >>= 1)
    for (let at = 0; at < decodeSteps(input()).length;) {
      if (limits.nowMs() > limits.untilMs) return;
      const steps = [...decodeSteps(input())];
      steps.splice(at, size);
      if (!(await holds(encodeSteps(steps)))) at += size;
    }
}
