/**
 * Seeds that ever found a bug, with its cause: each is run by every `npm test`. What a seed draws changes with the
 * simulator, so the bugs themselves are mutants as well (`waiting-head-pruned`, `resigned-for-ever`,
 * `asks-again-without-suspicion` …).
 */
import type { Fixed } from './plan.ts';

export interface Regression {
  readonly seed: number;
  readonly fixed: Partial<Fixed>;
  readonly cause: string;
}

export const REGRESSIONS: readonly Regression[] = [
  {
    seed: 18,
    fixed: {},
    cause:
      'entries that waited for a slow clock were pruned when something committed, and their leader was called rogue',
  },
  {
    seed: 1077,
    fixed: { without: ['waiting-batches'] },
    cause:
      'a node that was asked to hand over gave up all its later terms too: when all four had been asked, no term lasted',
  },
  {
    seed: 90,
    fixed: { nodes: 4, traitors: 1, attacks: ['withheld', 'other-bundle', 'poison'] },
    cause:
      'a candidate that was shown a bundle of its own first votes asked again without its suspicion certificate',
  },
];
