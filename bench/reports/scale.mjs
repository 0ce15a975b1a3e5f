/** How it grows: more nodes, more traitors tolerated, more messages. */
import { lineChart } from '../html/line-chart.mjs';
import { formatFigure, formatTick } from '../text/format.mjs';
import { AT_REST, closed } from '../workloads.mjs';
import { planRows, rowsOf, subjectsFor, VALUE_BYTES } from './plan.mjs';
import { inFlightOf, pointsOf, ticksOf } from './plots.mjs';
import { figureSections } from './sections.mjs';

/** @typedef {import('../run/result.mjs').MeasuredRow} MeasuredRow */

const SUBJECTS = ['tangaroa:4', 'tangaroa:7', 'tangaroa:10', 'tangaroa:13'];
const QUICK_SUBJECTS = ['tangaroa:4', 'tangaroa:7'];
const IN_FLIGHT = [1, 64, 256];

/** @param {MeasuredRow} row */
const nodesOf = ({ subject }) => subject.nodes;

/** @param {readonly MeasuredRow[]} rows @param {string} key @param {string} title @param {boolean} log */
function byNodes(rows, key, title, log) {
  return lineChart({
    title: `${title} by nodes`,
    x: { title: 'nodes', log: true, ticks: ticksOf(rows, nodesOf) },
    y: { title, log },
    series: ticksOf(rows, inFlightOf).map((inFlight, color) => ({
      name: `${formatTick(inFlight)} in flight`,
      color,
      points: pointsOf(
        rows.filter((row) => inFlightOf(row) === inFlight),
        nodesOf,
        key,
      ),
    })),
  });
}

/** @param {readonly MeasuredRow[]} all @returns {import('./sections.mjs').Section[]} */
function restPlots(all) {
  const rows = all.filter(({ workload }) => workload.id === AT_REST.id);
  const points = pointsOf(rows, nodesOf, 'nodesCores');
  if (points.length < 2) return [];
  return [
    {
      title: 'Cores that a cluster at rest keeps busy, by nodes',
      text: 'Heartbeats and what they prove, with nobody asking for anything.',
      plot: () =>
        lineChart({
          title: 'cores at rest by nodes',
          x: { title: 'nodes', log: true, ticks: ticksOf(rows, nodesOf) },
          y: { title: 'cores, all nodes together' },
          series: [{ name: 'at rest', color: 0, points }],
        }),
    },
  ];
}

const PLOTS = /** @type {const} */ ([
  ['perSecond', 'Puts per second, by nodes', 'puts per second', false],
  ['p50Ms', 'How long a put takes, by nodes', 'latency, median, ms', true],
  ['cpuUs', 'CPU time of one put on all nodes, by nodes', 'CPU, µs per put', true],
  ['framesOut', 'Messages of one put, by nodes', 'frames sent per put', true],
  ['rssMib', 'Memory of a node, by nodes', 'RSS, MiB', false],
]);

/** @type {import('./plan.mjs').Report} */
export const scale = {
  name: 'scale',
  summary: 'Tangaroa with 4, 7, 10 and 13 nodes',
  title: 'Tangaroa from 4 to 13 nodes',
  lead: ({ rows }) => {
    const most = rows.filter((row) => inFlightOf(row) === Math.max(...ticksOf(rows, inFlightOf)));
    const told = most.map(
      ({ subject, figures }) => `${formatFigure(figures['perSecond'])} with ${subject.nodes} nodes`,
    );
    if (told.length === 0) return 'All nodes share one machine.';
    return `Puts each second, ${most[0]?.workload.label ?? ''}: ${told.join(', ')}. All nodes share one machine, so that each further node also takes its part of the same cores.`;
  },
  plan: (options) => {
    const subjects = subjectsFor(options, options.quick ? QUICK_SUBJECTS : SUBJECTS);
    const bytes = options.valueBytes ?? VALUE_BYTES;
    const loads = (options.inFlight ?? IN_FLIGHT).map((inFlight) => closed('put', inFlight, bytes));
    return planRows(rowsOf(subjects, [AT_REST, ...loads]), options);
  },
  sections: ({ rows }) => {
    const drawn = PLOTS.filter(([key]) => rows.some(({ figures }) => figures[key] !== undefined));
    const plots =
      new Set(rows.map(nodesOf)).size < 2
        ? []
        : drawn.map(([key, title, unit, log]) => ({
            title,
            plot: () => byNodes(rows, key, unit, log),
          }));
    return [...plots, ...restPlots(rows), ...figureSections(rows)];
  },
};
