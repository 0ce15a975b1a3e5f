/** The project's own client library: signs what it sends, believes f+1 nodes. */
import { readFileSync } from 'node:fs';
import {
  nodeClientDeps,
  parseGenesis,
  readKeyFile,
  TangaroaClient,
} from '../../../dist/node/index.js';

/** @typedef {import('../../contract.mjs').DriverClient} DriverClient */
/** @typedef {import('../../contract.mjs').NodeCounts} NodeCounts */
/** @typedef {{ genesisFile: string, keyFiles: readonly string[] }} Target */

/** A node that is busy answers late, and its counters are wanted all the same. */
const COUNTS_MS = 5_000;

/** @param {import('../../../dist/node/index.js').Value | null} value */
const lengthOf = (value) => (value instanceof Uint8Array ? value.length : null);

/** @param {TangaroaClient} client @returns {DriverClient} */
function driverClient(client) {
  return {
    put: (key, value) => client.put(key, value),
    get: async (key) => lengthOf((await client.get(key)).value),
    getLocal: async (key) => lengthOf((await client.get(key, { consistency: 'local' })).value),
  };
}

/** @param {Readonly<Record<string, unknown>>} report one node's word @returns {NodeCounts} */
function countsOf(report) {
  const { core, applied, counters } =
    /** @type {{ core: { leader: string | null, term: number, backoff: number }, applied: { index: number }, counters: Record<string, number> }} */ (
      /** @type {unknown} */ (report)
    );
  const { leader, term, backoff } = core;
  return { leader, term, backoff, applied: applied.index, counters };
}

/** @param {Target} target @param {number} count at most as many as there are keys */
export function connect(target, count) {
  return connectWith(target, count, nodeClientDeps());
}

/**
 * As `connect`, with clients put together in a way of their own.
 *
 * @param {Target} target
 * @param {number} count
 * @param {import('../../../dist/node/index.js').ClientDeps} deps
 */
export async function connectWith({ genesisFile, keyFiles }, count, deps) {
  const parsed = parseGenesis(readFileSync(genesisFile, 'utf8'), deps.digest);
  if (!parsed.ok) throw new Error(`${genesisFile}: ${parsed.reason}`);
  const { genesis } = parsed;
  const keys = await Promise.all(
    keyFiles.slice(0, count).map((file) => readKeyFile(file, 'client')),
  );
  const clients = keys.map(({ secretKey }) => new TangaroaClient({ genesis, secretKey }, deps));
  const [first] = clients;
  if (first === undefined) throw new Error('no client key');
  const counts = async (timeoutMs = COUNTS_MS) => {
    const reports = await first.statusAll({ timeoutMs });
    return Object.fromEntries(
      reports.flatMap((one) => (one.ok ? [[one.node, countsOf(one.status.report)]] : [])),
    );
  };
  return {
    clients: clients.map(driverClient),
    counts,
    leader: async () => {
      const named = Object.values(await counts()).map(({ leader }) => leader);
      const majority = Math.floor(first.nodes.length / 2) + 1;
      return first.nodes.find((id) => named.filter((one) => one === id).length >= majority) ?? null;
    },
  };
}
