import { describe, expect, test } from 'vitest';
import { fromUtf8, utf8 } from '../../src/base/bytes.ts';
import { limits } from '../../src/base/limits.ts';
import type { EvidenceId } from '../../src/consensus/model/evidence.ts';
import { evidenceId, subjectOf } from '../../src/consensus/model/evidence.ts';
import type { ClientId } from '../../src/consensus/model/ids.ts';
import type { NodeToClientMessage } from '../../src/consensus/model/message.ts';
import type { HostStatus } from '../../src/host/status.ts';
import { encodeClientMessage } from '../../src/wire/client.ts';
import {
  decodeEvidenceAnswer,
  encodeEvidenceAnswer,
  encodeEvidenceQuery,
} from '../../src/wire/evidence.ts';
import { contradict } from '../true-evidence.ts';
import { chainOf, requestOf } from '../fixtures-crypto.ts';
import { after, only, readOf, requestFrame } from './client-frames.ts';
import { alice, bob, cluster, fourth, Rig, settle } from './harness.ts';

const nonceOf = (i: number): string => i.toString(16).padStart(32, '0');

/** How many reads are answered in each turn, until none waits. */
async function repliesPerTurn(rig: Rig): Promise<number[]> {
  const counts: number[] = [];
  for (let before = 0; rig.clock.deferred.length > 0;) {
    rig.clock.deferred.shift()!();
    await settle();
    const { length } = rig.links.toClients.filter(({ message }) => message.kind === 'read-reply');
    if (length > before) counts.push(length - before);
    before = length;
  }
  return counts;
}

/** A node without time, of which bob wants something all the while. */
async function wantedRig(): Promise<Rig> {
  const rig = new Rig();
  const { query } = rig.machine;
  rig.machine.query = () => new Promise(() => undefined);
  await after(encodeClientMessage(readOf(utf8('scan'), nonceOf(999), bob)), rig, bob.id);
  rig.machine.query = query;
  await rig.makeLate();
  return rig;
}

async function askForMuch(rig: Rig): Promise<void> {
  const { queryAnswer } = rig.machine;
  rig.machine.queryAnswer = { applied: 6, result: new Uint8Array(limits.resultBytesMax), work: 1 };
  await after(encodeClientMessage(readOf(utf8('scan'), nonceOf(0))), rig);
  rig.machine.queryAnswer = queryAnswer;
}

async function readMuch(rig: Rig): Promise<void> {
  const { queryAnswer } = rig.machine;
  rig.machine.queryAnswer = { ...queryAnswer, work: limits.scanLimitMax };
  await after(encodeClientMessage(readOf(utf8('scan'), nonceOf(0))), rig);
  rig.machine.queryAnswer = queryAnswer;
}

async function executeMuch(rig: Rig): Promise<void> {
  rig.machine.work = limits.operationsPerRequestMax;
  rig.next({ type: 'apply', entries: chainOf(cluster, 20) });
  await rig.poke();
}

