/**
 * `npm run sim -- [--seed N | --seeds N | --minutes M] [--from N] [--nodes N]`: replays one seed, or runs many on every core.
 * Ends with status 1 and the line that replays it when a seed fails.
 */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { Outcome } from './run.ts';
import { runSeed } from './run.ts';

interface Job {
  readonly nodes: number | null;
}

type Answer =
  | { readonly type: 'outcome'; readonly outcome: Outcome }
  | { readonly type: 'failure'; readonly seed: number; readonly text: string };

/** Seeds of an ordinary run start here; `--from` starts elsewhere. */
const FIRST_SEED = 1;

async function work(): Promise<void> {
  const { nodes } = workerData as Job;
  parentPort?.on('message', (seed: number) => {
    void runSeed(seed, nodes).then(
      (outcome) => parentPort?.postMessage({ type: 'outcome', outcome } satisfies Answer),
      (error: unknown) => {
        const text = error instanceof Error ? error.message : String(error);
        parentPort?.postMessage({ type: 'failure', seed, text } satisfies Answer);
      },
    );
  });
}

function readNumber(text: string | undefined, name: string): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  process.stderr.write(`sim: --${name} takes a number, not ${text}\n`);
  process.exit(2);
}

const USAGE = `npm run sim -- [options]
  --seed N      replay one seed and print what it did
  --seeds N     run N seeds on every core (100 without it)
  --minutes M   run seeds for M minutes
  --from N      the first seed (1 without it)
  --nodes N     every seed with N nodes (without it each draws its own)
`;

function readArguments(): {
  readonly seed?: string;
  readonly seeds?: string;
  readonly minutes?: string;
  readonly from?: string;
  readonly nodes?: string;
  readonly help?: boolean;
} {
  try {
    return parseArgs({
      options: {
        seed: { type: 'string' },
        seeds: { type: 'string' },
        minutes: { type: 'string' },
        from: { type: 'string' },
        nodes: { type: 'string' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    process.stderr.write(
      `sim: ${error instanceof Error ? error.message : String(error)}\n${USAGE}`,
    );
    process.exit(2);
  }
}

async function main(): Promise<void> {
  const values = readArguments();
  if (values.help === true) {
    process.stdout.write(USAGE);
    return;
  }
  const nodes = readNumber(values.nodes, 'nodes');
  const seed = readNumber(values.seed, 'seed');
  if (seed !== null) return replay(seed, nodes);
  const from = readNumber(values.from, 'from') ?? FIRST_SEED;
  const minutes = readNumber(values.minutes, 'minutes');
  const seeds = readNumber(values.seeds, 'seeds') ?? (minutes === null ? 100 : Infinity);
  const untilMs = minutes === null ? Infinity : performance.now() + minutes * 60_000;
  await runMany({ from, seeds, untilMs, nodes });
}

async function replay(seed: number, nodes: number | null): Promise<void> {
  const outcome = await runSeed(seed, nodes).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  });
  process.stdout.write(`${JSON.stringify(outcome, null, 2)}\n`);
}

interface Many {
  readonly from: number;
  readonly seeds: number;
  readonly untilMs: number;
  readonly nodes: number | null;
}

async function runMany({ from, seeds, untilMs, nodes }: Many): Promise<void> {
  const outcomes: Outcome[] = [];
  const failures: string[] = [];
  const startedMs = performance.now();
  let next = from;
  const take = (): number | null =>
    next < from + seeds && performance.now() < untilMs && failures.length === 0 ? next++ : null;
  const workers = Array.from({ length: Math.max(1, Math.min(availableParallelism(), seeds)) }, () =>
    runWorker(nodes, take, (answer) => {
      if (answer.type === 'outcome') outcomes.push(answer.outcome);
      else failures.push(`seed ${answer.seed} failed\n${answer.text}`);
    }),
  );
  await Promise.all(workers);
  const seconds = (performance.now() - startedMs) / 1000;
  process.stdout.write(summary(outcomes, seconds));
  if (failures.length === 0) return;
  process.stderr.write(`${failures.join('\n\n')}\n`);
  process.exitCode = 1;
}

function runWorker(
  nodes: number | null,
  take: () => number | null,
  note: (answer: Answer) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(fileURLToPath(import.meta.url), {
      workerData: { nodes } satisfies Job,
    });
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

function summary(outcomes: readonly Outcome[], seconds: number): string {
  const sum = (of: (outcome: Outcome) => number): number =>
    outcomes.reduce((total, outcome) => total + of(outcome), 0);
  const most = (of: (outcome: Outcome) => number): number => Math.max(0, ...outcomes.map(of));
  const lines: readonly (readonly [string, string | number])[] = [
    [
      'seeds',
      `${outcomes.length} in ${seconds.toFixed(1)} s (${(outcomes.length / seconds).toFixed(1)}/s)`,
    ],
    ['simulated', `${Math.round(sum((o) => o.simulatedMs) / 1000)} s`],
    ['entries committed', sum((o) => o.entries)],
    ['requests answered', sum((o) => o.answered)],
    ['terms beyond the first', sum((o) => o.terms - 1)],
    ['crashes', sum((o) => o.exercised.crashes)],
    ['partitions', sum((o) => o.exercised.partitions)],
    ['clock jumps', sum((o) => o.exercised.clockJumps)],
    ['disk failures', sum((o) => o.exercised.diskFailures)],
    ['leaders that resigned', sum((o) => o.exercised.resigns)],
    ['certificates checked', sum((o) => o.certificates)],
    ['slowest recovery', `${most((o) => o.healedMs)} ms of virtual time`],
  ];
  return lines.map(([name, value]) => `${name.padEnd(24)}${value}\n`).join('');
}

await (isMainThread ? main() : work());
