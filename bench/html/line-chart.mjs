/** Lines over an axis, each with the band between its lowest and highest round. */
import { formatNumber, formatTick } from '../text/format.mjs';
import { linearTicks, logTicks, makeScale } from './scale.mjs';
import { element, label, pathThrough } from './svg.mjs';

/** @typedef {{ x: number, y: number, min?: number, max?: number }} Point */
/** @typedef {{ name: string, color: number, dashed?: boolean, points: readonly Point[] }} Series points from left to right */

/** @typedef {{ name: string, from: number, to: number, shaded: boolean }} Span */

/**
 * @typedef {object} LineChart
 * @property {string} title what it shows, for who cannot see it
 * @property {{ title: string, log?: boolean, ticks?: readonly number[] }} x
 * @property {{ title: string, log?: boolean, max?: number }} y
 * @property {readonly Series[]} series
 * @property {boolean} [dots] default true
 * @property {readonly Span[]} [spans] stretches of the x axis that have a name
 * @property {number} [height] of the plot
 */

const WIDTH = 760;
const LEFT = 64;
const RIGHT = WIDTH - 24;
const PLOT_HEIGHT = 288;
const BELOW = 52;
const NAME_GAP = 17;
const NAME_LINE = 22;
/** Room for the title of the y axis, beside which one line of names may stand. */
const TITLE_WIDTH = 210;

/** @typedef {{ top: number, bottom: number }} Plot */

/** @param {LineChart} chart @param {Plot} plot */
function axes({ x, y, series }, { top, bottom }) {
  const points = series.flatMap((one) => one.points);
  const tops = points.map((point) => point.max ?? point.y);
  const xs = points.map((point) => point.x);
  const yTicks = y.log
    ? logTicks(Math.min(...points.map((point) => point.min ?? point.y)), Math.max(...tops))
    : linearTicks(y.max ?? Math.max(...tops));
  const xTicks = x.ticks ?? linearTicks(Math.max(...xs));
  // A narrow margin keeps the first dot off the axis.
  const margin = x.log ? 1.12 : 0;
  const [xFrom, xTo] = [Math.min(...xTicks), Math.max(...xTicks)];
  const xRange = x.log
    ? { type: /** @type {const} */ ('log'), from: xFrom / margin, to: xTo * margin }
    : { type: /** @type {const} */ ('linear'), from: xFrom, to: xTo };
  const [yFrom, yTo] = [yTicks[0] ?? 0, yTicks.at(-1) ?? 1];
  return {
    xTicks,
    yTicks,
    toX: makeScale(xRange, LEFT, RIGHT),
    toY: makeScale({ type: y.log ? 'log' : 'linear', from: yFrom, to: yTo }, bottom, top),
  };
}

/** @param {LineChart} chart @param {ReturnType<typeof axes>} placed @param {Plot} plot */
function frame({ x, y }, { xTicks, yTicks, toX, toY }, { top, bottom }) {
  return [
    ...yTicks.flatMap((tick) => [
      element('line', {
        class: 'grid',
        x1: LEFT,
        x2: RIGHT,
        y1: toY(tick),
        y2: toY(tick),
      }),
      label(LEFT - 10, toY(tick) + 4, formatTick(tick), { class: 'tick end' }),
    ]),
    ...xTicks.map((tick) =>
      label(toX(tick), bottom + 20, formatTick(tick), { class: 'tick middle' }),
    ),
    element('line', {
      class: 'axis',
      x1: LEFT,
      x2: RIGHT,
      y1: bottom,
      y2: bottom,
    }),
    label(LEFT - 10, top - 22, y.title, { class: 'axis-title' }),
    label(RIGHT, bottom + 42, x.title, { class: 'axis-title end' }),
  ];
}

