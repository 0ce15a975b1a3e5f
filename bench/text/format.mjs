/** Figures as text: as many digits as can be trusted, never more than a reader needs. */

const DIGITS = [
  { from: 100, decimals: 0 },
  { from: 10, decimals: 1 },
  { from: 0.1, decimals: 2 },
];

/** @param {number} value @returns {string} `12,345`, `123`, `12.3`, `1.23`, `0.012` */
export function formatNumber(value) {
  if (value === 0) return '0';
  const decimals = DIGITS.find(({ from }) => Math.abs(value) >= from)?.decimals ?? 3;
  const [whole = '', fraction] = value.toFixed(decimals).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/gu, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** @param {import('../figures/statistics.mjs').Figure | undefined} figure its median; a dash for none */
export function formatFigure(figure) {
  return figure === undefined ? '–' : formatNumber(figure.median);
}

/** @param {import('../figures/statistics.mjs').Figure | undefined} figure `11,900–12,400`; empty for none, or one round */
export function formatSpread(figure) {
  if (figure === undefined || figure.min === figure.max) return '';
  return `${formatNumber(figure.min)}–${formatNumber(figure.max)}`;
}

/** @param {number} value @returns {string} `× 0.85` */
export function formatRatio(value) {
  return `× ${value.toFixed(2)}`;
}

/** What to think of figures that lie apart. @param {number} odds `oddsApart` of their rounds */
export function chanceText(odds) {
  return odds === 1
    ? 'One round of each tells nothing of the noise.'
    : `Of figures that do not differ, one in ${formatTick(odds)} lies apart by chance.`;
}

/** On an axis: no more digits than the number has. @param {number} value */
export function formatTick(value) {
  const [whole = '', fraction] = String(Number(value.toPrecision(6))).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/gu, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** @param {import('../run/rounds.mjs').Pace} pace */
export function paceText({ rounds, seconds }) {
  return rounds === 1 ? `one round of ${seconds} s` : `medians of ${rounds} rounds of ${seconds} s`;
}
