/**
 * One mutant's process: runs seeds until one fails. Stands in a copy of the compiled simulator that has the mutant's
 * files in place of the source's. Speaks in lines of JSON.
 */
import process from 'node:process';
import type { Fixed } from '../plan.ts';
import { NOTHING_FIXED } from '../plan.ts';
import { runSeed, SimFailure } from '../run.ts';

export interface Job {
  readonly from: number;
  readonly seeds: number;
  readonly fixed: Partial<Fixed>;
}

export type Word =
  | { readonly type: 'begins'; readonly seed: number }
  | {
      readonly type: 'failed';
      readonly seed: number;
      /** As `SimFailure` names it: `error` where something threw that is no checker. */
      readonly checker: string;
      readonly steps: number;
      readonly text: string;
    }
  | { readonly type: 'survived' };

function say(word: Word): void {
  process.stdout.write(`${JSON.stringify(word)}\n`);
}

async function main(): Promise<void> {
  const { from, seeds, fixed } = JSON.parse(process.argv[2] ?? '') as Job;
  for (let seed = from; seed < from + seeds; seed++) {
    say({ type: 'begins', seed });
    try {
      await runSeed(seed, { ...NOTHING_FIXED, ...fixed });
    } catch (error) {
      if (!(error instanceof SimFailure)) throw error;
      const { checker, steps, message } = error;
      return say({ type: 'failed', seed, checker, steps, text: message });
    }
  }
  say({ type: 'survived' });
}

await main();
