/** `npm run fuzz`: compiles the fuzzer and runs it with the arguments given (test/fuzz/main.ts names them). */
import { spawn } from 'node:child_process';
import process from 'node:process';
import { root, runTool } from './run.mjs';

const { status, output } = await runTool('typescript/bin/tsc', ['-p', 'test/fuzz/tsconfig.json'], {
  timeoutMs: 180_000,
});
if (status !== 0) {
  process.stderr.write(`tangaroa: the fuzzer does not compile\n${output}`);
  process.exit(1);
}
const main = `${root}/dist/fuzz/test/fuzz/main.js`;
const child = spawn(process.execPath, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
child.on('exit', (code) => process.exit(code ?? 1));
