/** What is printed of mutants and their fates: one line each. */
import type { Chase, Fate } from './chase.ts';
import type { Mutant } from './mutant.ts';

const NAME_WIDTH = 34;
const RULE_WIDTH = 15;
const WHERE_WIDTH = 20;
const CHECKER_WIDTH = 21;
const STEPS_WIDTH = 9;

function start({ name, rule }: Mutant): string {
  return `${name.padEnd(NAME_WIDTH)}${rule.padEnd(RULE_WIDTH)}`;
}

export function head(): string {
  const names = `${'mutant'.padEnd(NAME_WIDTH)}${'rule'.padEnd(RULE_WIDTH)}`;
  const fates = `${'seed'.padStart(WHERE_WIDTH)}  ${'killed by'.padEnd(CHECKER_WIDTH)}`;
  return `${names}${fates}${'steps'.padStart(STEPS_WIDTH)}\n`;
}

export function row({ mutant, job }: Chase, fate: Fate): string {
  switch (fate.type) {
    case 'killed': {
      const { where, checker, steps } = fate;
      const end = steps === null ? '' : String(steps).padStart(STEPS_WIDTH);
      const line = `${start(mutant)}${where.padStart(WHERE_WIDTH)}  ${checker.padEnd(CHECKER_WIDTH)}${end}`;
      return `${line.trimEnd()}\n`;
    }
    case 'survived': {
      const scenarios = job.scenarios.map(({ name }) => `, ${name}`).join('');
      return `${start(mutant)}${'—'.padStart(WHERE_WIDTH)}  SURVIVED ${job.seeds} seeds${scenarios}\n`;
    }
    case 'broke':
      return `${start(mutant)}${'—'.padStart(WHERE_WIDTH)}  BROKE\n${firstPart(fate.text)}\n`;
  }
}

/** What broke, without the trace that follows. */
function firstPart(text: string): string {
  return text.split('\n\n')[0] ?? text;
}

/** What a mutant is for. */
export function described(mutant: Mutant): string {
  const open = mutant.open === undefined ? '' : ` (open: ${mutant.open})`;
  return `${start(mutant)}${mutant.why}${open}\n`;
}
