/** Child processes that are bounded in time and leave nothing behind. Node's own modules only: runs before `npm ci`. */
import { spawn } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** The repository's top folder, without a slash at the end. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/u, '');

/**
 * @typedef {object} Finished
 * @property {number} status the exit status; 124 when the time was over, 127 when the program could not be started
 * @property {string} output standard output and standard error in order of arrival; empty with `inherit`
 * @property {number} seconds how long it took
 */

/** @type {Set<number>} */
const groups = new Set();

/** @param {number} pid */
function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The whole group has ended already.
  }
}

const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

function endAll() {
  for (const pid of groups) killGroup(pid);
  process.exit(130);
}

/** Signals are listened to while something runs here, and left to the program otherwise. @param {number} pid */
function hold(pid) {
  if (groups.size === 0) for (const signal of SIGNALS) process.once(signal, endAll);
  groups.add(pid);
}

/** @param {number} pid */
function release(pid) {
  groups.delete(pid);
  if (groups.size === 0) for (const signal of SIGNALS) process.removeListener(signal, endAll);
}

/**
 * Runs a program in the repository's top folder. It gets a process group of its own, which is killed when the time is
 * over, so that no grandchild outlives it.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ timeoutMs: number, inherit?: boolean, env?: Record<string, string> }} options
 * @returns {Promise<Finished>}
 */
export function run(program, args, { timeoutMs, inherit = false, env = {} }) {
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: root,
      detached: true,
      env: { ...process.env, ...env },
      stdio: inherit ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    });
    /** @type {Buffer[]} */
    const chunks = [];
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      if (child.pid !== undefined) killGroup(child.pid);
    }, timeoutMs);
    /** @param {number} status @param {string} note */
    const finish = (status, note) => {
      clearTimeout(timer);
      if (child.pid !== undefined) {
        killGroup(child.pid);
        release(child.pid);
      }
      const output = Buffer.concat(chunks).toString('utf8') + note;
      resolve({ status, output, seconds: (performance.now() - started) / 1000 });
    };
    if (child.pid !== undefined) hold(child.pid);
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (/** @type {Buffer} */ chunk) => chunks.push(chunk));
    child.once('error', (error) => finish(127, `${program}: ${error.message}\n`));
    child.once('close', (code) => {
      if (late) finish(124, `${program} did not end within ${timeoutMs / 1000} s\n`);
      else finish(code ?? 1, '');
    });
  });
}

/**
 * Runs the program of an installed package by its path: no shell, no npx, alike on every platform.
 *
 * @param {string} path below node_modules
 * @param {readonly string[]} args
 * @param {Parameters<typeof run>[2]} options
 */
export function runTool(path, args, options) {
  return run(process.execPath, [`${root}/node_modules/${path}`, ...args], options);
}
