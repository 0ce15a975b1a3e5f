/**
 * `npm run mutants`: compiles the simulator into a directory of its own and runs mutants of the source there, with the
 * arguments given (test/sim/mutants/main.ts names them). Nothing of it is left behind.
 */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { root, run, runTool } from './run.mjs';

/** As long as a timer can be: every seed is bounded, and how many there are is the caller's affair. */
const NO_LIMIT_MS = 2 ** 31 - 1;

const directory = mkdtempSync(join(tmpdir(), 'tangaroa-mutants-'));
// Whoever was just killed may still be writing.
process.on('exit', () => rmSync(directory, { recursive: true, force: true, maxRetries: 20 }));
symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'), 'junction');
writeFileSync(join(directory, 'package.json'), '{ "type": "module" }\n');

const base = join(directory, 'base');
const compiled = await runTool(
  'typescript/bin/tsc',
  ['-p', 'test/sim/tsconfig.json', '--outDir', base],
  { timeoutMs: 180_000 },
);
if (compiled.status === 0) {
  const main = join(base, 'test/sim/mutants/main.js');
  const options = { timeoutMs: NO_LIMIT_MS, inherit: true };
  const { status } = await run(process.execPath, [main, ...process.argv.slice(2)], options);
  process.exitCode = status;
} else {
  process.stderr.write(`tangaroa: the simulator does not compile\n${compiled.output}`);
  process.exitCode = 1;
}
