/** Floods by a client whose key was stolen: all that a writer may ask for, as much of it as there is room (L2, S4). */
import { utf8 } from '../../../../src/base/bytes.ts';
import { limits } from '../../../../src/base/limits.ts';
import type { Command, Operation } from '../../../../src/machine/command.ts';
import { encodeQuery } from '../../../../src/machine/query.ts';
import type { OutsiderAttack, Outside } from '../../attack.ts';
import { Mallory } from '../../rogue/flood-client.ts';
import { Links } from '../../rogue/flood-links.ts';
import { newcomers, paced, rest } from '../../rogue/flood.ts';
import { honestTargets } from '../../rogue/link-knock.ts';
import type { RawLink } from '../../rogue/link.ts';

const BOTH = ['tangaroa', 'raft'] as const;

/** Between two windows of requests: who has a network sends no faster than answers come. */
const WINDOW_MS = 50;
const READS_PER_SECOND = 400;

/** One window after another, to all nodes. */
async function windows(
  outside: Outside,
  count: number,
  each: (number: bigint) => readonly Command[],
): Promise<void> {
  const mallory = new Mallory(outside);
  await using links = new Links(honestTargets(outside), (to) => mallory.link(to), outside);
  while (!outside.stop.aborted) {
    await mallory.window(await links.all(), count, each);
    await rest(outside.stop, WINDOW_MS);
  }
}

function put(key: string, bytes: number): Command {
  return { type: 'put', key: utf8(key), value: new Uint8Array(bytes).fill(0x6d) };
}

const requests: OutsiderAttack = {
  name: 'client-flood',
  group: 'exhaustion',
  tries: 'sends as many requests as its window allows, a signature each, every one to all nodes',
  holds:
    'a session has a window (C2: sessionWindow), voters keep a share for each other (S4), and a node without time serves who takes more than others later (L2: turnLateMs, clientWorkPercent)',
  by: 'outsider',
  protocols: BOTH,
  hasMembers: false,
  act: (outside) =>
    windows(outside, limits.sessionWindow, (number) => [put(`mallory/${number % 1_000n}`, 200)]),
};

/** One megabyte each; what they come to lies in every log. */
const HUGE_AT_ONCE = 4;

const hugeValues: OutsiderAttack = {
  name: 'huge-values',
  group: 'exhaustion',
  tries: 'writes the largest values that there may be, four at a time, to all nodes',
  holds:
    'frames, batches and queues count bytes (valueBytesMax, requestBytesMax, batchBytesMax, drainBytesMax), each byte counts for its client (L2: clientWorkPercent), and capacity is shared among clients (S4)',
  by: 'outsider',
  protocols: BOTH,
  hasMembers: false,
  act: (outside) =>
    windows(outside, HUGE_AT_ONCE, (number) => [
      put(`mallory/huge/${number % 8n}`, limits.valueBytesMax),
    ]),
};

/** As many operations as one request may run. */
function mostOperations(): readonly Command[] {
  const operations = limits.operationsPerTransactionMax;
  const get = (at: number): Operation => ({ type: 'get', key: utf8(`mallory/${at}`) });
  const increment = (at: number): Operation => ({
    type: 'increment',
    key: utf8(`mallory/count/${at}`),
    by: 1n,
  });
  const count = Math.floor(limits.operationsPerRequestMax / (2 * operations));
  return Array.from({ length: count }, () => ({
    type: 'transaction',
    compares: Array.from({ length: operations }, (_, at) => ({
      type: 'exists',
      key: utf8(`mallory/none/${at}`),
      exists: false,
    })),
    then: Array.from({ length: operations }, (_, at) => (at % 2 === 0 ? get(at) : increment(at))),
    else: [],
  }));
}

const WIDE_SCAN: Command = {
  type: 'scan',
  start: new Uint8Array(0),
  end: null,
  limit: limits.scanLimitMax,
};

