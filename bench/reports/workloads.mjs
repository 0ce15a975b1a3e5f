/** The workloads on this project's own cluster. */
import { existsSync } from 'node:fs';
import { formatFigure, formatTick } from '../text/format.mjs';
import { AT_REST, closed, dataBeside, importOf, open } from '../workloads.mjs';
import { planRows, rowsOf, subjectsFor, VALUE_BYTES } from './plan.mjs';
import {
  cpuBars,
  cpuPlot,
  inFlightOf,
  latencyCurvePlot,
  latencyPlot,
  openPlot,
  rateBars,
  rateOf,
  tellCpu,
  throughputPlot,
} from './plots.mjs';
import { figureSections } from './sections.mjs';

/** @typedef {import('../run/result.mjs').MeasuredRow} MeasuredRow */
/** @typedef {import('./sections.mjs').Section} Section */

const SUBJECTS = ['tangaroa:4'];
const IN_FLIGHT = [1, 16, 64, 256, 1_000];
const RATES = [500, 1_000, 2_000, 4_000, 6_000];
/** Other operations than puts are measured where the machine has enough to do, and not too much. */
const MIDDLE = 64;
const LARGE_BYTES = 4_096;

/** The file to import: the one that is named, or the one beside this project, or none. @param {string | null} wanted */
function dataFile(wanted) {
  if (wanted === null) return dataBeside();
  if (!existsSync(wanted)) throw new RangeError(`${wanted} is not there to be imported`);
  return wanted;
}

/** What is asked for by flags, and nothing else; without any of them everything. @param {import('../arguments.mjs').Options} options */
function workloadsFor({ valueBytes, inFlight, rates, data }) {
  const bytes = valueBytes ?? VALUE_BYTES;
  const isChosen = inFlight !== null || rates !== null;
  const file = isChosen && data === null ? null : dataFile(data);
  return [
    ...(isChosen ? [] : [AT_REST]),
    ...(inFlight ?? (isChosen ? [] : IN_FLIGHT)).map((many) => closed('put', many, bytes)),
    ...(isChosen
      ? []
      : [
          closed('get', MIDDLE, bytes),
          closed('get-local', MIDDLE, bytes),
          closed('mixed', MIDDLE, bytes),
          closed('put', MIDDLE, LARGE_BYTES),
        ]),
    ...(rates ?? (isChosen ? [] : RATES)).map((rate) => open(rate, bytes)),
    ...(file === null ? [] : [importOf(file)]),
  ];
}

/** Puts of the size that most rows have. @param {readonly MeasuredRow[]} rows */
function putsByLoad(rows) {
  const puts = rows.filter((row) => row.workload.operation === 'put' && inFlightOf(row) !== null);
  const [first] = puts;
  return puts.filter(({ workload }) => workload.valueBytes === first?.workload.valueBytes);
}

/** @param {readonly MeasuredRow[]} rows */
function named(rows) {
  return rows.map((row) => ({ name: row.workload.label, row }));
}

/** @param {readonly MeasuredRow[]} rows @returns {Section[]} */
function putSections(rows) {
  if (rows.length === 0) return [];
  return [
    {
      title: 'Puts per second, by how many are in flight',
      text: 'Closed loop: each acknowledged put is followed by the next. More in flight are bundled, signed and synced together.',
      plot: () => throughputPlot(rows),
    },
    {
      title: 'How long a put takes, by how many are in flight',
      text: 'Solid the median, dotted the 99th percentile.',
      plot: () => latencyPlot(rows),
    },
    ...(tellCpu(rows)
      ? [
          {
            title: 'CPU time of one put, by how many are in flight',
            text: 'User and system time of every process, the nodes and the client alike.',
            plot: () => cpuPlot(rows),
          },
        ]
      : []),
    {
      title: 'Share of puts answered within a time',
      plot: () =>
        latencyCurvePlot(
          rows
            .map((row) => ({ name: `${formatTick(inFlightOf(row) ?? 0)} in flight`, row }))
            .slice(-4),
        ),
    },
  ];
}

/** @param {readonly MeasuredRow[]} rows @returns {Section[]} */
function sections(rows) {
  const puts = putsByLoad(rows);
  const opens = rows.filter((row) => rateOf(row) !== null);
  const others = rows.filter((row) => inFlightOf(row) !== null);
  return [
    ...putSections(puts),
    ...(opens.length < 2
      ? []
      : [
          {
            title: 'How long a put takes, by how many are due each second',
            text: 'Solid the median, dotted the 99th percentile. Open loop: puts become due at a fixed rate whether or not those before were answered, and their time counts from then on. Where the line turns up, the machine is full.',
            plot: () => openPlot(opens),
          },
        ]),
    ...(others.length > puts.length
      ? [
          {
            title: 'Operations per second, by what is asked',
            plot: () => rateBars(named(others)),
          },
        ]
      : []),
    ...(tellCpu(others) && others.filter((row) => inFlightOf(row) === MIDDLE).length > 1
      ? [
          {
            title: 'CPU time of one operation, by what is asked',
            text: `With ${MIDDLE} in flight.`,
            plot: () => cpuBars(named(others.filter((row) => inFlightOf(row) === MIDDLE))),
          },
        ]
      : []),
    ...figureSections(rows),
  ];
}

/** @type {import('./plan.mjs').Report} */
export const workloads = {
  name: 'workloads',
  summary:
    'rest, puts, gets, open loops, large values and real data on Tangaroa, 4 nodes (the default)',
  title: 'Tangaroa under load',
  lead: ({ rows }) => {
    const puts = putsByLoad(rows);
    const best = puts.toSorted(
      (a, b) => (b.figures['perSecond']?.median ?? 0) - (a.figures['perSecond']?.median ?? 0),
    )[0];
    if (best === undefined) return 'What a cluster on one machine does.';
    const { subject, figures } = best;
    return `${subject.label} on one machine acknowledge up to ${formatFigure(figures['perSecond'])} puts each second, signed by their clients in requests of up to 256, synced by a quorum and confirmed by f+1 signed replies.`;
  },
  plan: (options) =>
    planRows(rowsOf(subjectsFor(options, SUBJECTS), workloadsFor(options)), options),
  sections: ({ rows }) => sections(rows),
};
