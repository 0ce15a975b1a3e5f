/**
 * etcd's v3 API over gRPC, every connection to the leader, as etcd's own benchmark does it with `--target-leader`:
 * the shortest way. No Node library for it is needed, and none slows it down.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { bytesField, bytesOf, numberOf, trueField } from './protobuf.mjs';
import { openChannel } from './grpc.mjs';

/** @typedef {import('../../contract.mjs').DriverClient} DriverClient */
/** @typedef {import('./grpc.mjs').Channel} Channel */
/** @typedef {{ name: string, url: string }} Endpoint */

const PUT = '/etcdserverpb.KV/Put';
const RANGE = '/etcdserverpb.KV/Range';
const STATUS = '/etcdserverpb.Maintenance/Status';
const SERIALIZABLE = 7;
const START_MS = 30_000;
const POLL_MS = 100;
/** Both are synced writes: of the log, and of the database behind it. */
const SYNC_METRICS = [
  'etcd_disk_wal_fsync_duration_seconds_count',
  'etcd_disk_backend_commit_duration_seconds_count',
];

const text = new TextEncoder();

/** @param {Channel} channel @returns {DriverClient} */
function driverClient(channel) {
  /** @param {string} key @param {readonly Uint8Array[]} options */
  const range = async (key, options) => {
    const answer = await channel.call(RANGE, [...bytesField(1, text.encode(key)), ...options]);
    const item = bytesOf(answer, 2);
    return item === null ? null : (bytesOf(item, 5)?.length ?? 0);
  };
  return {
    put: (key, value) =>
      channel.call(PUT, [...bytesField(1, text.encode(key)), ...bytesField(2, value)]),
    get: (key) => range(key, []),
    getLocal: (key) => range(key, [trueField(SERIALIZABLE)]),
  };
}

/** @param {string} url @returns {Promise<number>} */
async function syncsOf(url) {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return SYNC_METRICS.reduce((sum, name) => {
    const found = new RegExp(`^${name} (\\S+)$`, 'mu').exec(metrics);
    return sum + Number(found?.[1] ?? NaN);
  }, 0);
}

/** @typedef {{ endpoint: Endpoint, member: bigint, leader: bigint, term: number, applied: number }} Standing */

/** @param {Endpoint} endpoint @param {Channel} channel @returns {Promise<Standing>} */
async function statusOf(endpoint, channel) {
  const answer = await channel.call(STATUS, []);
  return {
    endpoint,
    member: numberOf(bytesOf(answer, 1) ?? new Uint8Array(), 2),
    leader: numberOf(answer, 4),
    term: Number(numberOf(answer, 6)),
    applied: Number(numberOf(answer, 7)),
  };
}

/** @param {readonly Standing[]} standings @returns {Endpoint | null} */
function leaderAmong(standings) {
  const leader = standings.find(({ member, leader: named }) => named !== 0n && named === member);
  return leader?.endpoint ?? null;
}

/** Tries until the process listens. @param {string} url */
async function patientChannel(url) {
  const untilMs = performance.now() + START_MS;
  for (;;) {
    try {
      return await openChannel(url);
    } catch (error) {
      if (performance.now() > untilMs) throw error;
      await sleep(POLL_MS);
    }
  }
}

/** @param {{ endpoints: readonly Endpoint[] }} target @param {number} count connections */
export async function connect({ endpoints }, count) {
  const watchers = await Promise.all(
    endpoints.map(async (endpoint) => ({ endpoint, channel: await patientChannel(endpoint.url) })),
  );
  const standings = () =>
    Promise.all(watchers.map(({ endpoint, channel }) => statusOf(endpoint, channel)));
  const leaderNow = async () => leaderAmong(await standings());

  const untilMs = performance.now() + START_MS;
  let leader = await leaderNow();
  while (leader === null && performance.now() < untilMs) {
    await sleep(POLL_MS);
    leader = await leaderNow();
  }
  if (leader === null) throw new Error('etcd has no leader');
  const { url } = leader;
  const channels = await Promise.all(Array.from({ length: count }, () => openChannel(url)));
  return {
    clients: channels.map(driverClient),
    counts: async () => {
      const all = await standings();
      const leads = leaderAmong(all)?.name ?? null;
      const counts = all.map(async ({ endpoint, term, applied }) => {
        const counters = { syncs: await syncsOf(endpoint.url) };
        const one = { leader: leads, term, backoff: 0, applied, counters };
        return /** @type {const} */ ([endpoint.name, one]);
      });
      return Object.fromEntries(await Promise.all(counts));
    },
    leader: async () => (await leaderNow())?.name ?? null,
  };
}
