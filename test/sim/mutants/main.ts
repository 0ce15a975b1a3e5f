/**
 * `npm run mutants -- [options]`: the proof that the simulator can fail. Prints what became of each mutant, and ends
 * with status 1 if one survived. Started by scripts/mutants.mjs, in a directory that is its own.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MUTANTS, QUICK } from './catalogue.ts';
import type { Fate } from './chase.ts';
import { chase } from './chase.ts';
import type { Mutant } from './mutant.ts';
import { MutantError } from './mutant.ts';
import { Workshop } from './workshop.ts';

const USAGE = `npm run mutants -- [options]
  --only A,B       these mutants
  --quick          those that die quickly, as npm test runs them
  --seeds N        N seeds for each, whatever its own number
  --from N         the first seed (1 without it)
  --file F         the mutants in this JSON file: name, rule, why, edits [file, find, replace], seeds, fixed
  --trace          of each that dies, the end of what its nodes did
  --list           the mutants there are, with what each rule prevents
`;

const OPTIONS = {
  only: { type: 'string' },
  quick: { type: 'boolean' },
  seeds: { type: 'string' },
  from: { type: 'string' },
  file: { type: 'string' },
  trace: { type: 'boolean' },
  list: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

function fail(text: string): never {
  process.stderr.write(`mutants: ${text}\n`);
  process.exit(2);
}

function readArguments(): Values {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
}

function readNumber(values: Values, name: 'seeds' | 'from'): number | null {
  const text = values[name];
  if (text === undefined) return null;
  if (/^[1-9][0-9]*$/u.test(text)) return Number(text);
  return fail(`--${name} takes a number from 1 up, not ${text}`);
}

function chosen({ only, quick, file }: Values): readonly Mutant[] {
  const all =
    file === undefined ? MUTANTS : (JSON.parse(readFileSync(file, 'utf8')) as readonly Mutant[]);
  const names = only?.split(',') ?? null;
  for (const name of names ?? [])
    if (!all.some((mutant) => mutant.name === name)) fail(`no mutant ${name}; --list names them`);
  return all.filter(
    ({ name }) => (names?.includes(name) ?? true) && (quick !== true || QUICK.includes(name)),
  );
}

const NAME_WIDTH = 34;
const RULE_WIDTH = 14;

function row(mutant: Mutant, fate: Fate): string {
  const start = `${mutant.name.padEnd(NAME_WIDTH)}${mutant.rule.padEnd(RULE_WIDTH)}`;
  switch (fate.type) {
    case 'killed': {
      const { seed, checker, steps } = fate;
      return `${start}${String(seed).padStart(6)}  ${checker.padEnd(16)}${String(steps).padStart(8)}\n`;
    }
    case 'survived':
      return `${start}${'—'.padStart(6)}  SURVIVED ${fate.seeds} seeds\n`;
    case 'broke':
      return `${start}${'—'.padStart(6)}  BROKE\n${firstLines(fate.text)}\n`;
  }
}

/** What broke, without the trace that follows. */
function firstLines(text: string): string {
  return text.split('\n\n')[0] ?? text;
}

function head(): string {
  return `${'mutant'.padEnd(NAME_WIDTH)}${'rule'.padEnd(RULE_WIDTH)}${'seed'.padStart(6)}  ${'killed by'.padEnd(16)}${'steps'.padStart(8)}\n`;
}

async function main(): Promise<void> {
  const values = readArguments();
  if (values.help === true) return void process.stdout.write(USAGE);
  const mutants = chosen(values);
  if (values.list === true) {
    for (const { name, rule, why } of mutants)
      process.stdout.write(`${name.padEnd(NAME_WIDTH)}${rule.padEnd(RULE_WIDTH)}${why}\n`);
    return;
  }
  const base = fileURLToPath(new URL('../../..', import.meta.url));
  const directory = fileURLToPath(new URL('../../../..', import.meta.url));
  const workshop = new Workshop({ root: process.cwd(), directory, base });
  workshop.compile(mutants);
  process.stdout.write(head());
  const count = { killed: 0, survived: 0, broke: 0 };
  const options = { from: readNumber(values, 'from') ?? 1, seeds: readNumber(values, 'seeds') };
  await chase(mutants, workshop, options, (mutant, fate) => {
    count[fate.type]++;
    process.stdout.write(row(mutant, fate));
    if (values.trace === true && fate.type === 'killed') process.stdout.write(`${fate.text}\n\n`);
  });
  const broke = count.broke === 0 ? '' : `, ${count.broke} broke`;
  process.stdout.write(`${count.killed} killed, ${count.survived} survived${broke}\n`);
  process.exitCode = count.survived + count.broke === 0 ? 0 : 1;
}

try {
  await main();
} catch (error) {
  if (!(error instanceof MutantError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
