/** Kills of leaders, spread over rounds: every subject in turn, in each round a new cluster. */
import { withCluster } from './rounds.mjs';

/** @typedef {import('../contract.mjs').Subject} Subject */
/** @typedef {import('./result.mjs').Findings} Findings */
/** @typedef {import('./result.mjs').Kill} Kill */
/** @typedef {{ rounds: number, kills: number, valueBytes: number }} KillPlan */

const WISH = { clients: 1, readsFollow: false, seconds: 1 };
/** A steady, small load: enough for one to be under way at any time. */
const IN_FLIGHT = 8;
const CALM_MS = 500;
/** Kills fall at different moments between two heartbeats: steps of the golden ratio spread them evenly. */
const SPREAD_MS = 200;
const GOLDEN = 0.618_033_988_75;

/** @param {number} at number of the kill @returns {number} milliseconds of load before it */
export function killAfterMs(at) {
  return CALM_MS + SPREAD_MS * ((at * GOLDEN) % 1);
}

/** How many of all fall into each round. @param {number} kills @param {number} rounds @returns {number[]} */
export function sharesOf(kills, rounds) {
  return Array.from(
    { length: rounds },
    (_, at) => Math.floor((kills * (at + 1)) / rounds) - Math.floor((kills * at) / rounds),
  );
}

/**
 * @param {import('../contract.mjs').Cluster} cluster
 * @param {import('../load/process.mjs').Load} load
 * @param {{ valueBytes: number, at: number }} options
 * @returns {Promise<Kill>}
 */
async function killOnce(cluster, load, { valueBytes, at }) {
  cluster.expectKill();
  const task = { inFlight: IN_FLIGHT, valueBytes, afterMs: killAfterMs(at) };
  const { node, outageMs } = await load.kill(cluster, task);
  await cluster.restart(node);
  return { node, outageMs, catchUpMs: await load.caughtUp(cluster, node) };
}

/** @param {readonly Subject[]} subjects @param {KillPlan} plan @param {import('./rounds.mjs').RunContext} context @returns {Promise<Findings>} */
export async function runKills(subjects, { rounds, kills, valueBytes }, context) {
  /** @type {Map<string, Kill[]>} */
  const measured = new Map(subjects.map(({ id }) => [id, []]));
  /** @type {import('./rounds.mjs').Failure[]} */
  const failures = [];
  for (const [index, share] of sharesOf(kills, rounds).entries()) {
    for (const subject of subjects) {
      const mine = measured.get(subject.id) ?? [];
      const name = `kills${index}-${subject.id.replaceAll(/[^a-z0-9]+/gu, '-')}`;
      if (share === 0 || context.isLate()) continue;
      try {
        await withCluster(
          subject,
          { ...WISH, valueBytes, name },
          context,
          async (cluster, load) => {
            for (let count = 0; count < share && !context.isLate(); count++) {
              const kill = await killOnce(cluster, load, { valueBytes, at: mine.length });
              mine.push(kill);
              context.say(
                `${subject.label}: kill ${mine.length} of ${kills}: ${kill.node}, ${Math.round(kill.outageMs)} ms`,
              );
            }
          },
        );
      } catch (error) {
        context.stop.throwIfAborted();
        const message = error instanceof Error ? error.message : String(error);
        context.say(`${subject.label}: ${message}`);
        failures.push({ where: subject.label, round: index + 1, message });
      }
    }
  }
  const outages = subjects.flatMap(({ id, label, nodes }) => {
    const of = measured.get(id) ?? [];
    return of.length === 0 ? [] : [{ subject: { id, label, nodes }, kills: of }];
  });
  return { rows: [], outages, failures, yardsticks: null, notes: [] };
}
