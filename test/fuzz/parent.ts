/** Runs each target in a child, watches it, and says what came of it. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fromHex } from '../../src/base/bytes.ts';
import type { Progress, Said } from './child.ts';
import { writeFinding } from './corpus.ts';

export interface TargetRun {
  readonly target: string;
  readonly progress: Progress;
  readonly seconds: number;
  /** Commands that replay what was found. */
  readonly findings: readonly string[];
}

export interface RunOptions {
  readonly seed: number;
  readonly runMs: number;
  readonly write: (text: string) => void;
}

export interface Watch {
  /** What the child runs. */
  readonly script: string;
  /** A child that says nothing for so long hangs. Making what it feeds first takes longer. */
  readonly silenceMs: number;
  readonly startingMs: number;
}

const WATCH: Watch = {
  script: fileURLToPath(new URL('main.js', import.meta.url)),
  silenceMs: 10_000,
  startingMs: 90_000,
};
const HEAP_MB = 1_024;

const NOTHING: Progress = { cases: 0, verdicts: 0, kept: 0, heapBytes: { first: 0, last: 0 } };

/** What is under way; a signal ends it with this process. */
const children = new Set<ChildProcess>();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    for (const child of children) child.kill('SIGKILL');
    process.exit(130);
  });

export async function runTarget(
  target: string,
  options: RunOptions,
  watch: Watch = WATCH,
): Promise<TargetRun> {
  const directory = mkdtempSync(join(tmpdir(), 'tangaroa-fuzz-'));
  const inFlightFile = join(directory, 'in-flight');
  const startedMs = performance.now();
  const findings: string[] = [];
  let progress = NOTHING;
  const keep = (name: string, what: string, input: Uint8Array): void => {
    const file = writeFinding(target, name, what, input);
    const command = `npm run fuzz -- --replay ${file}`;
    findings.push(command);
    options.write(`\n${target}: ${what}\n  replay: ${command}\n`);
  };
  const noted = (said: Said): void => {
    if (said.type === 'finding') {
      const input = fromHex(said.hex) ?? new Uint8Array(0);
      options.write(`\n${said.text}\n`);
      keep(`seed-${options.seed}-${findings.length + 1}`, said.class, input);
    } else progress = said.progress;
  };
  try {
    const end = await oversee(target, inFlightFile, { ...options, ...watch }, noted);
    if (end !== null) keep(`seed-${options.seed}-end`, end, readInFlight(inFlightFile));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return { target, progress, seconds: (performance.now() - startedMs) / 1_000, findings };
}

/** Null where the child came to its end by itself; otherwise how it ended. */
function oversee(
  target: string,
  inFlightFile: string,
  { seed, runMs, script, silenceMs, startingMs }: RunOptions & Watch,
  noted: (said: Said) => void,
): Promise<string | null> {
  const child = fork(script, ['--child', target, String(seed), String(runMs), inFlightFile], {
    execArgv: [`--max-old-space-size=${HEAP_MB}`, '--stack-size=900'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  children.add(child);
  return new Promise((resolve) => {
    let reason: string | null = null;
    let isDone = false;
    const hang = (): void => {
      reason = `hangs: said nothing for ${silenceMs / 1_000} s`;
      child.kill('SIGKILL');
    };
    let timer = setTimeout(hang, startingMs);
    child.on('message', (said: Said) => {
      clearTimeout(timer);
      timer = setTimeout(hang, silenceMs);
      isDone ||= said.type === 'done';
      noted(said);
    });
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      children.delete(child);
      const died = `died: ${signal ?? `status ${code}`}`;
      resolve(isDone && code === 0 ? null : (reason ?? died));
    });
  });
}

function readInFlight(file: string): Uint8Array {
  const bytes = readFileSync(file);
  if (bytes.length < 4) return new Uint8Array(0);
  return new Uint8Array(bytes.subarray(4, 4 + bytes.readUInt32BE(0)));
}
