/**
 * Makes the working tree ready to run: a Node that is new enough, the packages of the lock file, a build. Does only
 * what is missing, and says in one line what is wrong. `--install-only` leaves the build to whoever reports it. Node's
 * own modules only: runs before anything is installed.
 */
import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { root, run, runTool } from './run.mjs';

/** @typedef {{ packages: Record<string, { version?: string, optional?: boolean }> }} Lock */

/** @param {string} path @returns {unknown} */
function readJson(path) {
  return JSON.parse(readFileSync(`${root}/${path}`, 'utf8'));
}

/** @returns {string | null} what is wrong */
function checkNode() {
  const { engines } = /** @type {{ engines: { node: string } }} */ (readJson('package.json'));
  const wanted = engines.node.replace('>=', '');
  const [major = 0, minor = 0] = wanted.split('.').map(Number);
  const [haveMajor = 0, haveMinor = 0] = process.versions.node.split('.').map(Number);
  if (haveMajor > major || (haveMajor === major && haveMinor >= minor)) return null;
  return `Node ${wanted} or newer is needed, this is ${process.versions.node}`;
}

/** Whether node_modules holds what the lock file asks for. Optional packages differ from platform to platform. */
function isInstalled() {
  const path = 'node_modules/.package-lock.json';
  if (!existsSync(`${root}/${path}`)) return false;
  const installed = /** @type {Lock} */ (readJson(path)).packages;
  const locked = /** @type {Lock} */ (readJson('package-lock.json')).packages;
  return Object.entries(locked).every(([name, { version, optional }]) => {
    if (name === '') return true;
    const found = installed[name]?.version;
    return found === version || (optional === true && found === undefined);
  });
}

/** @returns {Promise<string | null>} what is wrong */
async function install() {
  if (isInstalled()) return null;
  process.stderr.write('installing the packages of package-lock.json …\n');
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  const npm = process.env['npm_execpath'];
  const options = { timeoutMs: 300_000 };
  const { status, output } =
    npm === undefined || !/\.c?js$/u.test(npm)
      ? await run('npm', args, options)
      : await run(process.execPath, [npm, ...args], options);
  if (status === 0) return null;
  const lines = output.split('\n').filter((line) => /error|did not end|ENOENT/u.test(line));
  const reason = lines.find((line) => !/npm error code/u.test(line)) ?? `status ${status}`;
  return `npm ci failed (${reason.replace('npm error', '').trim()}); run it by itself to see all`;
}

/** @returns {Promise<string | null>} what is wrong */
async function build() {
  const { status, output } = await runTool('typescript/bin/tsc', ['-b'], { timeoutMs: 180_000 });
  if (status === 0) return null;
  const errors = output.split('\n').filter((line) => /error/u.test(line));
  const first = errors[0] ?? output.trim().split('\n').at(-1) ?? `status ${status}`;
  return `the build failed: ${first} (${errors.length} in all; \`npm run build\` shows them)`;
}

async function main() {
  const installsOnly = process.argv.includes('--install-only');
  const problem = checkNode() ?? (await install()) ?? (installsOnly ? null : await build());
  if (problem === null) return;
  process.stderr.write(`tangaroa: ${problem}\n`);
  process.exitCode = 1;
}

await main();