const expensive: OutsiderAttack = {
  name: 'dear-requests',
  group: 'exhaustion',
  tries:
    'orders the dearest requests that there are: transactions of 1,024 operations, and scans of everything',
  holds:
    'a request and an entry have a budget of operations, reads and answered bytes (operationsPerRequestMax, entryReadsMax, entryResultBytesMax, scanLimitMax), and each operation counts for its client (L2: clientWorkPercent)',
  by: 'outsider',
  protocols: BOTH,
  hasMembers: false,
  act: (outside) =>
    windows(outside, 4, (number) => (number % 3n === 0n ? [WIDE_SCAN] : mostOperations())),
};

const STATUS = Uint8Array.of(0xff);
const EVIDENCE = Uint8Array.of(0xfe, ...new Uint8Array(32));
const QUERIES: readonly Uint8Array[] = [
  encodeQuery({ type: 'scan', start: new Uint8Array(0), end: null, limit: limits.scanLimitMax }),
  encodeQuery({ type: 'state' }),
  encodeQuery({ type: 'session' }),
  STATUS,
  EVIDENCE,
];

/** Reads at a rate, from all nodes in turn, of each kind in turn. */
async function readFlood(
  outside: Outside,
  queries: readonly Uint8Array[],
  heard: (link: RawLink) => void,
): Promise<void> {
  const mallory = new Mallory(outside);
  const targets = honestTargets(outside);
  const make = async (to: (typeof targets)[number]): Promise<RawLink | null> => {
    const link = await mallory.link(to);
    if (link !== null) heard(link);
    return link;
  };
  await using links = new Links(targets, make, outside);
  const pace = { perSecond: READS_PER_SECOND, atOnce: 64 };
  await paced(outside.stop, pace, async (number) => {
    const query = queries[number % queries.length] as Uint8Array;
    for (const link of await links.all()) link.send(mallory.read(query));
    outside.did('reads sent', targets.length);
  });
}

const reads: OutsiderAttack = {
  name: 'read-flood',
  group: 'exhaustion',
  tries: `asks every node ${READS_PER_SECOND} times a second: scans of everything, status, evidence, session`,
  holds:
    'reads of one client and of all are bounded (L2: readsPerClientMax, readsAtOnceMax), what they cost counts for the client (clientWorkPercent), and peers go first',
  by: 'outsider',
  protocols: BOTH,
  hasMembers: false,
  act: async (outside) => {
    const flood = readFlood(outside, QUERIES, (link) => link.listen(() => outside.did('answers')));
    await Promise.all([flood, newcomers(outside)]);
  },
};

const deaf: OutsiderAttack = {
  name: 'deaf-client',
  group: 'exhaustion',
  tries:
    'asks for answers of a megabyte from as many connections as it may have, and never reads one',
  holds:
    'an answer counts for its client once for each connection (L2: clientWorkPercent), what is queued is bounded for each and for all, and an end that takes nothing is given up (clientQueueBytesMax, clientQueuesBytesMax, linkStuckMs)',
  by: 'outsider',
  protocols: BOTH,
  hasMembers: false,
  act: async (outside) => {
    const mallory = new Mallory(outside);
    const targets = honestTargets(outside);
    await using writing = new Links(targets, (to) => mallory.link(to), outside);
    await mallory.window(await writing.all(), 1, () => [
      put('mallory/huge/0', limits.valueBytesMax),
    ]);
    const links: RawLink[] = [];
    try {
      for (const target of targets)
        for (let at = 0; at < limits.connectionsPerClientMax; at++) {
          const link = await mallory.link(target);
          link?.socket.pause();
          if (link !== null) links.push(link);
        }
      outside.did('connections that never read', links.length);
      const query = encodeQuery({ type: 'get', key: utf8('mallory/huge/0') });
      const pace = { perSecond: READS_PER_SECOND, atOnce: 64 };
      await paced(outside.stop, pace, (number) => {
        links[number % links.length]?.send(mallory.read(query));
        outside.did('reads whose answers nobody takes');
        return Promise.resolve();
      });
    } finally {
      await Promise.all(links.map((link) => link.close()));
    }
  },
};

export const CLIENTS: readonly OutsiderAttack[] = [requests, hugeValues, expensive, reads, deaf];
