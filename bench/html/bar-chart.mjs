/** Lying bars: names stand in full beside them, so rows of any name can be read. */
import { formatNumber, formatTick } from '../text/format.mjs';
import { linearTicks, makeScale } from './scale.mjs';
import { element, label } from './svg.mjs';

/** @typedef {{ color: number, value: number, name: string }} Segment */
/** @typedef {{ name: string, segments: readonly Segment[], min?: number, max?: number, note?: string }} Bar */
/** @typedef {{ name: string | null, bars: readonly Bar[] }} Group */

/**
 * @typedef {object} BarChart
 * @property {string} title
 * @property {string} unit
 * @property {readonly Group[]} groups
 * @property {readonly { name: string, color: number }[]} [legend]
 * @property {boolean} [ownScales] each group to a scale of its own, where they lie too far apart to share one
 */

const WIDTH = 760;
const BAR = 22;
const GAP = 9;
const GROUP_TITLE = 30;
const TOP = 34;
const VALUE_WIDTH = 118;
/** Of one character of a name, about. */
const CHARACTER = 7;

/** @param {Bar} bar */
const totalOf = ({ segments }) => segments.reduce((sum, { value }) => sum + value, 0);

/** @param {Bar} bar @param {number} y @param {number} left @param {(value: number) => number} toX */
function drawBar(bar, y, left, toX) {
  const total = totalOf(bar);
  let from = 0;
  const segments = bar.segments.map(({ value, color, name }) => {
    const x = toX(from);
    from += value;
    return element(
      'rect',
      { class: `bar series-${color}`, x, y, width: Math.max(0, toX(from) - x), height: BAR, rx: 2 },
      element('title', {}, `${name}: ${formatNumber(value)}`),
    );
  });
  const { min = total, max = total } = bar;
  const middle = y + BAR / 2;
  const whisker =
    max > min
      ? [element('line', { class: 'whisker', x1: toX(min), x2: toX(max), y1: middle, y2: middle })]
      : [];
  const end = toX(Math.max(total, max));
  return [
    label(left - 12, middle + 4.5, bar.name, { class: 'bar-name end' }),
    ...segments,
    ...whisker,
    label(
      end + 9,
      middle + 4.5,
      formatNumber(total) + (bar.note === undefined ? '' : `  ${bar.note}`),
      {
        class: 'bar-value',
      },
    ),
  ];
}

/** @param {NonNullable<BarChart['legend']>} names @param {number} right */
function drawLegend(names, right) {
  const widths = names.map(({ name }) => 24 + name.length * CHARACTER);
  let x = right - widths.reduce((a, b) => a + b + 14, -14);
  return names.flatMap(({ name, color }, at) => {
    const from = x;
    x += (widths[at] ?? 0) + 14;
    return [
      element('rect', {
        class: `bar series-${color}`,
        x: from,
        y: 8,
        width: 12,
        height: 12,
        rx: 2,
      }),
      label(from + 18, 18, name, { class: 'legend' }),
    ];
  });
}

/** @param {readonly Bar[]} bars */
const longestOf = (bars) => Math.max(...bars.map((bar) => Math.max(totalOf(bar), bar.max ?? 0)));

/** @param {BarChart} chart at least one bar @returns {string} SVG */
export function barChart({ title, unit, groups, legend = [], ownScales = false }) {
  const bars = groups.flatMap((group) => group.bars);
  const left = 16 + CHARACTER * Math.max(...bars.map(({ name }) => name.length));
  const right = WIDTH - VALUE_WIDTH;
  const ticks = linearTicks(longestOf(bars), 4);
  /** @param {number} to */
  const scaleTo = (to) => makeScale({ type: 'linear', from: 0, to }, left, right);
  const toX = scaleTo(ticks.at(-1) ?? 1);
  let y = TOP;
  const drawn = groups.flatMap(({ name, bars: of }) => {
    const heading = name === null ? [] : [label(left, y + 19, name, { class: 'group-name' })];
    if (name !== null) y += GROUP_TITLE;
    const scale = ownScales ? scaleTo(longestOf(of)) : toX;
    const parts = of.flatMap((bar) => {
      const at = y;
      y += BAR + GAP;
      return drawBar(bar, at, left, scale);
    });
    y += GAP;
    return [...heading, ...parts];
  });
  const bottom = y - GAP;
  const grid = ownScales
    ? []
    : ticks.flatMap((tick) => [
        element('line', { class: 'grid', x1: toX(tick), x2: toX(tick), y1: TOP - 6, y2: bottom }),
        label(toX(tick), bottom + 18, formatTick(tick), { class: 'tick middle' }),
      ]);
  const height = bottom + (ownScales ? 8 : 28);
  return element('svg', { viewBox: `0 0 ${WIDTH} ${height}`, role: 'img', 'aria-label': title }, [
    element('title', {}, title),
    label(left, 18, unit, { class: 'axis-title' }),
    ...drawLegend(legend, WIDTH - 24),
    ...grid,
    ...drawn,
  ]).markup;
}
