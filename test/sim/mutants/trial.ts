/** Runs a mutant's tests on its source. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import type { Fate } from './chase.ts';

/** A file of tests takes seconds; on a busy machine more. */
const TIMEOUT_MS = 300_000;

/** What is of interest of what vitest reports as JSON. */
interface Results {
  readonly numTotalTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** `directory`: a mutant's source with the tests beside it. `root`: the repository, which has the runner of tests. */
export async function tryTests(
  tests: readonly string[],
  { directory, root }: { readonly directory: string; readonly root: string },
): Promise<Fate> {
  const file = join(directory, 'results.json');
  const output = await runTests(tests, file, { directory, root });
  if (!existsSync(file))
    return { type: 'broke', text: `no results of ${tests.join(', ')}\n${output}` };
  const { numTotalTests, testResults } = JSON.parse(readFileSync(file, 'utf8')) as Results;
  if (numTotalTests === 0)
    return { type: 'broke', text: `no tests in ${tests.join(', ')}\n${output}` };
  const failed = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'failed');
  if (failed.length === 0) return { type: 'survived' };
  const text = failed.map(({ fullName }) => fullName).join('\n');
  return { type: 'killed', where: 'test', checker: 'its tests', steps: null, text };
}

/** What it printed; it has ended. */
function runTests(
  tests: readonly string[],
  outputFile: string,
  { directory, root }: { readonly directory: string; readonly root: string },
): Promise<string> {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const options = [
    '--config',
    'test/vitest.config.ts',
    '--reporter=json',
    '--outputFile',
    outputFile,
  ];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [vitest, 'run', ...options, ...tests], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    const end = (): void => void child.kill('SIGKILL');
    process.once('exit', end);
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.once('error', (error) => (output += error.message));
    child.once('close', () => {
      process.removeListener('exit', end);
      resolve(output);
    });
  });
}
