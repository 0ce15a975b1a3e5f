/** What tolerating traitors costs: plain Raft beside Tangaroa, everything else equal. */
import { formatRatio } from '../text/format.mjs';
import { closed } from '../workloads.mjs';
import { planRows, rowsOf, subjectsFor, VALUE_BYTES } from './plan.mjs';
import { latencyPlot, subjectsOf, tellCpu, throughputPlot } from './plots.mjs';
import { bundleText, groupedBars, ratioOf, ratiosText, ratioTable } from './ratios.mjs';
import { figureSections } from './sections.mjs';

/** @typedef {import('../run/result.mjs').MeasuredRow} MeasuredRow */
/** @typedef {import('./ratios.mjs').Pair} Pair */

const SUBJECTS = ['raft:3', 'raft:4', 'tangaroa:4', 'raft:5', 'raft:7', 'tangaroa:7'];
const QUICK_SUBJECTS = ['raft:3', 'tangaroa:4'];
const IN_FLIGHT = [1, 64, 256];

/**
 * The same number of faults tolerated, and the same number of nodes: n = 3f+1 Byzantine beside 2f+1 and 3f+1 crashed.
 *
 * @type {readonly Pair[]}
 */
const PAIRS = [
  { base: 'raft:3', other: 'tangaroa:4' },
  { base: 'raft:4', other: 'tangaroa:4' },
  { base: 'raft:5', other: 'tangaroa:7' },
  { base: 'raft:7', other: 'tangaroa:7' },
];

/** The pairs that were measured; of other subjects, each beside the first. @param {readonly MeasuredRow[]} rows @returns {readonly Pair[]} */
export function pairsOf(rows) {
  const ids = subjectsOf(rows).map(({ id }) => id);
  const known = PAIRS.filter(({ base, other }) => ids.includes(base) && ids.includes(other));
  if (known.length > 0) return known;
  const [base = '', ...others] = ids;
  return others.map((other) => ({ base, other }));
}

/**
 * Subjects that belong on one plot: what tolerates as many traitors, with what it stands beside.
 *
 * @param {readonly MeasuredRow[]} rows
 * @returns {{ name: string, rows: readonly MeasuredRow[] }[]}
 */
function comparisons(rows) {
  const pairs = pairsOf(rows);
  const others = [...new Set(pairs.map(({ other }) => other))];
  if (pairs.length === 0 || !PAIRS.includes(/** @type {Pair} */ (pairs[0])))
    return [{ name: '', rows }];
  return others.map((other) => {
    const bases = pairs.filter((pair) => pair.other === other).map(({ base }) => base);
    const of = rows.filter(({ subject }) => subject.id === other || bases.includes(subject.id));
    const nodes = of.find(({ subject }) => subject.id === other)?.subject.nodes ?? 0;
    const faults = Math.floor((nodes - 1) / 3);
    return {
      name: faults === 1 ? 'one fault tolerated: ' : `${faults} faults tolerated: `,
      rows: of,
    };
  });
}

/** @param {string} name @param {string} title */
const titled = (name, title) => `${name}${title}`.replace(/^./u, (first) => first.toUpperCase());

/** @param {{ name: string, rows: readonly MeasuredRow[] }} comparison @returns {import('./sections.mjs').Section[]} */
function plotsOf({ name, rows }) {
  const cpu = {
    title: titled(name, 'CPU time of one put, by how many are in flight'),
    text: 'User and system time of all nodes and the client together. Each group to a scale of its own.',
    plot: () => groupedBars(rows, 'cpuUs', 'CPU, µs per put'),
  };
  return [
    {
      title: titled(name, 'puts per second, by how many are in flight'),
      plot: () => throughputPlot(rows),
    },
    {
      title: titled(name, 'how long a put takes, by how many are in flight'),
      text: 'The median; of two subjects also, dotted, the 99th percentile.',
      plot: () => latencyPlot(rows),
    },
    ...(tellCpu(rows) ? [cpu] : []),
  ];
}

/** @param {readonly MeasuredRow[]} rows @returns {import('./sections.mjs').Section[]} */
function sections(rows) {
  if (rows.length === 0) return [];
  const pairs = pairsOf(rows);
  return [
    ...comparisons(rows).flatMap(plotsOf),
    ...(pairs.length === 0
      ? []
      : [
          {
            title: 'One beside the other',
            text: `${ratiosText(rows)} ${bundleText(rows)}`,
            table: ratioTable(rows, pairs),
          },
        ]),
    ...figureSections(rows),
  ];
}

/** @type {import('./plan.mjs').Report} */
export const overhead = {
  name: 'overhead',
  summary:
    'plain Raft (3, 4, 5, 7 nodes) beside Tangaroa (4, 7 nodes): what tolerating traitors costs',
  title: 'What tolerating traitors costs',
  lead: ({ rows }) => {
    const [pair] = pairsOf(rows);
    const [base, other] = [pair?.base, pair?.other].map((id) =>
      rows.findLast(({ subject }) => subject.id === id),
    );
    const [rate, cpu] = ['perSecond', 'cpuUs'].map((key) => ratioOf(base, other, key));
    if (base === undefined || other === undefined || rate === undefined || rate === null)
      return 'The same host, disk, links and client library, two protocols.';
    const price = cpu === undefined || cpu === null ? '' : `CPU of one put ${formatRatio(cpu)}, `;
    return `${other.subject.label}, beside ${base.subject.label}, ${other.workload.label}: ${price}puts per second ${formatRatio(rate)}.`;
  },
  plan: (options) => {
    const subjects = subjectsFor(options, options.quick ? QUICK_SUBJECTS : SUBJECTS);
    const bytes = options.valueBytes ?? VALUE_BYTES;
    const loads = (options.inFlight ?? IN_FLIGHT).map((inFlight) => closed('put', inFlight, bytes));
    return planRows(rowsOf(subjects, loads), options);
  },
  sections: ({ rows }) => sections(rows),
};
