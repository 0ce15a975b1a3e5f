/**
 * `npm test`: every check of the repository, one line each, and at the end `N passed, N failed`, tests and checks
 * counted alike. All of it is bounded in time. Arguments are handed to vitest: `npm test -- test/wire`.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { root, run, runTool } from './run.mjs';

const totalMs = 590_000;
const started = performance.now();
const count = { passed: 0, failed: 0 };

/** @param {number} boundMs what is left of it when the whole run has to end in time */
function bound(boundMs) {
  return Math.max(1_000, Math.min(boundMs, totalMs - (performance.now() - started)));
}

/** @param {'ok' | 'FAILED'} mark @param {string} name @param {number} seconds @param {string} note */
function say(mark, name, seconds, note) {
  console.log(`${mark.padEnd(6)} ${name.padEnd(28)} ${seconds.toFixed(1).padStart(6)} s${note}`);
}

/** @param {string} name @param {string | null} problem @param {number} seconds @param {string} [note] */
function report(name, problem, seconds, note = '') {
  say(problem === null ? 'ok' : 'FAILED', name, seconds, note);
  if (problem === null) count.passed++;
  else {
    count.failed++;
    console.log(problem.trimEnd());
  }
}

/** @param {string} name @param {string} tool @param {readonly string[]} args */
async function check(name, tool, args) {
  const { status, output, seconds } = await runTool(tool, args, { timeoutMs: bound(120_000) });
  const warnings = /Found (\d+) warning/u.exec(output)?.[1] ?? '0';
  const note = warnings === '0' ? '' : ` (${warnings} warnings: npm run lint)`;
  report(name, status === 0 ? null : output, seconds, note);
}

/** @param {readonly string[]} filters */
async function tests(filters) {
  const directory = mkdtempSync(join(tmpdir(), 'tangaroa-test-'));
  const file = join(directory, 'results.json');
  const { status, seconds } = await runTool(
    'vitest/vitest.mjs',
    [
      'run',
      '--config=test/vitest.config.ts',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
      ...filters,
    ],
    { timeoutMs: bound(480_000), inherit: true },
  );
  const results = readResults(file);
  rmSync(directory, { recursive: true, force: true });
  if (results === null) return report('tests', `vitest ended with status ${status}`, seconds);
  count.passed += results.passed;
  count.failed += results.failed;
  const skipped = results.skipped === 0 ? '' : `, ${results.skipped} skipped`;
  const note = ` (${results.passed} passed, ${results.failed} failed${skipped})`;
  // Each test that failed is counted already; anything else that vitest minds counts once.
  if (results.failed > 0) say('FAILED', 'tests', seconds, note);
  else report('tests', status === 0 ? null : `vitest ended with status ${status}`, seconds, note);
}

/**
 * @typedef {object} VitestResults
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests
 * @property {number} numTodoTests
 * @property {{ status: string, assertionResults: unknown[] }[]} testResults
 */

/** What vitest counted, or null; a file that could not be loaded is one failure. @param {string} file */
function readResults(file) {
  try {
    const json = /** @type {VitestResults} */ (JSON.parse(readFileSync(file, 'utf8')));
    const broken = json.testResults.filter(
      ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
    );
    return {
      passed: json.numPassedTests,
      failed: json.numFailedTests + broken.length,
      skipped: json.numPendingTests + json.numTodoTests,
    };
  } catch {
    return null;
  }
}

/**
 * Seeds of the simulator, on every core: some on either side of 400, above which leaders let small batches wait.
 *
 * @param {'tangaroa' | 'raft'} protocol
 * @param {number} from
 * @param {number} seeds
 */
async function simulate(protocol, from, seeds) {
  const { status, output, seconds } = await run(
    process.execPath,
    [
      `${root}/scripts/sim.mjs`,
      ...['--protocol', protocol, '--from', String(from), '--seeds', String(seeds)],
    ],
    { timeoutMs: bound(300_000) },
  );
  report(`simulator: ${seeds} seeds of ${protocol}`, status === 0 ? null : output, seconds);
}

/** The proof that the simulator can fail: what it must tell from the protocol, as far as that is quickly done. */
async function chase() {
  const { status, output, seconds } = await run(
    process.execPath,
    [`${root}/scripts/mutants.mjs`, '--quick'],
    { timeoutMs: bound(180_000) },
  );
  report('mutants: the quick ones', status === 0 ? null : output, seconds);
}

async function main() {
  const filters = process.argv.slice(2);
  if (filters.length === 0) {
    await check('format (prettier)', 'prettier/bin/prettier.cjs', [
      '--check',
      '--cache',
      '--log-level=warn',
      '.',
    ]);
  }
  await check('types and build of src', 'typescript/bin/tsc', ['-b', '--pretty', 'false']);
  await check('types of tests and scripts', 'typescript/bin/tsc', ['-p', 'test/tsconfig.json']);
  if (filters.length === 0) {
    await check('lint (oxlint)', 'oxlint/bin/oxlint', ['--type-aware']);
    await check('unused code (knip)', 'knip/bin/knip.js', ['--no-progress']);
  }
  await tests(filters);
  if (filters.length === 0) await simulate('tangaroa', 251, 300);
  if (filters.length === 0) await simulate('raft', 381, 45);
  if (filters.length === 0) await chase();
}

try {
  await main();
} catch (error) {
  report('scripts/test.mjs', error instanceof Error ? String(error.stack) : String(error), 0);
}
console.log(`${count.passed} passed, ${count.failed} failed`);
process.exitCode = count.failed === 0 ? 0 : 1;
