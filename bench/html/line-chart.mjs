/** Lines over an axis, each with the band between its lowest and highest round. */
import { formatNumber, formatTick } from '../text/format.mjs';
import { linearTicks, logTicks, makeScale } from './scale.mjs';
import { element, label, pathThrough } from './svg.mjs';

/** @typedef {{ x: number, y: number, min?: number, max?: number }} Point */
/** @typedef {{ name: string, color: number, dashed?: boolean, points: readonly Point[] }} Series points from left to right */

/**
 * @typedef {object} LineChart
 * @property {string} title what it shows, for who cannot see it
 * @property {{ title: string, log?: boolean, ticks?: readonly number[] }} x
 * @property {{ title: string, log?: boolean, max?: number }} y
 * @property {readonly Series[]} series
 * @property {boolean} [dots] default true
 */

const WIDTH = 760;
const HEIGHT = 380;
const PLOT = { left: 64, right: WIDTH - 24, top: 40, bottom: HEIGHT - 52 };
const NAME_GAP = 17;

/** @param {LineChart} chart */
function axes({ x, y, series }) {
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
    toX: makeScale(xRange, PLOT.left, PLOT.right),
    toY: makeScale({ type: y.log ? 'log' : 'linear', from: yFrom, to: yTo }, PLOT.bottom, PLOT.top),
  };
}

/** @param {LineChart} chart @param {ReturnType<typeof axes>} placed */
function frame({ x, y }, { xTicks, yTicks, toX, toY }) {
  return [
    ...yTicks.flatMap((tick) => [
      element('line', {
        class: 'grid',
        x1: PLOT.left,
        x2: PLOT.right,
        y1: toY(tick),
        y2: toY(tick),
      }),
      label(PLOT.left - 10, toY(tick) + 4, formatTick(tick), { class: 'tick end' }),
    ]),
    ...xTicks.map((tick) =>
      label(toX(tick), PLOT.bottom + 20, formatTick(tick), { class: 'tick middle' }),
    ),
    element('line', {
      class: 'axis',
      x1: PLOT.left,
      x2: PLOT.right,
      y1: PLOT.bottom,
      y2: PLOT.bottom,
    }),
    label(PLOT.left - 10, 18, y.title, { class: 'axis-title' }),
    label(PLOT.right, PLOT.bottom + 42, x.title, { class: 'axis-title end' }),
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

/**
 * Names at the lines' ends would collide; a legend in the upper corner that the lines leave free does not.
 *
 * @param {readonly Series[]} series
 */
export function legend(series) {
  if (series.length < 2) return [];
  const widths = series.map(({ name }) => 30 + name.length * 6.9);
  const total = widths.reduce((a, b) => a + b + NAME_GAP, -NAME_GAP);
  let x = Math.max(PLOT.left + 90, PLOT.right - total);
  return series.flatMap(({ name, color, dashed }, at) => {
    const from = x;
    x += (widths[at] ?? 0) + NAME_GAP;
    const kind = `line series-${color}${dashed === true ? ' dashed' : ''}`;
    return [
      element('line', { class: kind, x1: from, x2: from + 22, y1: 14, y2: 14 }),
      label(from + 29, 18, name, { class: 'legend' }),
    ];
  });
}

/** @param {LineChart} chart at least one point @returns {string} SVG */
export function lineChart(chart) {
  const placed = axes(chart);
  const { title, series, dots = true, x } = chart;
  return element('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': title }, [
    element('title', {}, title),
    ...frame(chart, placed),
    ...series.flatMap((one) => line(one, placed, dots, x.title)),
    ...legend(series),
  ]).markup;
}
