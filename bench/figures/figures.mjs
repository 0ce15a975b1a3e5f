/** What is told of each row, and how it follows from what was measured. */
import { spread } from './statistics.mjs';

/** @typedef {import('../load/window.mjs').Measurement} Measurement */
/** @typedef {import('./statistics.mjs').Figure} Figure */

/**
 * @typedef {object} FigureKind
 * @property {string} key
 * @property {string} title heading of a column
 * @property {string} meaning one line for a person
 * @property {'higher' | 'lower' | null} better null where it is neither
 * @property {(measurement: Measurement) => number | null} of null where this machine or system does not tell
 */

/** @param {Measurement} measurement @param {(process: Measurement['processes'][number]) => number | null} of */
function sumOfNodes({ processes }, of) {
  const nodes = processes.filter(({ role }) => role === 'node').map(of);
  if (nodes.length === 0 || nodes.includes(null)) return null;
  return nodes.reduce((/** @type {number} */ sum, value) => sum + (value ?? 0), 0);
}

/** @param {Measurement} measurement @param {(process: Measurement['processes'][number]) => number | null} of */
function worstOfNodes({ processes }, of) {
  const known = processes
    .filter(({ role }) => role === 'node')
    .map(of)
    .filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

/** @param {number | null} total @param {Measurement} measurement */
function perOperation(total, { operations }) {
  return total === null || operations === 0 ? null : total / operations;
}

/** @param {string} counter of the node's own */
function counted(counter) {
  return (/** @type {Measurement} */ measurement) =>
    perOperation(
      sumOfNodes(measurement, ({ counters }) => counters?.[counter] ?? null),
      measurement,
    );
}

/** @param {string} counter of the node's own @param {string} title @param {string} what @returns {FigureKind} */
function countedPerSecond(counter, title, what) {
  return {
    key: `${counter}PerSecond`,
    title,
    meaning: `${what} of all nodes together, per second`,
    better: 'lower',
    of: (measurement) => {
      const count = sumOfNodes(measurement, ({ counters }) => counters?.[counter] ?? null);
      return count === null ? null : count / measurement.seconds;
    },
  };
}

/** @param {Measurement} measurement */
function nodesCpu(measurement) {
  return perOperation(
    sumOfNodes(measurement, ({ cpuUs }) => cpuUs),
    measurement,
  );
}

/** @param {Measurement} measurement */
function loadCpuUs({ processes }) {
  return processes.find(({ role }) => role === 'load')?.cpuUs ?? null;
}

const MIB = 1024 * 1024;

/** @type {readonly FigureKind[]} */
export const FIGURES = [
  {
    key: 'perSecond',
    title: 'ops/s',
    meaning: 'operations acknowledged per second',
    better: 'higher',
    of: ({ operations, perSecond }) => (operations === 0 ? null : perSecond),
  },
  ...['p50', 'p90', 'p99', 'p999', 'max'].map((key) => ({
    key: `${key}Ms`,
    title: `${key.replace('p999', 'p99.9')} ms`,
    meaning: 'latency; of an open loop since the moment the operation was due',
    better: /** @type {const} */ ('lower'),
    of: (/** @type {Measurement} */ { latency }) =>
      latency?.[/** @type {'p50' | 'p90' | 'p99' | 'p999' | 'max'} */ (key)] ?? null,
  })),
  {
    key: 'cpuUs',
    title: 'CPU µs/op',
    meaning: 'user and system time of all nodes and the load generator, per operation',
    better: 'lower',
    of: (measurement) => {
      const [nodes, load] = [
        nodesCpu(measurement),
        perOperation(loadCpuUs(measurement), measurement),
      ];
      return nodes === null || load === null ? null : nodes + load;
    },
  },
  {
    key: 'nodesCpuUs',
    title: 'nodes',
    meaning: 'of it, all nodes together',
    better: 'lower',
    of: nodesCpu,
  },
  {
    key: 'loadCpuUs',
    title: 'load',
    meaning: 'of it, the load generator: client library and measuring',
    better: 'lower',
    of: (measurement) => perOperation(loadCpuUs(measurement), measurement),
  },
  {
    key: 'loadCores',
    title: 'load cores',
    meaning: 'cores that the load generator kept busy: near 1 it is the bottleneck',
    better: null,
    of: (measurement) => {
      const cpuUs = loadCpuUs(measurement);
      return cpuUs === null ? null : cpuUs / 1e6 / measurement.seconds;
    },
  },
  {
    key: 'writtenKib',
    title: 'KiB/op',
    meaning: 'bytes that all nodes handed to write calls, sockets and files together (wchar)',
    better: 'lower',
    of: (measurement) => {
      const bytes = sumOfNodes(measurement, ({ writtenBytes }) => writtenBytes);
      return perOperation(bytes === null ? null : bytes / 1024, measurement);
    },
  },
  {
    key: 'diskKib',
    title: 'disk KiB/op',
    meaning: 'of it, what reached the block layer (write_bytes)',
    better: 'lower',
    of: (measurement) => {
      const bytes = sumOfNodes(measurement, ({ diskBytes }) => diskBytes);
      return perOperation(bytes === null ? null : bytes / 1024, measurement);
    },
  },
  {
    key: 'syncs',
    title: 'syncs/op',
    meaning: 'synced writes of all nodes together, per operation',
    better: 'lower',
    of: counted('syncs'),
  },
  {
    key: 'framesOut',
    title: 'frames/op',
    meaning: 'frames that all nodes sent, per operation',
    better: 'lower',
    of: counted('framesOut'),
  },
  {
    key: 'verified',
    title: 'verified/op',
    meaning: 'messages whose signatures all nodes checked, per operation',
    better: 'lower',
    of: counted('verified'),
  },
  {
    key: 'nodesCores',
    title: 'cores',
    meaning: 'cores that all nodes together kept busy',
    better: 'lower',
    of: (measurement) => {
      const cpuUs = sumOfNodes(measurement, (one) => one.cpuUs);
      return cpuUs === null ? null : cpuUs / 1e6 / measurement.seconds;
    },
  },
  countedPerSecond('framesOut', 'frames/s', 'frames sent'),
  countedPerSecond('verified', 'verified/s', 'messages whose signatures were checked'),
  countedPerSecond('syncs', 'syncs/s', 'synced writes'),
  {
    key: 'rssMib',
    title: 'RSS MiB',
    meaning: 'memory of the largest node at the end (VmRSS)',
    better: 'lower',
    of: (measurement) => {
      const bytes = worstOfNodes(measurement, ({ rssBytes }) => rssBytes);
      return bytes === null ? null : bytes / MIB;
    },
  },
  {
    key: 'peakMib',
    title: 'peak MiB',
    meaning: 'memory of the largest node at its highest during the row (VmHWM)',
    better: 'lower',
    of: (measurement) => {
      const bytes = worstOfNodes(measurement, ({ peakBytes }) => peakBytes);
      return bytes === null ? null : bytes / MIB;
    },
  },
  {
    key: 'loopDelayMs',
    title: 'loop ms',
    meaning: "the longest that any node's event loop was late, warm-up of the row included",
    better: 'lower',
    of: (measurement) => worstOfNodes(measurement, ({ loopDelayMs }) => loopDelayMs),
  },
  {
    key: 'othersCores',
    title: 'others',
    meaning: 'cores that everything else on the machine kept busy: what disturbed the row',
    better: null,
    of: ({ othersCores }) => othersCores,
  },
  {
    key: 'stealCores',
    title: 'steal',
    meaning: 'cores that the hypervisor gave to others',
    better: null,
    of: ({ stealCores }) => stealCores,
  },
  {
    key: 'unanswered',
    title: 'unanswered',
    meaning:
      'of an open loop: operations that were due and not acknowledged when the time was over',
    better: 'lower',
    of: ({ open }) => open?.unanswered ?? null,
  },
  {
    key: 'latenessMs',
    title: 'late ms',
    meaning: "of an open loop: the 99th percentile of the generator's own lateness",
    better: null,
    of: ({ open }) => open?.latenessP99Ms ?? null,
  },
];

/** @param {string} key @returns {FigureKind} */
export function figureKind(key) {
  const kind = FIGURES.find((figure) => figure.key === key);
  if (kind === undefined) throw new Error(`there is no figure ${key}`);
  return kind;
}

/**
 * Every figure that each of the rounds tells.
 *
 * @param {readonly Measurement[]} rounds at least one
 * @returns {Record<string, Figure>}
 */
export function figuresOf(rounds) {
  /** @type {Record<string, Figure>} */
  const figures = {};
  for (const { key, of } of FIGURES) {
    const values = rounds.map(of).filter((value) => value !== null);
    if (values.length === rounds.length) figures[key] = spread(values);
  }
  return figures;
}
