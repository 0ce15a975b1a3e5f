/** Medians and percentiles, the nearest-rank way: every figure printed is one that was measured. */

/**
 * @param {readonly number[]} ascending at least one
 * @param {number} percent 0 < percent ≤ 100
 */
export function percentile(ascending, percent) {
  const rank = Math.max(1, Math.ceil((percent / 100) * ascending.length));
  return /** @type {number} */ (ascending[rank - 1]);
}

/** The lower of the two in the middle. @param {readonly number[]} values at least one */
export function median(values) {
  return percentile(
    [...values].sort((a, b) => a - b),
    50,
  );
}

/** @param {number[]} latenciesMs sorted in place @param {number} seconds */
export function summarize(latenciesMs, seconds) {
  latenciesMs.sort((a, b) => a - b);
  return {
    operations: latenciesMs.length,
    perSecond: latenciesMs.length / seconds,
    p50Ms: percentile(latenciesMs, 50),
    p99Ms: percentile(latenciesMs, 99),
  };
}
