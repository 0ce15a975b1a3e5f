/**
 * `npm run sim -- [options]`: replays one seed, or runs many on every core. Ends with status 1 and the line that replays
 * it when a seed fails; `USAGE` names the options.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { ProtocolName } from '../../src/wire/protocol.ts';
import { isProtocolName, PROTOCOL_NAMES } from '../../src/wire/protocol.ts';
import { CHARACTERS } from './characters.ts';
import type { Fixed } from './plan.ts';
import { FEATURES } from './plan.ts';
import { reportContrast } from './raft/contrast-report.ts';
import type { Outcome } from './run.ts';
import { runSeed, SimFailure } from './run.ts';
import { shrink } from './shrink.ts';
import { summary } from './summary.ts';

type Answer =
  | { readonly type: 'outcome'; readonly outcome: Outcome }
  | { readonly type: 'failure'; readonly seed: number; readonly text: string };

/** Seeds of an ordinary run start here; `--from` starts elsewhere. */
const FIRST_SEED = 1;

const USAGE = `npm run sim -- [options]
  --protocol P     tangaroa, or raft: plain Raft under the same storms (tangaroa without it)
  --seed N         replay one seed and print what it did
  --seeds N        run N seeds on every core (100 without it)
  --minutes M      run seeds for M minutes
  --from N         the first seed (1 without it)
  --nodes N        every seed with N nodes (without it each draws its own)
  --traitors N     every seed with N traitors, of at least 3N+1 nodes unless --nodes says how many (without it each
                   draws 0 to f; beyond f nothing is promised, and plain Raft's f is 0)
  --attacks A,B    every traitor with these attacks, always on
  --storm S        S simulated seconds with faults (without it each seed draws 1 to 40)
  --delay MS       the longest delay once the faults are over (20 without it, and 1000 where the storm was slow)
  --without A,B    without these things that a seed drew: attacks, or other things that --list names
  --shrink         with --seed: leave out what the failure does not need, one thing after another
  --contrast       what one liar does to plain Raft, and not to Tangaroa
  --list           the attacks there are, and what else can be left out
`;