/** @param {Series} series @param {ReturnType<typeof axes>} placed @param {boolean} dots @param {string} xTitle */
function line({ name, color, dashed, points }, { toX, toY }, dots, xTitle) {
  const upper = points.map(({ x, y, max = y }) => /** @type {const} */ ([toX(x), toY(max)]));
  const lower = points.map(({ x, y, min = y }) => /** @type {const} */ ([toX(x), toY(min)]));
  const band = `${pathThrough([...upper, ...lower.reverse()])}Z`;
  const kind = `series-${color}${dashed === true ? ' dashed' : ''}`;
  return [
    element('path', { class: `band series-${color}`, d: band }),
    element('path', {
      class: `line ${kind}`,
      d: pathThrough(points.map(({ x, y }) => [toX(x), toY(y)])),
    }),
    ...(dots ? points : []).map(({ x, y }) =>
      element(
        'circle',
        { class: `dot series-${color}`, cx: toX(x), cy: toY(y), r: 4.5 },
        element('title', {}, `${name}: ${formatNumber(y)} at ${formatTick(x)} ${xTitle}`),
      ),
    ),
  ];
}

/** @param {readonly Span[]} spans @param {ReturnType<typeof axes>} placed @param {Plot} plot */
function background(spans, { toX }, { top, bottom }) {
  return spans.flatMap(({ name, from, to, shaded }) => {
    const [x, end] = [toX(from), toX(to)];
    const size = { x, y: top, width: end - x, height: bottom - top };
    return [
      ...(shaded ? [element('rect', { class: 'span', ...size })] : []),
      label((x + end) / 2, top - 7, name, { class: 'span-name middle' }),
    ];
  });
}

/** @param {Series} series */
const widthOf = ({ name }) => 30 + name.length * 6.9 + NAME_GAP;

/** Lines of names that fit beside each other. @param {readonly Series[]} series @returns {Series[][]} */
function nameLines(series) {
  /** @type {Series[][]} */
  const lines = [];
  let width = Infinity;
  for (const one of series) {
    width += widthOf(one);
    if (width > RIGHT - LEFT) {
      lines.push([]);
      width = widthOf(one);
    }
    lines.at(-1)?.push(one);
  }
  return lines;
}

/** @param {readonly Series[]} series */
const totalWidth = (series) => series.reduce((sum, one) => sum + widthOf(one), -NAME_GAP);

/**
 * Names at the lines' ends would collide. A few stand beside the axis title; more have lines of their own above it.
 *
 * @param {readonly Series[]} series
 * @returns {{ drawn: import('./svg.mjs').Markup[], height: number }}
 */
function legend(series) {
  if (series.length < 2) return { drawn: [], height: 0 };
  const isShort = totalWidth(series) <= RIGHT - LEFT - TITLE_WIDTH;
  const lines = isShort ? [series] : nameLines(series);
  const drawn = lines.flatMap((names, at) => {
    let x = isShort ? RIGHT - totalWidth(names) : LEFT - 10;
    const y = 14 + at * NAME_LINE;
    return names.flatMap((one) => {
      const from = x;
      x += widthOf(one);
      const kind = `line series-${one.color}${one.dashed === true ? ' dashed' : ''}`;
      return [
        element('line', { class: kind, x1: from, x2: from + 22, y1: y, y2: y }),
        label(from + 29, y + 4, one.name, { class: 'legend' }),
      ];
    });
  });
  return { drawn, height: isShort ? 0 : lines.length * NAME_LINE + 6 };
}

/** @param {LineChart} chart at least one point @returns {string} SVG */
export function lineChart(chart) {
  const { title, series, dots = true, x, spans = [], height = PLOT_HEIGHT } = chart;
  const names = legend(series);
  const top = 40 + names.height;
  const plot = { top, bottom: top + height };
  const placed = axes(chart, plot);
  const viewBox = `0 0 ${WIDTH} ${plot.bottom + BELOW}`;
  return element('svg', { viewBox, role: 'img', 'aria-label': title }, [
    element('title', {}, title),
    ...background(spans, placed, plot),
    ...frame(chart, placed, plot),
    ...series.flatMap((one) => line(one, placed, dots, x.title)),
    ...names.drawn,
  ]).markup;
}
