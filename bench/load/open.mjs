/** Open loop: so many operations become due each second, whatever became of those before. */
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../figures/statistics.mjs';
import { dueAtMs, dueUntil } from './schedule.mjs';

/** What a generator holds in memory at most; what is due beyond goes out later, and its latency counts all the same. */
const OUTSTANDING_MAX = 16_384;
/** The generator wakes up so often: its own lateness is measured and reported. */
const WAKE_MS = 1;
/** After the end, what was issued has so long to be answered. */
const DRAIN_MS = 10_000;

/** @typedef {{ perSecond: number, clients: readonly import('../contract.mjs').DriverClient[], source: import('./sources.mjs').Source }} OpenLoad */

/**
 * Runs until the window is over and its operations are answered, or `DRAIN_MS` after.
 *
 * @param {OpenLoad} load
 * @param {import('./window.mjs').Window} window
 * @returns {Promise<import('./window.mjs').Measurement['open']>}
 */
export async function openLoop({ perSecond, clients, source }, window) {
  const startMs = performance.now();
  /** @type {Set<number>} when each that has no answer was due */
  const outstanding = new Set();
  /** @type {number[]} */
  const latenessMs = [];
  let issued = 0;
  let inTime = 0;

  /** @param {number} dueMs */
  const answered = (dueMs) => {
    if (window.isOpen) window.acknowledged();
    if (window.isOpen && isWithin(dueMs, window)) inTime++;
  };
  /** However it ended: one that failed waited at least so long. @param {number} dueMs */
  const settle = (dueMs) => {
    outstanding.delete(dueMs);
    if (isWithin(dueMs, window)) window.record(performance.now() - dueMs);
  };
  const issue = () => {
    const dueMs = startMs + dueAtMs(perSecond, issued);
    const client = clients[issued++ % clients.length];
    const call = source.next();
    if (client === undefined || call === null) throw new Error('nothing to do');
    outstanding.add(dueMs);
    if (window.isOpen) latenessMs.push(performance.now() - dueMs);
    call(client)
      .then(
        () => answered(dueMs),
        (error) => window.failed(error),
      )
      .finally(() => settle(dueMs));
  };

  while (!window.isOver) {
    const due = dueUntil(perSecond, performance.now() - startMs);
    while (issued < due && outstanding.size < OUTSTANDING_MAX) issue();
    await sleep(WAKE_MS);
  }
  await drain(outstanding);
  const endMs = performance.now();
  // Who had no answer even then waited at least so long; who was never sent, too.
  for (const dueMs of [...outstanding, ...neverIssued(perSecond, startMs, issued, window.toMs)])
    if (isWithin(dueMs, window)) window.record(endMs - dueMs);

  latenessMs.sort((a, b) => a - b);
  const due = dueIn(perSecond, startMs, window);
  return {
    due,
    unanswered: due - inTime,
    latenessP99Ms: latenessMs.length === 0 ? 0 : percentile(latenessMs, 99),
  };
}

/** @param {number} dueMs @param {import('./window.mjs').Window} window */
function isWithin(dueMs, window) {
  return dueMs >= window.fromMs && dueMs < window.toMs;
}

/** @param {number} perSecond @param {number} startMs @param {import('./window.mjs').Window} window */
function dueIn(perSecond, startMs, window) {
  return dueUntil(perSecond, window.toMs - startMs) - dueUntil(perSecond, window.fromMs - startMs);
}

/** @param {number} perSecond @param {number} startMs @param {number} issued @param {number} untilMs */
function neverIssued(perSecond, startMs, issued, untilMs) {
  const count = Math.max(0, dueUntil(perSecond, untilMs - startMs) - issued);
  return Array.from({ length: count }, (_, at) => startMs + dueAtMs(perSecond, issued + at));
}

/** @param {ReadonlySet<number>} outstanding */
async function drain(outstanding) {
  const untilMs = performance.now() + DRAIN_MS;
  while (outstanding.size > 0 && performance.now() < untilMs) await sleep(10);
}
