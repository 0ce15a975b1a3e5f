/** Medians of rounds, and percentiles of operations the nearest-rank way: each of these is one that was measured. */

/**
 * @param {ArrayLike<number>} ascending at least one
 * @param {number} percent 0 < percent ≤ 100
 * @returns {number}
 */
export function percentile(ascending, percent) {
  const rank = Math.max(1, Math.ceil((percent / 100) * ascending.length));
  return /** @type {number} */ (ascending[rank - 1]);
}

/** Of an even number, half-way between the two in the middle. @param {readonly number[]} values at least one */
export function median(values) {
  const ascending = [...values].sort((a, b) => a - b);
  const middle = ascending.length / 2;
  const [low, high] = [
    ascending[Math.ceil(middle) - 1] ?? NaN,
    ascending[Math.floor(middle)] ?? NaN,
  ];
  return (low + high) / 2;
}

/** @typedef {{ median: number, min: number, max: number }} Figure a figure over the rounds */

/** @param {readonly number[]} values one of each round; at least one @returns {Figure} */
export function spread(values) {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** Where a latency curve has its points: dense at the end, because that is where the answers are. */
export const CURVE_PERCENTS = Object.freeze([
  1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 85, 90, 92.5, 95, 97, 98, 99, 99.5, 99.9, 99.99, 100,
]);

/**
 * @typedef {object} Latency milliseconds
 * @property {number} p50
 * @property {number} p90
 * @property {number} p99
 * @property {number} p999
 * @property {number} max
 * @property {readonly number[]} curve at `CURVE_PERCENTS`
 */

/** @param {Float64Array | number[]} latenciesMs at least one; sorted in place @returns {Latency} */
export function summarizeLatency(latenciesMs) {
  latenciesMs.sort((a, b) => a - b);
  /** @param {number} percent */
  const at = (percent) => percentile(latenciesMs, percent);
  return {
    p50: at(50),
    p90: at(90),
    p99: at(99),
    p999: at(99.9),
    max: at(100),
    curve: CURVE_PERCENTS.map(at),
  };
}

/**
 * Bins of equal width from 0 on; the last one holds its upper end too.
 *
 * @param {readonly number[]} values none negative, none above `to`
 * @param {{ to: number, bins: number }} range
 */
export function histogram(values, { to, bins }) {
  const counts = Array.from({ length: bins }, () => 0);
  for (const value of values) {
    const at = Math.min(bins - 1, Math.floor((value / to) * bins));
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts;
}
