/** `npm run attack`: compiles the attack lab and runs it with the arguments given (scripts/attack/main.ts). */
import { spawn } from 'node:child_process';
import process from 'node:process';
import { root, runTool } from './run.mjs';

const { status, output } = await runTool(
  'typescript/bin/tsc',
  ['-p', 'scripts/attack/tsconfig.json'],
  { timeoutMs: 180_000 },
);
if (status !== 0) {
  process.stderr.write(`tangaroa: the attack lab does not compile\n${output}`);
  process.exit(1);
}
const main = `${root}/dist/attack/scripts/attack/main.js`;
const child = spawn(process.execPath, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
// The lab ends its own processes, and this one waits for it. Ctrl-C may reach it twice: it minds the first only.
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
  process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 130));
