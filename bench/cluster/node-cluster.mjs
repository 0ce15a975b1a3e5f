/** A cluster of processes of Node: the parts that Tangaroa, plain Raft and every ablation row have in common. */
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { makeCluster } from './process-cluster.mjs';

const PRELOAD = new URL('preload.mjs', import.meta.url).href;
const LOOP_DELAY_MS = 2_000;

/** @typedef {import('./children.mjs').Child} Child */
/** @typedef {{ name: string, program: URL, args: readonly string[] }} NodeProgram */

/** @param {Child} child @returns {Promise<number | null>} milliseconds, or null where it does not tell in time */
function askLoopDelay({ process: node }) {
  if (!node.connected) return Promise.resolve(null);
  return new Promise((resolve) => {
    /** @param {number | null} worstMs */
    const settle = (worstMs) => {
      clearTimeout(timer);
      node.off('message', onMessage);
      resolve(worstMs);
    };
    /** @param {unknown} message */
    const onMessage = (message) => {
      const { type, worstMs } = /** @type {{ type?: string, worstMs?: number }} */ (message ?? {});
      if (type === 'loop-delay' && typeof worstMs === 'number') settle(worstMs);
    };
    const timer = setTimeout(() => settle(null), LOOP_DELAY_MS);
    node.on('message', onMessage);
    node.send('loop-delay', (error) => error !== null && settle(null));
  });
}

/**
 * Starts one process for each program. Each is preloaded with the monitor of its event loop.
 *
 * @param {string} directory for the logs
 * @param {readonly NodeProgram[]} programs
 * @param {{ driver: URL, target: unknown }} load
 * @param {import('./children.mjs').Children} children
 * @returns {import('../contract.mjs').Cluster}
 */
export function startNodeCluster(directory, programs, { driver, target }, children) {
  return makeCluster({
    driver: driver.href,
    target,
    starts: programs.map(({ name, program, args }) => ({
      name,
      start: () =>
        children.spawn(
          name,
          process.execPath,
          ['--import', PRELOAD, fileURLToPath(program), ...args],
          { logFile: join(directory, `${name}.log`), ipc: true },
        ),
    })),
    loopDelay: askLoopDelay,
  });
}
