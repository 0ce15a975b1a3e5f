/** `npm run fuzz`: feeds targets with mutated inputs for some minutes, lists them, or replays an input. */
import { basename, dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { fromHex } from '../../src/base/bytes.ts';
import { TARGETS, targetNamed } from './catalogue.ts';
import { runChild } from './child.ts';
import { readKept } from './corpus.ts';
import { feed } from './engine.ts';
import { runTarget } from './parent.ts';
import type { TargetRun } from './parent.ts';
import type { Target } from './target.ts';

const USAGE = `usage: npm run fuzz -- [TARGET…] [options]

  TARGET…          the targets to feed, all without it
  --minutes M      how long, all targets together, in turn (5 without it)
  --seed N         what the mutations are drawn from (the time of day without it)
  --replay INPUT   feeds one input and says what came of it: a file of test/fuzz/corpus or of dist/findings,
                   or TARGET:HEX
  --list           the targets there are, and what must hold for each
`;

const OPTIONS = {
  minutes: { type: 'string' },
  seed: { type: 'string' },
  replay: { type: 'string' },
  list: { type: 'boolean' },
  help: { type: 'boolean' },
  child: { type: 'boolean' },
} as const;

const write = (text: string): void => void process.stdout.write(text);

function fail(text: string): never {
  process.stderr.write(`fuzz: ${text}\n${USAGE}`);
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({ options: OPTIONS, allowPositionals: true });
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

function readNumber(text: string | undefined, name: string, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  return fail(`--${name} takes a number, not ${text}`);
}

function known(name: string): Target {
  return targetNamed(name) ?? fail(`no target ${name}; --list names them`);
}

async function replay(given: string): Promise<void> {
  const [name = '', hex = ''] = given.split(':');
  const isHex = targetNamed(name) !== null;
  const target = isHex ? known(name) : known(basename(dirname(given)));
  const input = isHex ? fromHex(hex) : readKept(given).input;
  if (input === null) return fail(`not hexadecimal: ${hex.slice(0, 60)}`);
  await target.seeds();
  const result = await feed(target, input);
  await target.close();
  if ('verdict' in result) return write(`${target.name}: ${result.verdict}\n`);
  write(`${result.finding.text}\n`);
  process.exitCode = 1;
}

function list(): void {
  for (const { name, takes, holds } of TARGETS)
    write(`${name.padEnd(24)}${takes}\n${''.padEnd(24)}holds: ${holds}\n`);
}

function lineOf({ target, progress, seconds, findings }: TargetRun): string {
  const { cases, verdicts, heapBytes } = progress;
  const mib = (bytes: number): string => (bytes / 1_048_576).toFixed(1);
  const heap =
    heapBytes.last === 0 ? '' : `, heap ${mib(heapBytes.first)} → ${mib(heapBytes.last)} MiB`;
  const found = findings.length === 0 ? '' : `, ${findings.length} FINDINGS`;
  return `${target.padEnd(24)}${seconds.toFixed(0).padStart(6)} s ${String(cases).padStart(9)} cases, ${verdicts} verdicts${heap}${found}\n`;
}

async function run(names: readonly string[], minutes: number, seed: number): Promise<void> {
  const targets = names.length === 0 ? TARGETS : names.map(known);
  const runMs = (minutes * 60_000) / targets.length;
  write(`seed ${seed}, ${(runMs / 1_000).toFixed(0)} s for each of ${targets.length} targets\n`);
  const findings: string[] = [];
  let cases = 0;
  for (const { name } of targets) {
    const result = await runTarget(name, { seed, runMs, write });
    write(lineOf(result));
    cases += result.progress.cases;
    findings.push(...result.findings);
  }
  write(`${cases} cases, ${findings.length} findings\n`);
  for (const command of findings) write(`  ${command}\n`);
  if (findings.length > 0) process.exitCode = 1;
}

async function main(): Promise<void> {
  const { values, positionals } = readArguments();
  if (values.help === true) return write(USAGE);
  if (values.list === true) return list();
  if (values.child === true) {
    const [name = '', seed, runMs, inFlightFile = ''] = positionals;
    const options = { seed: Number(seed), runMs: Number(runMs), inFlightFile };
    await runChild(known(name), options);
    // What a target left open does not keep the process.
    process.disconnect?.();
    return process.exit();
  }
  if (values.replay !== undefined) return replay(values.replay);
  const seed = readNumber(values.seed, 'seed', Date.now() % 1_000_000);
  await run(positionals, readNumber(values.minutes, 'minutes', 5), seed);
}

await main();
