/** `npm run sim`: compiles the simulator and runs it with the arguments given (test/sim/main.ts names them). */
import { spawn } from 'node:child_process';
import process from 'node:process';
import { root, runTool } from './run.mjs';

const { status, output } = await runTool('typescript/bin/tsc', ['-p', 'test/sim/tsconfig.json'], {
  timeoutMs: 180_000,
});
if (status !== 0) {
  process.stderr.write(`tangaroa: the simulator does not compile\n${output}`);
  process.exit(1);
}
const main = `${root}/dist/sim/test/sim/main.js`;
const child = spawn(process.execPath, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
child.on('exit', (code) => process.exit(code ?? 1));
