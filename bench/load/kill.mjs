/** How long writes stop when the leader is killed: measured where the writes are, in the load's process. */
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { sourceOf } from './sources.mjs';

/** @typedef {import('../contract.mjs').Driver} Driver */
/** @typedef {{ processes: readonly import('../contract.mjs').Proc[], inFlight: number, valueBytes: number, afterMs: number }} KillTask */
/** @typedef {{ node: string, outageMs: number }} Killed */

const LEADER_MS = 20_000;
const OUTAGE_MS = 60_000;
const CATCH_UP_MS = 60_000;
/** Timeouts that one change of leader doubled fall again after some ten seconds. */
export const CALM_MS = 120_000;
const POLL_MS = 50;
/** Nobody waits longer for a node that is starting. */
const ASK_MS = 250;

/**
 * Kills the leader of a calm cluster `afterMs` into a closed loop of writes, and waits for the first write that was asked for after the
 * kill to be acknowledged: what was on its way already proves nothing.
 *
 * @param {Driver} driver
 * @param {KillTask} task
 * @returns {Promise<Killed>}
 */
export async function killLeader(driver, { processes, inFlight, valueBytes, afterMs }) {
  await calm(driver);
  const source = sourceOf({ operation: 'put', valueBytes });
  const state = { killedMs: Infinity, isOver: false };
  /** @type {(outageMs: number) => void} */
  let acknowledged = () => undefined;
  /** @type {Promise<number>} */
  const firstAfter = new Promise((resolve) => (acknowledged = resolve));

  const loops = Array.from({ length: inFlight }, async (_, at) => {
    const client = driver.clients[at % driver.clients.length];
    for (let call = source.next(); call !== null && client && !state.isOver; call = source.next()) {
      const sentMs = performance.now();
      // A write may be lost with its leader and time out: the next one is tried.
      await call(client).then(
        () => sentMs >= state.killedMs && acknowledged(performance.now() - state.killedMs),
        () => undefined,
      );
    }
  });
  try {
    const { leader, pid } = await findLeader(driver, processes);
    await sleep(afterMs);
    state.killedMs = performance.now();
    process.kill(pid, 'SIGKILL');
    const outageMs = await within(firstAfter, OUTAGE_MS, `no write for ${OUTAGE_MS / 1000} s`);
    return { node: leader, outageMs };
  } finally {
    state.isOver = true;
    await Promise.all(loops);
  }
}

/** @param {Driver} driver @param {readonly import('../contract.mjs').Proc[]} processes */
async function findLeader(driver, processes) {
  const untilMs = performance.now() + LEADER_MS;
  while (performance.now() < untilMs) {
    const leader = await driver.leader();
    const pid = processes.find(({ name }) => name === leader)?.pid;
    if (leader !== null && pid !== undefined) return { leader, pid };
    await sleep(POLL_MS);
  }
  throw new Error(`no majority agreed on a leader for ${LEADER_MS / 1000} s`);
}

/**
 * Until no node waits longer than its base timeouts (S3): how long a change of leader takes that does not follow upon
 * another.
 *
 * @param {Driver} driver
 */
async function calm(driver) {
  const untilMs = performance.now() + CALM_MS;
  for (;;) {
    const nodes = Object.values(await driver.counts(ASK_MS));
    if (nodes.length > 0 && nodes.every(({ backoff }) => backoff === 0)) return;
    if (performance.now() > untilMs)
      throw new Error(`timeouts were not back at their base within ${CALM_MS / 1000} s`);
    await sleep(POLL_MS);
  }
}

/** Until the node has applied what any other had applied when this was asked. @param {Driver} driver @param {string} node */
export async function caughtUp(driver, node) {
  const startedMs = performance.now();
  let goal = 0;
  for (;;) {
    const { [node]: mine, ...others } = await driver.counts(ASK_MS);
    if (goal === 0) goal = Math.max(0, ...Object.values(others).map(({ applied }) => applied));
    const elapsedMs = performance.now() - startedMs;
    if (goal > 0 && mine !== undefined && mine.applied >= goal && mine.leader !== null)
      return elapsedMs;
    if (elapsedMs > CATCH_UP_MS)
      throw new Error(`${node} did not catch up within ${CATCH_UP_MS / 1000} s`);
    await sleep(POLL_MS);
  }
}

/** @template T @param {Promise<T>} promise @param {number} ms @param {string} message @returns {Promise<T>} */
async function within(promise, ms, message) {
  const timer = new AbortController();
  const late = sleep(ms, undefined, { signal: timer.signal }).then(() => {
    throw new Error(message);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
    await late.catch(() => undefined);
  }
}
