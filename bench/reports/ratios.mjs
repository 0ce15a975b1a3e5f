/** One subject beside another, at the same load: what the difference costs. */
import { barChart } from '../html/bar-chart.mjs';
import { areApart, oddsApart } from '../figures/compare.mjs';
import { figureKind } from '../figures/figures.mjs';
import { chanceText, formatRatio, formatTick } from '../text/format.mjs';
import { barOf, inFlightOf, subjectsOf, ticksOf } from './plots.mjs';

/** @typedef {import('../run/result.mjs').MeasuredRow} MeasuredRow */
/** @typedef {import('../text/table.mjs').Table} Table */
/** @typedef {{ base: string, other: string }} Pair ids of subjects */

const KEYS = ['perSecond', 'p50Ms', 'p99Ms', 'cpuUs', 'writtenKib', 'syncs'];

/** @param {readonly MeasuredRow[]} rows @param {string} subject @param {string} workload */
function rowOf(rows, subject, workload) {
  return rows.find((row) => row.subject.id === subject && row.workload.id === workload);
}

/** @param {MeasuredRow | undefined} base @param {MeasuredRow | undefined} other @param {string} key @returns {number | null} */
export function ratioOf(base, other, key) {
  const [a, b] = [base?.figures[key], other?.figures[key]];
  return a === undefined || b === undefined || a.median === 0 ? null : b.median / a.median;
}

/** How often rounds of these rows lie apart by chance. @param {readonly MeasuredRow[]} rows at least one */
export function chanceOf(rows) {
  const rounds = Math.min(...rows.map((row) => row.rounds.length));
  return chanceText(oddsApart(rounds, rounds));
}

/**
 * How much one signature of a client may be for: what waits together goes out as one request.
 *
 * @param {readonly MeasuredRow[]} rows
 */
export function bundleText(rows) {
  const shares = rows.map((row) => Math.ceil((inFlightOf(row) ?? 1) / row.workload.clients));
  const most = Math.max(...shares);
  return most === 1
    ? 'Every put in flight has a client of its own.'
    : `Up to ${most} puts in flight come from one client, and share what it signs and is told.`;
}

/** Said of every table of ratios. @param {readonly MeasuredRow[]} rows at least one */
export function ratiosText(rows) {
  return `Medians of the second divided by medians of the first, at the same load; ~ where their rounds overlap, so that the difference may be noise. ${chanceOf(rows)}`;
}

/** @param {MeasuredRow} base @param {MeasuredRow} other @param {string} key */
function ratioCell(base, other, key) {
  const [a, b] = [base.figures[key], other.figures[key]];
  const ratio = ratioOf(base, other, key);
  if (a === undefined || b === undefined || ratio === null) return '–  ';
  return `${formatRatio(ratio)} ${areApart(a, b) ? ' ' : '~'}`;
}

/** @param {readonly MeasuredRow[]} rows @param {readonly Pair[]} pairs @returns {Table} */
export function ratioTable(rows, pairs) {
  const workloads = new Map(rows.map(({ workload }) => [workload.id, workload.label]));
  const columns = KEYS.map((key) => ({
    title: figureKind(key).title,
    meaning: figureKind(key).meaning,
  }));
  return {
    columns: [{ title: '', left: true }, { title: '', left: true }, ...columns],
    rows: pairs.flatMap(({ base, other }) =>
      [...workloads].flatMap(([id, name], at) => {
        const [a, b] = [rowOf(rows, base, id), rowOf(rows, other, id)];
        if (a === undefined || b === undefined) return [];
        const ratios = KEYS.map((key) => ratioCell(a, b, key));
        const pair = at === 0 ? `${b.subject.label}, to ${a.subject.label}` : '';
        return [[pair, name, ...ratios]];
      }),
    ),
  };
}

/** One group of bars for each load, to a scale of its own; one bar for each subject. @param {readonly MeasuredRow[]} rows @param {string} key @param {string} unit */
export function groupedBars(rows, key, unit) {
  const subjects = subjectsOf(rows);
  return barChart({
    title: unit,
    unit,
    ownScales: true,
    groups: ticksOf(rows, inFlightOf).map((inFlight) => ({
      name: `${formatTick(inFlight)} in flight`,
      bars: subjects.flatMap(({ id, label, color }) => {
        const row = rows.find((one) => one.subject.id === id && inFlightOf(one) === inFlight);
        return row?.figures[key] === undefined ? [] : [barOf(label, row, key, color)];
      }),
    })),
  });
}
