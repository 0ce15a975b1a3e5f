/** Every mutant there is, in the order of the rules they break. */
import { ELECTION } from './catalogue/election.ts';
import { LEADING } from './catalogue/leading.ts';
import { MESSAGES } from './catalogue/messages.ts';
import { NORMAL } from './catalogue/normal.ts';
import { REST } from './catalogue/rest.ts';
import { SUSPICION } from './catalogue/suspicion.ts';
import type { Mutant } from './mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  ...MESSAGES,
  ...NORMAL,
  ...SUSPICION,
  ...ELECTION,
  ...LEADING,
  ...REST,
];

/** Those that `npm test` runs: they die within a few seeds. */
export const QUICK: readonly string[] = ['quorum-f-plus-1'];
