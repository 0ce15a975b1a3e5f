/** Runs mutants, as many at once as there are cores, and says what became of each. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { runChild } from './child.ts';
import type { Job, Word } from './hunt.ts';
import type { Mutant } from './mutant.ts';
import { tryTests } from './trial.ts';
import type { Workshop } from './workshop.ts';

/** One seed of the worst mutant takes a fraction of that, on a busy machine too. */
const SEED_TIMEOUT_MS = 120_000;

export type Fate =
  | {
      readonly type: 'killed';
      /** The seed, or the scenario. */
      readonly where: string;
      /** The checker that told it from the protocol. */
      readonly checker: string;
      /** Events until then; none are counted in a scenario. */
      readonly steps: number | null;
      readonly text: string;
    }
  | { readonly type: 'survived' }
  /** It threw, or hung: what is no checker's verdict proves nothing. */
  | { readonly type: 'broke'; readonly text: string };

/** A mutant, and what it is to survive. */
export interface Chase {
  readonly mutant: Mutant;
  readonly job: Job;
  /** Files of tests, after seeds and scenarios. */
  readonly tests: readonly string[];
}

/** `note` gets each fate when it is known. */
export async function chase(
  chases: readonly Chase[],
  workshop: Workshop,
  note: (chased: Chase, fate: Fate) => void,
): Promise<void> {
  const waiting = [...chases.entries()];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [number, chased] = next;
      note(chased, await fateOf(chased, number, workshop));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
}

async function fateOf(
  { mutant, job, tests }: Chase,
  number: number,
  workshop: Workshop,
): Promise<Fate> {
  const place = workshop.place(mutant, number);
  const fate = await fateIn(place, job);
  workshop.remove(place);
  if (fate.type !== 'survived' || tests.length === 0) return fate;
  const directory = workshop.placeSource(mutant, number);
  const tried = await tryTests(tests, { directory, root: workshop.root });
  workshop.remove(directory);
  return tried;
}

async function fateIn(directory: string, job: Job): Promise<Fate> {
  const program = join(directory, 'test/sim/mutants/hunt.js');
  let at = '';
  let fate: Fate | null = null;
  const options = { program, argument: job, silenceMs: SEED_TIMEOUT_MS };
  const problem = await runChild<Word>(options, (word) => {
    if (word.type === 'begins') at = word.where;
    else fate = heard(word);
  });
  return fate ?? { type: 'broke', text: `${at}: ${problem ?? 'it said nothing'}` };
}

function heard(word: Exclude<Word, { type: 'begins' }>): Fate {
  if (word.type === 'survived') return { type: 'survived' };
  const { where, checker, steps, text } = word;
  return checker === 'error'
    ? { type: 'broke', text: `seed ${where}: ${text}` }
    : { type: 'killed', where, checker, steps, text };
}
