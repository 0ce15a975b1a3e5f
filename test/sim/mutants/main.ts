/**
 * `npm run mutants -- [options]`: the proof that the simulator can fail. Prints what became of each mutant, and ends
 * with status 1 if one survived. Started by scripts/mutants.mjs, in a directory that is its own.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MUTANTS, QUICK } from './catalogue.ts';
import type { Chase } from './chase.ts';
import { chase } from './chase.ts';
import type { Mutant } from './mutant.ts';
import { MutantError } from './mutant.ts';
import { readScenarios } from './scenarios.ts';
import { described, head, row } from './table.ts';
import { Workshop } from './workshop.ts';

const USAGE = `npm run mutants -- [options]
  --only A,B       these mutants
  --quick          those that die within few seeds, and of the others the scenarios, as npm test runs them
  --open           those that nothing tells from the protocol yet; the others run without them
  --scenarios      each scenario on the mutants that it says it breaks, and on the source as it is; no seeds
  --seeds N        N seeds for each, whatever its own number
  --from N         the first seed (1 without it)
  --file F         the mutants in this JSON file: name, rule, why, edits [file, find, replace], seeds, fixed
  --trace          of each that dies, the end of what its nodes did
  --list           the mutants there are, with what each rule prevents
`;

const OPTIONS = {
  only: { type: 'string' },
  quick: { type: 'boolean' },
  open: { type: 'boolean' },
  scenarios: { type: 'boolean' },
  seeds: { type: 'string' },
  from: { type: 'string' },
  file: { type: 'string' },
  trace: { type: 'boolean' },
  list: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

/** The repository. */
const root = process.cwd();

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

function chosen({ only, file, open = false }: Values): readonly Mutant[] {
  const all =
    file === undefined ? MUTANTS : (JSON.parse(readFileSync(file, 'utf8')) as readonly Mutant[]);
  const names = only?.split(',') ?? null;
  for (const name of names ?? [])
    if (!all.some((mutant) => mutant.name === name)) fail(`no mutant ${name}; --list names them`);
  if (names !== null) return all.filter(({ name }) => names.includes(name));
  return all.filter((mutant) => (mutant.open !== undefined) === open);
}

/** Seeds, and what seeds do not tell from the protocol scenarios do. */
function huntsOf(values: Values, mutants: readonly Mutant[]): readonly Chase[] {
  const scripts = readScenarios(root);
  const seeds = readNumber(values, 'seeds');
  const from = readNumber(values, 'from') ?? 1;
  return mutants.map((mutant) => {
    const { name, fixed = {} } = mutant;
    const scenarios = scripts.filter(({ breaks }) => breaks.includes(name));
    const job = { from, seeds: seeds ?? mutant.seeds, fixed, scenarios };
    return { mutant, job, tests: mutant.tests ?? [] };
  });
}

/** Each mutant with each scenario that names it. */
function playsOf(mutants: readonly Mutant[]): readonly Chase[] {
  return mutants.flatMap((mutant) =>
    readScenarios(root)
      .filter(({ breaks }) => breaks.includes(mutant.name))
      .map((script) => ({
        mutant,
        job: { from: 1, seeds: 0, fixed: {}, scenarios: [script] },
        tests: [],
      })),
  );
}

function chasesOf(values: Values, mutants: readonly Mutant[]): readonly Chase[] {
  if (values.scenarios === true) return playsOf(mutants);
  if (values.quick !== true) return huntsOf(values, mutants);
  const isQuick = ({ name }: Mutant): boolean => QUICK.includes(name);
  const others = mutants.filter((mutant) => !isQuick(mutant));
  return [...huntsOf(values, mutants.filter(isQuick)), ...playsOf(others)];
}

/** The source as it is, which every scenario is to spare. */
const PROTOCOL: Mutant = { name: 'the-protocol', rule: '', why: '', edits: [], seeds: 0 };

/** Whether it came to what was to come of it. */
async function run(chases: readonly Chase[], workshop: Workshop, trace: boolean): Promise<boolean> {
  process.stdout.write(head());
  const count = { killed: 0, survived: 0, broke: 0 };
  await chase(chases, workshop, (chased, fate) => {
    count[fate.type]++;
    process.stdout.write(row(chased, fate));
    if (trace && fate.type === 'killed') process.stdout.write(`${fate.text}\n\n`);
  });
  const broke = count.broke === 0 ? '' : `, ${count.broke} broke`;
  process.stdout.write(`${count.killed} killed, ${count.survived} survived${broke}\n`);
  return count.survived + count.broke === 0;
}

/** Whether the source survives all scenarios. */
async function spare(workshop: Workshop): Promise<boolean> {
  const job = { from: 1, seeds: 0, fixed: {}, scenarios: readScenarios(root) };
  let isSpared = false;
  await chase([{ mutant: PROTOCOL, job, tests: [] }], workshop, (chased, fate) => {
    isSpared = fate.type === 'survived';
    if (!isSpared) process.stdout.write(row(chased, fate));
  });
  return isSpared;
}

async function main(): Promise<void> {
  const values = readArguments();
  if (values.help === true) return void process.stdout.write(USAGE);
  const mutants = chosen(values);
  if (values.list === true)
    return void process.stdout.write(mutants.map((mutant) => described(mutant)).join(''));
  const chases = chasesOf(values, mutants);
  const base = fileURLToPath(new URL('../../..', import.meta.url));
  const directory = fileURLToPath(new URL('../../../..', import.meta.url));
  const workshop = new Workshop({ root, directory, base });
  workshop.compile([...new Set(chases.map(({ mutant }) => mutant))]);
  const isSpared = values.scenarios !== true || (await spare(workshop));
  const isDone = await run(chases, workshop, values.trace === true);
  process.exitCode = isSpared && isDone ? 0 : 1;
}

try {
  await main();
} catch (error) {
  if (!(error instanceof MutantError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
