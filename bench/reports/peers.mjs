/** Beside a system that many know: etcd on the same machine, in the same run. */
import { etcdVersion } from '../cluster/etcd.mjs';
import { closed } from '../workloads.mjs';
import { planRows, rowsOf, subjectsFor, VALUE_BYTES } from './plan.mjs';
import { latencyPlot, throughputPlot } from './plots.mjs';
import { pairsOf } from './overhead.mjs';
import { groupedBars, ratiosText, ratioTable } from './ratios.mjs';
import { figureSections } from './sections.mjs';

const SUBJECTS = ['etcd:3', 'tangaroa:4'];
const IN_FLIGHT = [1, 16, 64, 256, 1_000];
const HOW =
  'etcd is not on this machine, so nothing was measured. On Debian and Ubuntu: apt-get install etcd-server';

/** @type {import('./plan.mjs').Report} */
export const peers = {
  name: 'peers',
  summary: 'etcd, 3 nodes, beside Tangaroa, 4 nodes (needs etcd on the machine)',
  title: 'Beside etcd',
  lead: () =>
    'The same puts, the same numbers in flight, the same disk. etcd tolerates one crashed node of three and checks no signatures; Tangaroa tolerates one traitor of four, and its client believes no single node. Tangaroa’s client signs what waits together as one request, up to 256 puts; each put is a call of its own to etcd, which is driven over gRPC, every connection to its leader, by a generator that takes as little CPU as Tangaroa’s own client.',
  plan: (options) => {
    if (etcdVersion() === null) return { unavailable: HOW };
    const bytes = options.valueBytes ?? VALUE_BYTES;
    const loads = (options.inFlight ?? IN_FLIGHT).map((inFlight) => closed('put', inFlight, bytes));
    return planRows(rowsOf(subjectsFor(options, SUBJECTS), loads), options);
  },
  sections: ({ rows }) => {
    if (rows.length === 0) return [];
    const pairs = pairsOf(rows);
    return [
      { title: 'Puts per second, by how many are in flight', plot: () => throughputPlot(rows) },
      { title: 'How long a put takes, by how many are in flight', plot: () => latencyPlot(rows) },
      ...(rows.some(({ figures }) => figures['nodesCpuUs'] !== undefined)
        ? [
            {
              title: 'CPU time of one put on all nodes, by how many are in flight',
              text: 'Without the load generator, which is another program for each. Each group to a scale of its own.',
              plot: () => groupedBars(rows, 'nodesCpuUs', 'CPU of all nodes, µs per put'),
            },
          ]
        : []),
      ...(pairs.length === 0
        ? []
        : [
            {
              title: 'One beside the other',
              text: ratiosText(rows),
              table: ratioTable(rows, pairs),
            },
          ]),
      ...figureSections(rows),
    ];
  },
};
