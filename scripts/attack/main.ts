/** `npm run attack`: attacks a live cluster and tells what held. `--help` tells the rest. */
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import type { Options } from './arguments.ts';
import { readArguments, UsageError } from './arguments.ts';
import { protocolsOf } from './attack.ts';
import type { LabAttack } from './attack.ts';
import { ATTACKS, attacksFor } from './catalogue.ts';
import type { Result } from './lab/verdict.ts';
import { reasonLines, resultTable } from './report/text.ts';
import { runSession } from './session.ts';

/** Documented in docs/attacks.md, and stable. */
const EXIT = { held: 0, broken: 1, usage: 2, failed: 3, interrupted: 130 } as const;

function chosen({ name, protocol }: Options): readonly LabAttack[] {
  const attacks = attacksFor(name ?? '');
  const possible = attacks.filter((attack) => protocolsOf(attack).includes(protocol));
  if (possible.length === 0) throw new UsageError(`${name} says nothing about ${protocol}`);
  return possible;
}

function exitCodeOf(results: readonly Result[]): number {
  if (results.some(({ verdict }) => verdict === 'broken')) return EXIT.broken;
  return results.some(({ verdict }) => verdict === 'failed') ? EXIT.failed : EXIT.held;
}

function tell(results: readonly Result[], { json }: Options): void {
  const text = `${JSON.stringify({ results })}\n`;
  if (json === '-') process.stdout.write(text);
  else {
    if (json !== null) writeFileSync(json, text);
    process.stdout.write(resultTable(results));
    process.stdout.write(reasonLines(results));
  }
}

function listing(): string {
  return ATTACKS.map(
    ({ name, group, by, tries }) =>
      `${name.padEnd(20)} ${group.padEnd(20)} ${by.padEnd(9)} ${tries}\n`,
  ).join('');
}

async function main(): Promise<number> {
  const options = readArguments(process.argv.slice(2));
  if (options.list || options.help) {
    process.stdout.write(listing());
    return EXIT.held;
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const results = await runSession(chosen(options), options, { stop: stop.signal, say });
  tell(results, options);
  return stop.signal.aborted ? EXIT.interrupted : exitCodeOf(results);
}

try {
  process.exitCode = await main();
} catch (error) {
  const isUsage = error instanceof UsageError || error instanceof RangeError;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`attack: ${message}${isUsage ? ' (npm run attack -- --help)' : ''}\n`);
  process.exitCode = isUsage ? EXIT.usage : EXIT.failed;
}
