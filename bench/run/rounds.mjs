/**
 * Rounds: every row once in each, subject after subject, so that a machine that changes its speed changes every row
 * alike. Every other round goes backwards, so that what drifts within a round cancels. Every round of a subject finds
 * a new cluster in a new directory.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Load } from '../load/process.mjs';
import { measureYardsticks } from '../machine/yardsticks.mjs';
import { clientsOf } from '../workloads.mjs';

/** @typedef {import('../contract.mjs').Row} Row */
/** @typedef {import('../contract.mjs').Subject} Subject */
/** @typedef {import('../contract.mjs').Cluster} Cluster */
/** @typedef {import('../contract.mjs').Workload} Workload */
/** @typedef {import('../load/window.mjs').Measurement} Measurement */
/** @typedef {import('../machine/yardsticks.mjs').Yardsticks} Yardsticks */

/**
 * @typedef {object} RunContext
 * @property {AbortSignal} stop
 * @property {import('../cluster/children.mjs').Children} children
 * @property {string} directory on the disk that is measured
 * @property {() => boolean} isLate whether the time that was given is over
 * @property {(text: string) => void} say progress, for a person
 */

/** @typedef {{ rounds: number, seconds: number, warmUpSeconds: number }} Pace */
/** @typedef {{ clients: number, name: string } & import('../load/run.mjs').Preparation} Wish */
/** @typedef {{ where: string, round: number, message: string }} Failure */

/**
 * @typedef {object} Rounds
 * @property {Map<string, Measurement[]>} measured by row
 * @property {Yardsticks[]} yardsticks one of each round
 * @property {Failure[]} failures
 */

/** A new process takes longer to be warm than a new load does. */
const PREPARE_FACTOR = 2;

/** Rows by subject, in the order in which subjects come first. @param {readonly Row[]} rows */
export function bySubject(rows) {
  /** @type {Map<string, { subject: Subject, rows: Row[] }>} */
  const groups = new Map();
  for (const row of rows) {
    const group = groups.get(row.subject.id) ?? { subject: row.subject, rows: [] };
    group.rows.push(row);
    groups.set(row.subject.id, group);
  }
  return [...groups.values()];
}

/**
 * The cluster, with a load that is connected and prepared, for as long as `use` takes.
 *
 * @param {Subject} subject
 * @param {Wish} wish
 * @param {RunContext} context
 * @param {(cluster: Cluster, load: Load) => Promise<void>} use
 */
export async function withCluster(subject, { clients, name, ...preparation }, context, use) {
  const { children, stop } = context;
  const directory = join(context.directory, name);
  mkdirSync(directory);
  /** @type {Cluster | null} */
  let cluster = null;
  /** @type {Load | null} */
  let load = null;
  try {
    cluster = await subject.start(directory, subject.nodes, {
      stop,
      children,
      clientKeys: clients,
    });
    load = new Load(children, join(directory, 'load.log'));
    await load.connect(cluster, clients);
    await load.prepare(cluster, preparation);
    await use(cluster, load);
  } finally {
    await load?.end();
    await cluster?.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** @template T @param {readonly T[]} items @param {number} round from 1 */
export function inOrder(items, round) {
  return round % 2 === 1 ? items : items.toReversed();
}

/** @param {readonly Row[]} rows @param {Pace} pace @param {RunContext} context @returns {Promise<Rounds>} */
export async function runRounds(rows, pace, context) {
  /** @type {Rounds} */
  const result = { measured: new Map(), yardsticks: [], failures: [] };
  const groups = bySubject(rows);
  for (let round = 1; round <= pace.rounds && !context.isLate(); round++) {
    result.yardsticks.push(measureYardsticks(context.directory));
    for (const group of inOrder(groups, round)) {
      if (context.isLate()) break;
      await runSubject(group, { ...pace, round }, context, result);
    }
  }
  return result;
}

/** @param {Workload} workload */
const reads = ({ operation }) => ['get', 'get-local', 'mixed'].includes(operation);

/** @param {readonly Workload[]} workloads at least one @param {string} name @param {Pace} pace @returns {Wish} */
function wishFor(workloads, name, { warmUpSeconds }) {
  const reading = workloads.find(reads);
  return {
    name,
    clients: clientsOf(workloads),
    valueBytes: (reading ?? workloads[0])?.valueBytes ?? 0,
    readsFollow: reading !== undefined,
    seconds: PREPARE_FACTOR * warmUpSeconds,
  };
}

/**
 * Rows of one subject in one round. What fails is told beside the figures; the other subjects are measured still.
 *
 * @param {ReturnType<typeof bySubject>[number]} group
 * @param {Pace & { round: number }} pace
 * @param {RunContext} context
 * @param {Rounds} result
 */
async function runSubject({ subject, rows }, pace, context, result) {
  const { round, seconds, warmUpSeconds } = pace;
  const workloads = rows.map(({ workload }) => workload);
  const name = `round${round}-${subject.id.replaceAll(/[^a-z0-9]+/gu, '-')}`;
  const wish = wishFor(workloads, name, pace);
  let where = subject.label;
  try {
    await withCluster(subject, wish, context, async (cluster, load) => {
      for (const { id, workload } of inOrder(rows, round)) {
        if (context.isLate()) return;
        where = `${subject.label}: ${workload.label}`;
        context.say(`round ${round} of ${pace.rounds}: ${where} …`);
        const measurement = await load.measure(cluster, { workload, warmUpSeconds, seconds });
        result.measured.set(id, [...(result.measured.get(id) ?? []), measurement]);
      }
    });
  } catch (error) {
    context.stop.throwIfAborted();
    const message = error instanceof Error ? error.message : String(error);
    context.say(`${where}: ${message}`);
    result.failures.push({ where, round, message });
  }
}