const OPTIONS = {
  protocol: { type: 'string' },
  seed: { type: 'string' },
  seeds: { type: 'string' },
  minutes: { type: 'string' },
  from: { type: 'string' },
  nodes: { type: 'string' },
  traitors: { type: 'string' },
  attacks: { type: 'string' },
  storm: { type: 'string' },
  delay: { type: 'string' },
  without: { type: 'string' },
  shrink: { type: 'boolean' },
  contrast: { type: 'boolean' },
  list: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

/** What the process was asked for, in one object that a worker gets too. */
interface Job {
  readonly fixed: Fixed;
}

async function work(): Promise<void> {
  const { fixed } = workerData as Job;
  parentPort?.on('message', (seed: number) => {
    void runSeed(seed, fixed).then(
      (outcome) => parentPort?.postMessage({ type: 'outcome', outcome } satisfies Answer),
      (error: unknown) => {
        const text = describe(seed, error);
        parentPort?.postMessage({ type: 'failure', seed, text } satisfies Answer);
      },
    );
  });
}

/** What went wrong, and where the whole trace stands. */
function describe(seed: number, error: unknown): string {
  if (!(error instanceof SimFailure)) return String(error);
  const directory = fileURLToPath(new URL('../../traces/', import.meta.url));
  mkdirSync(directory, { recursive: true });
  const file = `${directory}${error.protocol}-seed-${seed}.txt`;
  writeFileSync(file, `${error.replay}\n${error.trace.join('\n')}\n`);
  return `${error.message}\n\nthe whole trace: ${file}`;
}

function fail(text: string): never {
  process.stderr.write(`sim: ${text}\n${USAGE}`);
  process.exit(2);
}

function readNumber(
  values: Values,
  name: 'seed' | 'seeds' | 'minutes' | 'from' | 'nodes' | 'traitors' | 'storm' | 'delay',
): number | null {
  const text = values[name];
  if (text === undefined) return null;
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  return fail(`--${name} takes a number, not ${text}`);
}

function readArguments(): Values {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

function readProtocol({ protocol = 'tangaroa' }: Values): ProtocolName {
  if (isProtocolName(protocol)) return protocol;
  return fail(`no protocol ${protocol}: there are ${PROTOCOL_NAMES.join(' and ')}`);
}

function readFixed(values: Values): Fixed {
  const protocol = readProtocol(values);
  const known = CHARACTERS[protocol].arsenal.attacks;
  const attacks = values.attacks?.split(',') ?? null;
  for (const name of attacks ?? [])
    if (!known.some((kind) => kind.name === name)) fail(`no attack ${name}; --list names them`);
  const without = values.without?.split(',') ?? [];
  for (const name of without)
    if (FEATURES[name] === undefined && !known.some((kind) => kind.name === name))
      fail(`nothing to leave out is called ${name}`);
  const nodes = readNumber(values, 'nodes');
  const traitors = readNumber(values, 'traitors');
  if (traitors !== null && nodes !== null && traitors >= nodes)
    fail(`--traitors ${traitors} of ${nodes} nodes leaves nobody honest`);
  const storm = readNumber(values, 'storm');
  const stormMs = storm === null ? null : storm * 1000;
  const healedDelayMs = readNumber(values, 'delay');
  return { protocol, nodes, traitors, attacks, stormMs, healedDelayMs, without };
}

function list(protocol: ProtocolName): string {
  const { attacks } = CHARACTERS[protocol].arsenal;
  const lines = attacks.map(({ name, tries }) => `${name.padEnd(22)}${tries}\n`);
  const features = Object.keys(FEATURES).join(', ');
  return `${lines.join('')}\n--without takes these too: ${features}\n`;
}

async function main(): Promise<void> {
  const values = readArguments();
  if (values.help === true) return void process.stdout.write(USAGE);
  if (values.list === true) return void process.stdout.write(list(readProtocol(values)));
  if (values.contrast === true) {
    const isAsExpected = await reportContrast((text) => process.stdout.write(text));
    process.exitCode = isAsExpected ? 0 : 1;
    return;
  }
  const fixed = readFixed(values);
  const seed = readNumber(values, 'seed');
  if (seed !== null)
    return values.shrink === true ? replaySmaller(seed, fixed) : replay(seed, fixed);
  if (values.shrink === true) fail('--shrink takes one seed: give --seed as well');
  const from = readNumber(values, 'from') ?? FIRST_SEED;
  const minutes = readNumber(values, 'minutes');
  const seeds = readNumber(values, 'seeds') ?? (minutes === null ? 100 : Infinity);
  const untilMs = minutes === null ? Infinity : performance.now() + minutes * 60_000;
  await runMany({ from, seeds, untilMs, fixed });
}

async function replay(seed: number, fixed: Fixed): Promise<void> {
  const outcome = await runSeed(seed, fixed).catch((error: unknown) => {
    process.stderr.write(`${describe(seed, error)}\n`);
    process.exit(1);
  });
  process.stdout.write(`${JSON.stringify(outcome, null, 2)}\n`);
}

async function replaySmaller(seed: number, fixed: Fixed): Promise<void> {
  const shrunk = await shrink(seed, fixed, (line) =>
    process.stderr.write(`still fails: ${line}\n`),
  );
  if (shrunk === null) {
    process.stdout.write(`seed ${seed} does not fail\n`);
    return;
  }
  process.stderr.write(`${describe(seed, shrunk.failure)}\n`);
  process.exitCode = 1;
}

interface Many {
  readonly from: number;
  readonly seeds: number;
  readonly untilMs: number;
  readonly fixed: Fixed;
}

async function runMany({ from, seeds, untilMs, fixed }: Many): Promise<void> {
  const outcomes: Outcome[] = [];
  const failures: string[] = [];
  const startedMs = performance.now();
  let next = from;
  const take = (): number | null =>
    next < from + seeds && performance.now() < untilMs && failures.length === 0 ? next++ : null;
  const workers = Array.from({ length: Math.max(1, Math.min(availableParallelism(), seeds)) }, () =>
    runWorker({ fixed }, take, (answer) => {
      if (answer.type === 'outcome') outcomes.push(answer.outcome);
      else failures.push(`seed ${answer.seed} failed\n${answer.text}`);
    }),
  );
  await Promise.all(workers);
  process.stdout.write(summary(outcomes, (performance.now() - startedMs) / 1000));
  if (failures.length === 0) return;
  process.stderr.write(`${failures.join('\n\n')}\n`);
  process.exitCode = 1;
}

function runWorker(
  job: Job,
  take: () => number | null,
  note: (answer: Answer) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    // A seed makes much that is gone at once: a larger young generation is collected less often.
    const resourceLimits = { maxYoungGenerationSizeMb: 64 };
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: job, resourceLimits });
    const go = (): void => {
      const seed = take();
      if (seed === null) void worker.terminate().then(() => resolve());
      else worker.postMessage(seed);
    };
    worker.on('message', (answer: Answer) => {
      note(answer);
      go();
    });
    worker.on('error', reject);
    go();
  });
}

await (isMainThread ? main() : work());
