/** `npm run bench`: measures what a report plans, and tells it as tables, JSON and a page. `--help` tells the rest. */
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { readArguments, UsageError } from './arguments.mjs';
import { helpText } from './help.mjs';
import { htmlPage } from './html/page.mjs';
import { REPORTS, reportNamed } from './reports/index.mjs';
import { processSection } from './reports/sections.mjs';
import { readResult } from './run/result.mjs';
import { runSession, Stopped } from './run/session.mjs';
import { comparisonSection, terminalText } from './text/terminal.mjs';

/** @typedef {import('./arguments.mjs').Options} Options */
/** @typedef {import('./run/result.mjs').Result} Result */

const STANDARD_OUTPUT = '-';

/** `--quick` by itself is the small part of the report that compares. @param {readonly string[]} args */
function optionsFrom(args) {
  const options = readArguments(
    args,
    REPORTS.map(({ name }) => name),
  );
  return options.quick && options.report === 'workloads'
    ? { ...options, report: 'overhead' }
    : options;
}

/** Arguments that no report could use. @template T @param {() => T | Promise<T>} read @returns {Promise<T>} */
async function asUsage(read) {
  try {
    return await read();
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(error.message) : error;
  }
}

/** @param {Result} result @param {Options} options @param {Result | null} earlier */
function tell(result, options, earlier) {
  const report = reportNamed(result.report);
  const sections = [
    ...report.sections(result),
    ...(earlier === null ? [] : [comparisonSection(earlier, result)]),
  ];
  const head = { title: report.title, lead: report.lead(result) };
  const processes = result.rows.length === 0 ? [] : [processSection(result.rows)];
  if (options.html !== null) {
    const page = htmlPage({ ...head, sections: [...sections, ...processes] }, result);
    writeFileSync(options.html, page);
  }
  if (options.json === STANDARD_OUTPUT) return process.stdout.write(`${JSON.stringify(result)}\n`);
  if (options.json !== null) writeFileSync(options.json, `${JSON.stringify(result)}\n`);
  const shown = options.processes ? [...sections, ...processes] : sections;
  return process.stdout.write(terminalText({ ...head, sections: shown }, result));
}

/** @param {Options} options @returns {Promise<Result | null>} null where this machine lacks something */
async function measured(options) {
  const { from } = options;
  if (from !== null) return await asUsage(() => readResult(from));
  const report = reportNamed(options.report);
  const plan = await asUsage(() => report.plan(options));
  if (!('unavailable' in plan)) return await runSession(report.name, plan, options);
  process.stderr.write(`bench: ${plan.unavailable}\n`);
  return null;
}

async function main() {
  const options = optionsFrom(process.argv.slice(2));
  if (options.help) return process.stdout.write(helpText(REPORTS));
  const { compare } = options;
  // Read first: a wrong name costs nobody ten minutes.
  const earlier = compare === null ? null : await asUsage(() => readResult(compare));
  const result = await measured(options);
  if (result === null) return undefined;
  tell(result, options, earlier);
  if (result.failures.length > 0) process.exitCode = 1;
  return undefined;
}

/** @param {unknown} error */
function exitCodeOf(error) {
  if (error instanceof UsageError) return 2;
  return error instanceof Stopped ? 130 : 1;
}

try {
  await main();
} catch (error) {
  const hint = error instanceof UsageError ? ' (npm run bench -- --help)' : '';
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}${hint}\n`);
  process.exitCode = exitCodeOf(error);
}