describe('C5: reads', () => {
  test('local: the machine answers, with its index and the highest prepared one', async () => {
    const rig = new Rig();
    rig.machine.queryAnswer = { applied: 12, result: utf8('value'), work: 1 };
    const read = readOf(utf8('get'));
    await after(encodeClientMessage(read), rig);
    expect(only(rig)).toMatchObject({
      kind: 'read-reply',
      signed: {
        statement: {
          nonce: read.statement.nonce,
          queryDigest: read.statement.queryDigest,
          applied: 12,
          prepared: 6,
        },
      },
      result: utf8('value'),
    });
  });

  test('the status, as JSON', async () => {
    const rig = await after(encodeClientMessage(readOf(Uint8Array.of(0xff))));
    const { result } = only(rig) as Extract<NodeToClientMessage, { kind: 'read-reply' }>;
    expect(JSON.parse(fromUtf8(result)!)).toMatchObject({
      state: 'running',
      core: { id: 'n00', role: 'follower', epoch: 0, term: 1, leader: 'n01', evidence: [] },
      applied: { index: 1 },
      stateDigest: 'd'.repeat(64),
      links: [{ peer: 'n01', connected: true, lastHeardAgoMs: 100 }],
      counters: { reads: 1 },
    });
  });

  test('V1: evidence is named in the status, and served by its id', async () => {
    const rig = new Rig();
    const body = contradict(fourth, cluster.signer(fourth));
    const { context, clusterId } = cluster;
    const id = evidenceId(clusterId, subjectOf(body), context.digest);
    const status = rig.core.status();
    rig.core.status = () => ({ ...status, evidence: [body] });
    const ask = async (query: Uint8Array): Promise<Uint8Array> => {
      rig.links.toClients.length = 0;
      await after(encodeClientMessage(readOf(query)), rig);
      return (only(rig) as Extract<NodeToClientMessage, { kind: 'read-reply' }>).result;
    };
    const { core } = JSON.parse(fromUtf8(await ask(Uint8Array.of(0xff)))!) as HostStatus;
    expect(core.evidence).toEqual([
      { id, culprit: fourth, epoch: 0, term: 7, kind: 'append-entries', index: 412 },
    ]);
    const query = encodeEvidenceQuery(id);
    expect(decodeEvidenceAnswer(await ask(query))).toEqual({ ok: true, value: body });
    const none = { ok: true, value: null };
    expect(decodeEvidenceAnswer(await ask(query.map((byte, at) => byte ^ at)))).toEqual(none);
    expect(decodeEvidenceAnswer(await ask(query.subarray(0, 9)))).toEqual(none);
  });

  test('L2: who asks for evidence without end takes no more than a piece of a turn', async () => {
    const rig = new Rig();
    const body = contradict(fourth, cluster.signer(fourth), { above: 1_000 });
    const { context, clusterId } = cluster;
    const query = encodeEvidenceQuery(evidenceId(clusterId, subjectOf(body), context.digest));
    const status = rig.core.status();
    rig.core.status = () => ({ ...status, evidence: [body] });
    const size = encodeEvidenceAnswer(body).length;
    expect(size).toBeGreaterThan(limits.ownBytesMin);
    for (let i = 0; i < 50; i++)
      rig.host.clientFrame(alice.id, encodeClientMessage(readOf(query, nonceOf(i))));
    expect(Math.max(...(await repliesPerTurn(rig)))).toBe(
      Math.ceil(limits.drainAnswerBytesMax / size),
    );
    expect(rig.links.toClients).toHaveLength(50);
  });

  test('L2: however short the answers are, so many are given in a turn', async () => {
    const rig = new Rig();
    const query = encodeEvidenceQuery('ab'.repeat(32) as EvidenceId);
    const most = limits.drainAnswerBytesMax / limits.ownBytesMin;
    for (let i = 0; i < most + 1; i++)
      rig.host.clientFrame(alice.id, encodeClientMessage(readOf(query, nonceOf(i))));
    expect(await repliesPerTurn(rig)).toEqual([most, 1]);
  });

  test('a badly signed one closes the connection', async () => {
    const read = readOf(utf8('get'));
    read.signature[3]! ^= 1;
    const rig = await after(encodeClientMessage(read));
    expect(only(rig)).toMatchObject({
      body: { code: 'invalid-request', first: 0x0123456789abcdefn },
    });
    expect(rig.links.closed).toHaveLength(1);
  });

  test('L2: all clients read so much at once together, and each has its share', async () => {
    const rig = new Rig();
    rig.machine.query = () => new Promise(() => undefined);
    const read = (i: number, from: typeof alice): void =>
      rig.host.clientFrame(
        from.id,
        encodeClientMessage(readOf(utf8('get'), i.toString(16).padStart(32, '0'), from)),
      );
    for (const client of [alice, bob]) {
      for (let i = 0; i < 100; i++) read(i, client);
      await rig.run();
    }
    const refused = (id: ClientId): number =>
      rig.links.toClients.filter(({ to }) => to === id).length;
    const taken = Math.min(limits.readsPerClientMax, limits.readsMax / 2);
    expect([refused(alice.id), refused(bob.id)]).toEqual([100 - taken, 100 - taken]);
    expect(rig.host.status().queues.reads).toBeLessThanOrEqual(limits.readsMax);
  });

  test.each([
    ['an answer of a megabyte', (rig: Rig) => askForMuch(rig)],
    ['results of ordered requests', (rig: Rig) => executeMuch(rig)],
    ['rows that a small answer took', (rig: Rig) => readMuch(rig)],
    ['bytes that are no frame yet', (rig: Rig) => void rig.host.clientHeard(alice.id, 100_000_000)],
  ])('L2: who took much of a node that has no time waits for others: %s', async (_, takeMuch) => {
    const rig = await wantedRig();
    await takeMuch(rig);
    const answered = (): number => rig.links.toClients.length;
    const before = answered();
    const read = (from: typeof alice): Promise<unknown> =>
      after(encodeClientMessage(readOf(utf8('get'), undefined, from)), rig, from.id);
    await read(bob);
    expect(answered()).toBe(before + 1);
    expect(rig.host.clientHeard(alice.id, 0)).toBeGreaterThan(0);
    expect(rig.host.clientHeard(bob.id, 0)).toBe(0);
    expect(rig.lines.filter(({ code }) => code === 'client-waits')).toHaveLength(1);
    await read(alice);
    await after(requestFrame(requestOf(cluster, { first: 900n, acknowledged: 899n })), rig);
    expect(answered()).toBe(before + 1);
    expect(rig.core.types).not.toContain('requested');
    expect(rig.host.status().queues.clientFrames).toBe(2);
    // Nothing is lost: its turn comes.
    rig.clock.advance(10_000);
    await rig.poke();
    expect(answered()).toBe(before + 2);
    expect(rig.core.types).toContain('requested');
  });

  test('L2: what a leader orders once more costs its client nothing', async () => {
    const rig = await wantedRig();
    rig.machine.executedIn = 1;
    await executeMuch(rig);
    expect(rig.host.clientHeard(alice.id, 0)).toBe(0);
    rig.machine.executedIn = null;
  });

  test('L2: so few are looked for at once that the log is written meanwhile, clients in turn', async () => {
    const rig = new Rig();
    const begun: (() => void)[] = [];
    const order: string[] = [];
    rig.machine.query = async (_, asker) => {
      order.push(asker.id);
      await new Promise<void>((resolve) => begun.push(resolve));
      return rig.machine.queryAnswer;
    };
    const read = (i: number, from: typeof alice): void =>
      rig.host.clientFrame(
        from.id,
        encodeClientMessage(readOf(utf8('scan'), i.toString(16).padStart(32, '0'), from)),
      );
    for (let i = 0; i < 10; i++) read(i, alice);
    read(10, bob);
    await rig.run();
    expect(begun).toHaveLength(limits.readsAtOnceMax);
    for (let done = 0; done < begun.length; done++) {
      begun[done]!();
      await rig.run();
      expect(begun.length - done - 1).toBeLessThanOrEqual(limits.readsAtOnceMax);
    }
    expect(order).toHaveLength(11);
    expect(order.indexOf(bob.id)).toBeLessThanOrEqual(limits.readsAtOnceMax + 1);
  });

  test('only so many of one client at once', async () => {
    const rig = new Rig();
    let answer = (): void => undefined;
    const gate = new Promise<void>((resolve) => (answer = resolve));
    rig.machine.query = async () => {
      await gate;
      return rig.machine.queryAnswer;
    };
    const count = limits.readsPerClientMax + 1;
    for (let i = 0; i < count; i++)
      rig.host.clientFrame(
        alice.id,
        encodeClientMessage(readOf(utf8('get'), i.toString(16).padStart(32, '0'))),
      );
    rig.host.clientFrame(bob.id, encodeClientMessage(readOf(utf8('get'), undefined, bob)));
    await rig.run();
    expect(only(rig)).toMatchObject({ body: { code: 'overloaded' } });
    answer();
    await rig.run();
    expect(rig.links.toClients).toHaveLength(count + 1);
    expect(rig.links.toClients.filter(({ to }) => to === bob.id)).toHaveLength(1);
  });

  test('a machine that fails stops the node', async () => {
    const rig = new Rig();
    rig.machine.query = () => Promise.reject(new Error('damaged'));
    await after(encodeClientMessage(readOf(utf8('get'))), rig);
    expect(rig.ended).toBe('machine-failed');
  });
});
