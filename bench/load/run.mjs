/** One measurement in the load's process. */
import { setTimeout as sleep } from 'node:timers/promises';
import { closedLoop } from './closed.mjs';
import { openLoop } from './open.mjs';
import { everyKey, KEYS, sourceOf } from './sources.mjs';
import { Window } from './window.mjs';

/** @typedef {import('../contract.mjs').Driver} Driver */
/** @typedef {import('../contract.mjs').Workload} Workload */
/** @typedef {import('../contract.mjs').Proc} Proc */
/** @typedef {import('./window.mjs').Measurement} Measurement */

/**
 * @typedef {object} Task
 * @property {Workload} workload
 * @property {number} warmUpSeconds
 * @property {number} seconds
 * @property {readonly Proc[]} processes
 */

/** @typedef {{ valueBytes: number, readsFollow: boolean, seconds: number }} Preparation */

const PREPARE_IN_FLIGHT = 128;
/** Where not one operation was acknowledged in its time, a row lasts so much longer at most. */
const PATIENCE_MS = 30_000;

/**
 * Puts for a while, so that no row pays for programs that are not compiled yet; where reads follow, until every key
 * that they may ask for is there.
 *
 * @param {Driver} driver
 * @param {Preparation} preparation
 */
export async function prepare(driver, { valueBytes, readsFollow, seconds }) {
  const window = new Window(driver, []);
  const source = readsFollow ? everyKey(valueBytes) : sourceOf({ operation: 'put', valueBytes });
  window.begin();
  const loop = closedLoop(driver.clients, source, PREPARE_IN_FLIGHT, window);
  if (!readsFollow) await sleep(seconds * 1000);
  else await loop;
  window.end();
  await loop;
  if (!readsFollow) return;
  const { operations, failure } = await window.result();
  if (operations !== KEYS)
    throw new Error(`only ${operations} of ${KEYS} keys were written: ${failure}`);
}

/** @param {Driver} driver @param {Task} task @returns {Promise<Measurement>} */
export async function measure(driver, { workload, warmUpSeconds, seconds, processes }) {
  const clients = driver.clients.slice(0, workload.clients);
  const source = sourceOf(workload);
  const window = new Window(driver, processes);
  if (workload.operation === 'import') return await measureAll(clients, source, workload, window);
  const timed = async () => {
    await sleep(warmUpSeconds * 1000);
    window.begin();
    await sleep(seconds * 1000);
    await window.something(PATIENCE_MS);
    window.end();
  };
  const [, open] = await Promise.all([timed(), loopOf(workload, clients, source, window)]);
  return await window.result(open);
}

/**
 * @param {Workload} workload
 * @param {readonly import('../contract.mjs').DriverClient[]} clients
 * @param {import('./sources.mjs').Source} source
 * @param {Window} window
 * @returns {Promise<Measurement['open']>}
 */
async function loopOf({ loop }, clients, source, window) {
  switch (loop.type) {
    case 'open':
      return await openLoop({ perSecond: loop.perSecond, clients, source }, window);
    case 'closed':
      await closedLoop(clients, source, loop.inFlight, window);
      return null;
    case 'rest':
      window.expectNothing();
      return null;
  }
}

/**
 * From the first record to the acknowledgement of the last.
 *
 * @param {readonly import('../contract.mjs').DriverClient[]} clients
 * @param {import('./sources.mjs').Source} source
 * @param {Workload} workload
 * @param {Window} window
 */
async function measureAll(clients, source, { loop }, window) {
  if (loop.type !== 'closed') throw new Error('an import is a closed loop');
  window.begin();
  await closedLoop(clients, source, loop.inFlight, window);
  window.end();
  return await window.result();
}
