/** Runs mutants, as many at once as there are cores, and says what became of each. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { runChild } from './child.ts';
import type { Job, Word } from './hunt.ts';
import type { Mutant } from './mutant.ts';
import type { Workshop } from './workshop.ts';

/** One seed of the worst mutant takes a fraction of that, on a busy machine too. */
const SEED_TIMEOUT_MS = 120_000;

export type Fate =
  | {
      readonly type: 'killed';
      readonly seed: number;
      /** The checker that told it from the protocol. */
      readonly checker: string;
      /** Events until then. */
      readonly steps: number;
      readonly text: string;
    }
  | { readonly type: 'survived'; readonly seeds: number }
  /** It threw, or hung: what is no checker's verdict proves nothing. */
  | { readonly type: 'broke'; readonly text: string };

export interface ChaseOptions {
  readonly from: number;
  /** In place of each mutant's own number. */
  readonly seeds: number | null;
}

/** `note` gets each fate when it is known. */
export async function chase(
  mutants: readonly Mutant[],
  workshop: Workshop,
  options: ChaseOptions,
  note: (mutant: Mutant, fate: Fate) => void,
): Promise<void> {
  const waiting = [...mutants];
  const work = async (): Promise<void> => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift())
      note(mutant, await fateOf(mutant, workshop, options));
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
}

async function fateOf(
  mutant: Mutant,
  workshop: Workshop,
  { from, seeds }: ChaseOptions,
): Promise<Fate> {
  const job: Job = { from, seeds: seeds ?? mutant.seeds, fixed: mutant.fixed ?? {} };
  const program = join(workshop.place(mutant), 'test/sim/mutants/hunt.js');
  let seed = from;
  let fate: Fate | null = null;
  const options = { program, argument: job, silenceMs: SEED_TIMEOUT_MS };
  const problem = await runChild<Word>(options, (word) => {
    if (word.type === 'begins') ({ seed } = word);
    else fate = heard(word, job);
  });
  workshop.remove(mutant);
  return fate ?? { type: 'broke', text: `seed ${seed}: ${problem ?? 'it said nothing'}` };
}

function heard(word: Exclude<Word, { type: 'begins' }>, { seeds }: Job): Fate {
  if (word.type === 'survived') return { type: 'survived', seeds };
  const { seed, checker, steps, text } = word;
  return checker === 'error'
    ? { type: 'broke', text: `seed ${seed}: ${text}` }
    : { type: 'killed', seed, checker, steps, text };
}
