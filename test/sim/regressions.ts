/** Seeds that ever found a bug, with its cause: each is run by every `npm test`. */
export interface Regression {
  readonly seed: number;
  readonly nodes: number | null;
  readonly cause: string;
}

export const REGRESSIONS: readonly Regression[] = [
  {
    seed: 18,
    nodes: null,
    cause:
      'entries that waited for a slow clock were pruned when something committed, and their leader was called rogue',
  },
];
