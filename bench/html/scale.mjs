/** From values to places on an axis, and where an axis has its numbers. */

/** @typedef {{ type: 'linear' | 'log', from: number, to: number }} Range */

/**
 * @param {Range} range a logarithmic one begins above 0
 * @param {number} start place of `from`
 * @param {number} end place of `to`; may lie before `start`
 * @returns {(value: number) => number}
 */
export function makeScale({ type, from, to }, start, end) {
  if (!(to > from) || (type === 'log' && !(from > 0)))
    throw new RangeError(`no ${type} axis from ${from} to ${to}`);
  const at = type === 'log' ? Math.log : (/** @type {number} */ value) => value;
  const [low, high] = [at(from), at(to)];
  return (value) => start + ((at(value) - low) / (high - low)) * (end - start);
}

const STEPS = [1, 2, 2.5, 5, 10];

/** The smallest of 1, 2, 2.5 and 5 times a power of ten that is at least so large. @param {number} least above 0 */
export function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  const step = STEPS.find((one) => one * power >= least * (1 - 1e-9));
  return (step ?? 10) * power;
}

/**
 * From 0 to at least `max` in about `count` equal steps.
 *
 * @param {number} max not negative
 * @param {number} count
 */
export function linearTicks(max, count = 5) {
  const step = niceStep(Math.max(max, 1e-9) / count);
  const steps = Math.max(1, Math.ceil(max / step - 1e-9));
  return Array.from({ length: steps + 1 }, (_, at) => Number((at * step).toPrecision(12)));
}

/**
 * 1, 2 and 5 times each power of ten (where the axis is long, powers only), from the last that is not above `min` to
 * the first that is not below `max`.
 *
 * @param {number} min above 0
 * @param {number} max
 */
export function logTicks(min, max) {
  const [first, last] = [Math.floor(Math.log10(min)), Math.ceil(Math.log10(max))];
  const heads = Math.log10(max / min) > 3 ? [1] : [1, 2, 5];
  const all = [];
  for (let power = first; power <= last; power++)
    for (const head of heads) all.push(Number((head * 10 ** power).toPrecision(6)));
  const from = all.findLastIndex((tick) => tick <= min * (1 + 1e-9));
  const to = all.findIndex((tick) => tick >= max * (1 - 1e-9));
  const ticks = all.slice(Math.max(0, from), to < 0 ? undefined : to + 1);
  return ticks.length > 1 ? ticks : [...ticks, (ticks[0] ?? 1) * 10];
}
