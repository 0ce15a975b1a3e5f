/** Plots of measured rows. */
import { barChart } from '../html/bar-chart.mjs';
import { lineChart } from '../html/line-chart.mjs';
import { COLORS } from '../html/style.mjs';
import { CURVE_PERCENTS, median } from '../figures/statistics.mjs';

/** @typedef {import('../run/result.mjs').MeasuredRow} MeasuredRow */
/** @typedef {import('../html/line-chart.mjs').Point} Point */
/** @typedef {import('../html/line-chart.mjs').Series} Series */

/** Subjects in the order of the rows, each with its colour. @param {readonly MeasuredRow[]} rows */
export function subjectsOf(rows) {
  const byId = new Map(rows.map(({ subject }) => [subject.id, subject]));
  return [...byId.values()].map((subject, at) => ({ ...subject, color: at % COLORS }));
}

/** @param {MeasuredRow} row */
export const inFlightOf = ({ workload: { loop } }) =>
  loop.type === 'closed' ? loop.inFlight : null;

/** @param {MeasuredRow} row */
export const rateOf = ({ workload: { loop } }) => (loop.type === 'open' ? loop.perSecond : null);

/** @param {readonly MeasuredRow[]} rows @param {(row: MeasuredRow) => number | null} xOf @param {string} key @returns {Point[]} */
export function pointsOf(rows, xOf, key) {
  return rows
    .flatMap((row) => {
      const [x, figure] = [xOf(row), row.figures[key]];
      if (x === null || figure === undefined) return [];
      return [{ x, y: figure.median, min: figure.min, max: figure.max }];
    })
    .sort((a, b) => a.x - b.x);
}

/** @param {readonly MeasuredRow[]} rows @param {(row: MeasuredRow) => number | null} xOf @param {string} key @returns {Series[]} */
export function seriesBySubject(rows, xOf, key) {
  return subjectsOf(rows).map(({ id, label, color }) => ({
    name: label,
    color,
    points: pointsOf(
      rows.filter(({ subject }) => subject.id === id),
      xOf,
      key,
    ),
  }));
}

/** @param {readonly MeasuredRow[]} rows @param {(row: MeasuredRow) => number | null} xOf */
export function ticksOf(rows, xOf) {
  const values = rows.map(xOf).filter((x) => x !== null);
  return [...new Set(values)].sort((a, b) => a - b);
}

/** @param {readonly MeasuredRow[]} rows closed loops */
export function throughputPlot(rows) {
  return lineChart({
    title: 'operations per second by operations in flight',
    x: { title: 'in flight', log: true, ticks: ticksOf(rows, inFlightOf) },
    y: { title: 'operations per second' },
    series: seriesBySubject(rows, inFlightOf, 'perSecond'),
  });
}

/** The middle of all, and the slowest of a hundred. @param {readonly MeasuredRow[]} rows closed loops */
export function latencyPlot(rows) {
  const p50 = seriesBySubject(rows, inFlightOf, 'p50Ms');
  const p99 = seriesBySubject(rows, inFlightOf, 'p99Ms').map((one) => ({ ...one, dashed: true }));
  /** @param {readonly Series[]} series @param {string} name */
  const named = (series, name) =>
    series.map((one) => ({ ...one, name: p50.length === 1 ? name : `${one.name}, ${name}` }));
  return lineChart({
    title: 'latency by operations in flight',
    x: { title: 'in flight', log: true, ticks: ticksOf(rows, inFlightOf) },
    y: { title: 'latency, ms', log: true },
    series: p50.length > 2 ? p50 : [...named(p50, 'p50'), ...named(p99, 'p99')],
  });
}

/** @param {readonly MeasuredRow[]} rows open loops */
export function openPlot(rows) {
  return lineChart({
    title: 'latency by operations due each second',
    x: { title: 'operations due each second', ticks: [0, ...ticksOf(rows, rateOf)] },
    y: { title: 'latency since due, ms', log: true },
    series: [
      { name: 'p50', color: 0, points: pointsOf(rows, rateOf, 'p50Ms') },
      { name: 'p99', color: 0, dashed: true, points: pointsOf(rows, rateOf, 'p99Ms') },
    ],
  });
}

/** Share of operations that were answered by then, median over the rounds. @param {readonly { name: string, row: MeasuredRow }[]} rows */
export function latencyCurvePlot(rows) {
  return lineChart({
    title: 'share of operations answered within a time',
    x: { title: 'latency, ms' },
    y: { title: '% answered', max: 100 },
    dots: false,
    series: rows.map(({ name, row }, color) => ({
      name,
      color: color % COLORS,
      points: CURVE_PERCENTS.flatMap((percent, at) => {
        if (percent > 99.9) return [];
        return [
          { x: median(row.rounds.map(({ latency }) => latency?.curve[at] ?? 0)), y: percent },
        ];
      }),
    })),
  });
}

/** @param {readonly { name: string, row: MeasuredRow }[]} rows */
export function rateBars(rows) {
  return barChart({
    title: 'operations per second',
    unit: 'operations per second',
    groups: [
      {
        name: null,
        bars: rows.map(({ name, row }) => barOf(name, row, 'perSecond', 0)),
      },
    ],
  });
}

/** @param {string} name @param {MeasuredRow} row @param {string} key @param {number} color */
export function barOf(name, row, key, color) {
  const figure = row.figures[key] ?? { median: 0, min: 0, max: 0 };
  return {
    name,
    min: figure.min,
    max: figure.max,
    segments: [{ name, color, value: figure.median }],
  };
}

/** @param {readonly MeasuredRow[]} rows closed loops on one subject */
export function cpuPlot(rows) {
  const parts = /** @type {const} */ ([
    ['nodesCpuUs', 'all nodes'],
    ['loadCpuUs', 'load generator'],
  ]);
  return lineChart({
    title: 'CPU time of one operation by operations in flight',
    x: { title: 'in flight', log: true, ticks: ticksOf(rows, inFlightOf) },
    y: { title: 'CPU, µs per operation', log: true },
    series: parts.map(([key, name], color) => ({
      name,
      color,
      points: pointsOf(rows, inFlightOf, key),
    })),
  });
}

/** Nodes and load apart. @param {readonly { name: string, row: MeasuredRow }[]} rows */
export function cpuBars(rows) {
  return barChart({
    title: 'CPU time of one operation',
    unit: 'CPU, µs per operation',
    legend: [
      { name: 'all nodes', color: 0 },
      { name: 'load generator', color: 1 },
    ],
    groups: [
      {
        name: null,
        bars: rows.flatMap(({ name, row }) => {
          const [nodes, load, total] = ['nodesCpuUs', 'loadCpuUs', 'cpuUs'].map(
            (key) => row.figures[key],
          );
          if (nodes === undefined || load === undefined || total === undefined) return [];
          return [
            {
              name,
              min: total.min,
              max: total.max,
              segments: [
                { name: 'all nodes', color: 0, value: nodes.median },
                { name: 'load generator', color: 1, value: load.median },
              ],
            },
          ];
        }),
      },
    ],
  });
}

/** @param {readonly MeasuredRow[]} rows */
export function tellCpu(rows) {
  return rows.some(({ figures }) => figures['cpuUs'] !== undefined);
}
