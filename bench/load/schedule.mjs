/**
 * When the operations of an open loop are due: one every 1/rate seconds, whether or not those before were answered.
 * Latency counts from then on, so that a system that stalls is charged for all who would have waited (no coordinated
 * omission).
 */

/** @param {number} perSecond @param {number} at number of the operation, from 0 @returns {number} ms since the start */
export function dueAtMs(perSecond, at) {
  return (at * 1000) / perSecond;
}

/** How many were due until then, the one at 0 included. @param {number} perSecond @param {number} elapsedMs */
export function dueUntil(perSecond, elapsedMs) {
  if (elapsedMs < 0) return 0;
  // The division may end a hair below the whole number that it stands for.
  const exact = (elapsedMs * perSecond) / 1000;
  const near = Math.round(exact);
  return (dueAtMs(perSecond, near) <= elapsedMs ? near : Math.floor(exact)) + 1;
}
