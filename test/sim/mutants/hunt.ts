/**
 * One mutant's process: runs seeds until one fails, then scenarios. Stands in a copy of the compiled simulator that has
 * the mutant's files in place of the source's. Speaks in lines of JSON.
 */
import process from 'node:process';
import { runScenario } from '../../scenario/run.ts';
import { Violation } from '../checkers/checker.ts';
import type { Fixed } from '../plan.ts';
import { NOTHING_FIXED } from '../plan.ts';
import { runSeed, SimFailure } from '../run.ts';

export interface Script {
  readonly name: string;
  readonly text: string;
}

export interface Job {
  readonly from: number;
  readonly seeds: number;
  readonly fixed: Partial<Fixed>;
  /** After the seeds. */
  readonly scenarios: readonly Script[];
}

export type Word =
  | { readonly type: 'begins'; readonly where: string }
  | {
      readonly type: 'failed';
      /** A seed, or the name of a scenario. */
      readonly where: string;
      /** As `SimFailure` names it: `error` where something threw that is no checker. */
      readonly checker: string;
      /** Events until then; none are counted in a scenario. */
      readonly steps: number | null;
      readonly text: string;
    }
  | { readonly type: 'survived' };

function say(word: Word): void {
  process.stdout.write(`${JSON.stringify(word)}\n`);
}

async function seedFails(seed: number, fixed: Partial<Fixed>): Promise<boolean> {
  const where = String(seed);
  say({ type: 'begins', where });
  try {
    await runSeed(seed, { ...NOTHING_FIXED, ...fixed });
    return false;
  } catch (error) {
    if (!(error instanceof SimFailure)) throw error;
    const { checker, steps, message } = error;
    say({ type: 'failed', where, checker, steps, text: message });
    return true;
  }
}

function scenarioFails({ name, text }: Script): boolean {
  say({ type: 'begins', where: name });
  try {
    runScenario(text, name);
    return false;
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    const { checker, message } = error;
    say({ type: 'failed', where: name, checker, steps: null, text: message });
    return true;
  }
}

async function main(): Promise<void> {
  const { from, seeds, fixed, scenarios } = JSON.parse(process.argv[2] ?? '') as Job;
  for (let seed = from; seed < from + seeds; seed++) if (await seedFails(seed, fixed)) return;
  for (const script of scenarios) if (scenarioFails(script)) return;
  say({ type: 'survived' });
}

await main();
