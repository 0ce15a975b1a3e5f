/** Every process that the benchmark starts: none outlives it, and each is ended by its id. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import process from 'node:process';

/** What a process says last tells why it ended. */
const LAST_LINES = 3;

/**
 * @typedef {object} Child
 * @property {string} name
 * @property {number} pid
 * @property {import('node:child_process').ChildProcess} process
 * @property {Promise<string>} ended resolves to how: `ended with exit code 1: last lines of its log`
 * @property {() => boolean} isLive
 */

/** @param {string} logFile */
function lastLines(logFile) {
  const lines = readFileSync(logFile, 'utf8').trim().split('\n').slice(-LAST_LINES);
  return lines.join('\n');
}

export class Children {
  /** @type {Map<import('node:child_process').ChildProcess, Promise<string>>} */
  #live = new Map();
  #stop;

  /** @param {AbortSignal} stop kills whoever lives then, and lets nobody start after */
  constructor(stop) {
    this.#stop = stop;
    stop.addEventListener('abort', () => this.killAll(), { once: true });
    process.on('exit', () => this.killAll());
  }

  /**
   * @param {string} name for people
   * @param {string} program
   * @param {readonly string[]} args
   * @param {{ logFile: string, ipc?: boolean }} options what it prints goes to `logFile`
   * @returns {Child}
   */
  spawn(name, program, args, { logFile, ipc = false }) {
    this.#stop.throwIfAborted();
    const log = openSync(logFile, 'a');
    const child = spawn(program, args, {
      stdio: ['ignore', log, log, ...(ipc ? [/** @type {const} */ ('ipc')] : [])],
    });
    closeSync(log);
    const ended = this.#end(child, logFile);
    this.#live.set(child, ended);
    return {
      name,
      pid: child.pid ?? -1,
      process: child,
      ended,
      isLive: () => this.#live.has(child),
    };
  }

  /** @param {import('node:child_process').ChildProcess} child @param {string} logFile */
  async #end(child, logFile) {
    try {
      const [code, signal] = /** @type {[number | null, string | null]} */ (
        await once(child, 'exit')
      );
      const how = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
      return `${how}: ${lastLines(logFile)}`;
    } catch (error) {
      return `could not be started: ${error instanceof Error ? error.message : String(error)}`;
    } finally {
      this.#live.delete(child);
    }
  }

  killAll() {
    for (const child of this.#live.keys()) child.kill('SIGKILL');
  }

  /** Resolves when nobody is left. */
  async end() {
    this.killAll();
    await Promise.all(this.#live.values());
  }
}
