/**
 * From plain Raft to the whole protocol, one mechanism after the other, each with its price: node and client programs
 * that `ablation/` puts together from the project's own parts.
 */
import { subjects as rungs } from '../ablation/index.mjs';
import { parseSubject } from '../cluster/subjects.mjs';
import { areApart } from '../figures/compare.mjs';
import { barChart } from '../html/bar-chart.mjs';
import { figureKind } from '../figures/figures.mjs';
import { formatFigure, formatNumber, formatRatio, formatTick } from '../text/format.mjs';
import { closed } from '../workloads.mjs';
import { planRows, rowsOf, VALUE_BYTES } from './plan.mjs';
import { inFlightOf, subjectsOf, ticksOf } from './plots.mjs';
import { bundleText, chanceOf, ratioOf } from './ratios.mjs';
import { figureSections } from './sections.mjs';

/** @typedef {import('../run/result.mjs').MeasuredRow} MeasuredRow */
/** @typedef {import('../figures/statistics.mjs').Figure} Figure */

const IN_FLIGHT = [1, 64, 256];
const PRICED = ['cpuUs', 'nodesCpuUs', 'loadCpuUs', 'writtenKib', 'syncs', 'p50Ms'];

/** A rung, or whatever else can be measured. @param {string} id */
const chosen = (id) => rungs.find((rung) => rung.id === id) ?? parseSubject(id);

/** Each row and the one before it, at one load. @param {readonly MeasuredRow[]} rows @param {number} inFlight */
function steps(rows, inFlight) {
  const same = rows.filter((row) => inFlightOf(row) === inFlight);
  return same.map((row, at) => ({ row, before: same[at - 1] }));
}

/** @param {Figure} before @param {Figure} now */
const noise = (before, now) => (areApart(before, now) ? ' ' : '~');

/** @param {MeasuredRow} row @param {MeasuredRow | undefined} before @param {string} key */
function priceOf(row, before, key) {
  const [a, b] = [before?.figures[key], row.figures[key]];
  if (b === undefined) return '–  ';
  if (a === undefined) return `${formatFigure(b)}  `;
  const delta = b.median - a.median;
  return `${delta < 0 ? '−' : '+'}${formatNumber(Math.abs(delta))} ${noise(a, b)}`;
}

/** @param {readonly MeasuredRow[]} rows @param {number} inFlight @returns {import('../text/table.mjs').Table} */
function priceTable(rows, inFlight) {
  return {
    columns: [
      { title: '', left: true },
      { title: 'ops/s' },
      { title: 'to the row above' },
      ...PRICED.map((key) => ({ title: figureKind(key).title, meaning: figureKind(key).meaning })),
    ],
    rows: steps(rows, inFlight).map(({ row, before }) => {
      const ratio = ratioOf(before, row, 'perSecond');
      return [
        row.subject.label,
        formatFigure(row.figures['perSecond']),
        ratio === null ? '' : formatRatio(ratio),
        ...PRICED.map((key) => priceOf(row, before, key)),
      ];
    }),
  };
}

/** A staircase: what was paid before, and what this step adds. @param {readonly MeasuredRow[]} rows @param {number} inFlight */
function pricePlot(rows, inFlight) {
  const title = `CPU of one put, ${formatTick(inFlight)} in flight`;
  return barChart({
    title,
    unit: 'CPU of all processes, µs per put',
    legend: [
      { name: 'before', color: 0 },
      { name: 'added', color: 1 },
    ],
    groups: [
      {
        name: null,
        bars: steps(rows, inFlight).flatMap(({ row, before }) => {
          const now = row.figures['cpuUs'];
          if (now === undefined) return [];
          const base = Math.min(before?.figures['cpuUs']?.median ?? now.median, now.median);
          return [
            {
              name: row.subject.label,
              min: now.min,
              max: now.max,
              segments: [
                { name: 'before', color: 0, value: base },
                { name: 'added', color: 1, value: now.median - base },
              ],
            },
          ];
        }),
      },
    ],
  });
}

/** @type {import('./plan.mjs').Report} */
export const ablation = {
  name: 'ablation',
  summary:
    'from plain Raft to the whole protocol, one mechanism after the other, each with its price',
  title: 'What each mechanism costs',
  lead: ({ rows }) =>
    `${subjectsOf(rows).length} programs, each with one mechanism more than the one before, but for the second phase, which comes with a core of its own. Host, disk, links and load stay the same.`,
  plan: (options) => {
    const subjects = options.subjects?.map(chosen) ?? rungs;
    const bytes = options.valueBytes ?? VALUE_BYTES;
    const loads = (options.inFlight ?? IN_FLIGHT).map((inFlight) => closed('put', inFlight, bytes));
    return planRows(rowsOf(subjects, loads), options);
  },
  sections: ({ rows }) => [
    ...ticksOf(rows, inFlightOf).map((inFlight) => ({
      title: `Price of each mechanism, ${formatTick(inFlight)} in flight`,
      text: `Figures of the first row, then what each row adds to the one above it; ~ where the rounds of the two overlap, so that it may be noise. ${chanceOf(rows)} ${bundleText(rows.filter((row) => inFlightOf(row) === inFlight))}`,
      ...(rows.some(({ figures }) => figures['cpuUs'] !== undefined)
        ? { plot: () => pricePlot(rows, inFlight) }
        : {}),
      table: priceTable(rows, inFlight),
    })),
    ...figureSections(rows),
  ],
};
