/** How long writes stop when the leader is killed. */
import { histogramChart } from '../html/histogram-chart.mjs';
import { lineChart } from '../html/line-chart.mjs';
import { percentile } from '../figures/statistics.mjs';
import { runKills } from '../run/kills.mjs';
import { formatNumber } from '../text/format.mjs';
import { paceOf, subjectsFor, VALUE_BYTES } from './plan.mjs';

/** @typedef {import('../run/result.mjs').Outages} Outages */

const SUBJECTS = ['raft:3', 'tangaroa:4'];
const QUICK_SUBJECTS = ['tangaroa:4'];
const KILLS = 30;
const QUICK_KILLS = 6;
const PERCENTS = [10, 50, 90, 100];

/** @param {Outages} outages @returns {number[]} ascending */
function sorted({ kills }) {
  return kills.map(({ outageMs }) => outageMs).sort((a, b) => a - b);
}

/** @param {readonly Outages[]} measured @returns {import('../text/table.mjs').Table} */
function table(measured) {
  return {
    columns: [
      { title: '', left: true },
      { title: 'kills' },
      { title: 'shortest ms' },
      ...PERCENTS.map((percent) => ({ title: percent === 100 ? 'longest ms' : `p${percent} ms` })),
      { title: 'caught up after, p50 ms' },
    ],
    rows: measured.map((one) => {
      const outages = sorted(one);
      const catchUps = one.kills.map(({ catchUpMs }) => catchUpMs).sort((a, b) => a - b);
      return [
        one.subject.label,
        String(outages.length),
        formatNumber(outages[0] ?? 0),
        ...PERCENTS.map((percent) => formatNumber(percentile(outages, percent))),
        formatNumber(percentile(catchUps, 50)),
      ];
    }),
  };
}

/** Steps: after each outage that was measured, one more of all is over. @param {readonly Outages[]} measured */
function distributionPlot(measured) {
  return lineChart({
    title: 'share of outages that were over within a time',
    x: { title: 'ms from the kill to the next acknowledged put' },
    y: { title: '% over', max: 100 },
    dots: false,
    series: measured.map((one, color) => {
      const outages = sorted(one);
      const share = (/** @type {number} */ count) => (100 * count) / outages.length;
      return {
        name: one.subject.label,
        color,
        points: outages.flatMap((ms, at) => [
          { x: ms, y: share(at) },
          { x: ms, y: share(at + 1) },
        ]),
      };
    }),
  });
}

/** @type {import('./plan.mjs').Report} */
export const failover = {
  name: 'failover',
  summary: 'from the kill of the leader to the next acknowledged put, 30 times',
  title: 'When the leader is killed',
  lead: ({ outages }) => {
    const told = outages.map((one) => {
      const values = sorted(one);
      return `${one.subject.label}: half of ${values.length} outages were over within ${formatNumber(percentile(values, 50))} ms, the longest took ${formatNumber(percentile(values, 100))} ms`;
    });
    return told.length === 0 ? 'No outage was measured.' : `${told.join('. ')}.`;
  },
  plan: (options) => {
    const pace = paceOf(options);
    const kills = options.kills ?? (options.quick ? QUICK_KILLS : KILLS);
    const subjects = subjectsFor(options, options.quick ? QUICK_SUBJECTS : SUBJECTS);
    const valueBytes = options.valueBytes ?? VALUE_BYTES;
    const foreign = subjects.find(({ id }) => id.startsWith('etcd'));
    if (foreign !== undefined)
      throw new RangeError(`${foreign.id}: its load goes to one node and ends with it`);
    return {
      pace,
      measure: (context) => runKills(subjects, { rounds: pace.rounds, kills, valueBytes }, context),
    };
  },
  sections: ({ outages }) =>
    outages.length === 0
      ? []
      : [
          {
            title: 'How often an outage took how long',
            text: 'SIGKILL to the leader, at a moment that differs from kill to kill, under a steady load of puts; the clock stops when a put that was asked for after the kill is acknowledged. Then the node is started again, and has to catch up before the next kill, which waits until timeouts that the change of leader doubled are back at their base. Default timeouts.',
            plot: () =>
              histogramChart({
                title: 'outages by duration',
                xTitle: 'ms from the kill to the next acknowledged put',
                samples: outages.map((one, color) => ({
                  name: one.subject.label,
                  color,
                  values: sorted(one),
                })),
              }),
          },
          {
            title: 'Share of outages over within a time',
            plot: () => distributionPlot(outages),
          },
          { title: 'Outages', table: table(outages) },
        ],
};
