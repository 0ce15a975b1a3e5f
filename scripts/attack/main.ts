/** `npm run attack`: attacks a live cluster and tells what held. `--help` tells the rest. */
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import type { PlayRequest, Request, Telling } from './arguments.ts';
import { readArguments, STANDARD_OUTPUT, UsageError } from './arguments.ts';
import type { LabAttack } from './attack.ts';
import { protocolsOf } from './attack.ts';
import { ATTACKS, attacksFor } from './catalogue.ts';
import { runRound } from './lab/round.ts';
import type { RoundPlan } from './lab/round.ts';
import { helpText, listJson, listText } from './report/help.ts';
import { htmlReport } from './report/page.ts';
import { textReport } from './report/text.ts';
import { EXIT, exitCodeOf } from './result/exit.ts';
import type { Report } from './result/format.ts';
import { readReport, writeReport } from './result/format.ts';
import { runSession } from './session.ts';

function chosen({ name, protocol }: PlayRequest): readonly LabAttack[] {
  const possible = asUsage(() => attacksFor(name)).filter((attack) =>
    protocolsOf(attack).includes(protocol),
  );
  if (possible.length === 0) throw new UsageError(`${name} says nothing about ${protocol}`);
  return possible;
}

/** A name or a file that does not fit is the caller's mistake. */
function asUsage<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(error.message) : error;
  }
}

/** Aborts at the first signal; one that comes again changes nothing, as all that is left is to clean up. */
function stopOnSignals(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      if (!stop.signal.aborted) process.stderr.write('stopping … ');
      stop.abort();
    });
  return stop.signal;
}

/** To a terminal first: what it shows is not lost when a file cannot be written. */
function tell(reports: readonly Report[], { json, html, verbose }: Telling): void {
  const [first] = reports;
  if (json !== STANDARD_OUTPUT)
    for (const report of reports) process.stdout.write(textReport(report, verbose));
  if (json !== null && first !== undefined) {
    if (json === STANDARD_OUTPUT) process.stdout.write(writeReport(first));
    else writeFileSync(json, writeReport(first));
  }
  if (html !== null) writeFileSync(html, htmlReport(reports));
}

/** Before anything is played: what cannot be written would cost somebody an hour. */
function checkWritable({ json, html }: Telling): void {
  for (const file of [json, html]) {
    if (file === null || file === STANDARD_OUTPUT) continue;
    try {
      closeSync(openSync(file, 'a'));
    } catch (error) {
      const { code = String(error) } = error as NodeJS.ErrnoException;
      throw new UsageError(`${file} cannot be written (${code})`);
    }
  }
}

async function play(request: PlayRequest): Promise<number> {
  const attacks = chosen(request);
  checkWritable(request);
  const stop = stopOnSignals();
  const say = (text: string): void => void process.stderr.write(text);
  const { evidence } = request;
  if (evidence !== null) mkdirSync(evidence, { recursive: true });
  const playRound = (plan: RoundPlan, signal: AbortSignal) =>
    runRound(plan, { stop: signal, evidence });
  const report = await runSession(attacks, request, { play: playRound, stop, say });
  tell([report], request);
  return stop.aborted ? EXIT.stopped : exitCodeOf([report]);
}

async function perform(request: Request): Promise<number> {
  switch (request.type) {
    case 'help':
      process.stdout.write(helpText());
      return EXIT.held;
    case 'list':
      process.stdout.write((request.isJson ? listJson : listText)(ATTACKS));
      return EXIT.held;
    case 'from': {
      const reports = asUsage(() => request.files.map(readReport));
      tell(reports, request);
      return exitCodeOf(reports);
    }
    case 'play':
      return play(request);
  }
}

try {
  process.exitCode = await perform(readArguments(process.argv.slice(2)));
} catch (error) {
  const isUsage = error instanceof UsageError;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`attack: ${message}${isUsage ? ' (npm run attack -- --help)' : ''}\n`);
  process.exitCode = isUsage ? EXIT.usage : EXIT.failed;
}
