/** A run beside an earlier one: ratios, and in which of them the rounds lie apart. */
import { FIGURES } from './figures.mjs';

/** @typedef {import('./statistics.mjs').Figure} Figure */
/** @typedef {{ id: string, figures: Readonly<Record<string, Figure>> }} Measured */
/** @typedef {'better' | 'worse' | 'other' | 'within'} Mark `other` moved, where neither way is better */

/**
 * @typedef {object} Comparison
 * @property {string} id of the row
 * @property {string} key of the figure
 * @property {Figure} before
 * @property {Figure} now
 * @property {number | null} ratio of the medians, now to before; null where there was nothing before
 * @property {Mark} mark
 */

/** Whether no round of one run lies among the rounds of the other. @param {Figure} a @param {Figure} b */
export function areApart(a, b) {
  return a.min > b.max || a.max < b.min;
}

/**
 * Of what does not differ at all, one figure in so many has its rounds apart by chance: of all orders that the rounds
 * of both can come in, two are such.
 *
 * @param {number} a rounds of one
 * @param {number} b rounds of the other
 */
export function oddsApart(a, b) {
  let orders = 1;
  for (let at = 1; at <= a; at++) orders = (orders * (b + at)) / at;
  return orders / 2;
}

/** @param {Figure} before @param {Figure} now @param {'higher' | 'lower' | null} better @returns {Mark} */
export function markOf(before, now, better) {
  if (!areApart(before, now)) return 'within';
  if (better === null) return 'other';
  return now.median > before.median === (better === 'higher') ? 'better' : 'worse';
}

/**
 * Every figure of every row that both runs have.
 *
 * @param {readonly Measured[]} earlier
 * @param {readonly Measured[]} rows
 * @returns {Comparison[]}
 */
export function compareRuns(earlier, rows) {
  return rows.flatMap(({ id, figures }) => {
    const old = earlier.find((row) => row.id === id);
    return FIGURES.flatMap(({ key, better }) => {
      const [before, now] = [old?.figures[key], figures[key]];
      if (before === undefined || now === undefined) return [];
      const ratio = before.median === 0 ? null : now.median / before.median;
      return [{ id, key, before, now, ratio, mark: markOf(before, now, better) }];
    });
  });
}
