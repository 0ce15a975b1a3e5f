import { describe, expect, test } from 'vitest';
import { fromUtf8, utf8 } from '../../src/base/bytes.ts';
import { limits } from '../../src/base/limits.ts';
import { evidenceId, subjectOf } from '../../src/consensus/model/evidence.ts';
import type { ClientId } from '../../src/consensus/model/ids.ts';
import type { NodeToClientMessage, Read } from '../../src/consensus/model/message.ts';
import type { ClientRequest } from '../../src/consensus/model/request.ts';
import { makeClientSigner } from '../../src/crypto/sign.ts';
import type { HostStatus } from '../../src/host/status.ts';
import { encodeClientMessage } from '../../src/wire/client.ts';
import { decodeEvidenceAnswer, encodeEvidenceQuery } from '../../src/wire/evidence.ts';
import { batchOf, requestOf, entryOn, termEntryOn } from '../fixtures-crypto.ts';
import { contradict } from '../true-evidence.ts';
import { alice, bob, cluster, fourth, Rig, settle } from './harness.ts';

const requestFrame = (request: ClientRequest): Uint8Array =>
  encodeClientMessage({ kind: 'client-request', request });

function readOf(query: Uint8Array, nonce = '0123456789abcdef'.repeat(2), from = alice): Read {
  const statement = {
    kind: 'read',
    client: from.id,
    nonce,
    queryDigest: cluster.context.digest(query),
  } as const;
  const sign = makeClientSigner(
    { self: from.id, secretKey: from.secretKey, clusterId: cluster.clusterId },
    cluster,
  );
  return { kind: 'read', statement, signature: sign(statement), query };
}

async function after(frame: Uint8Array, rig = new Rig(), from: ClientId = alice.id): Promise<Rig> {
  rig.host.clientFrame(from, frame);
  await rig.run();
  return rig;
}

function only(rig: Rig): NodeToClientMessage {
  expect(rig.links.toClients).toHaveLength(1);
  const { to, message } = rig.links.toClients[0]!;
  expect(to).toBe(alice.id);
  expect(cluster.makeVerifier().reply(message).type).toBe('verified');
  return message;
}

describe('requests', () => {
  test('a valid one is verified and stepped', async () => {
    const request = requestOf(cluster);
    const rig = await after(requestFrame(request));
    expect(rig.core.inputs.find(({ type }) => type === 'requested')).toMatchObject({ request });
    expect(rig.core.inputs.at(-1)?.type).toBe('drained');
    expect(rig.links.toClients).toEqual([]);
  });

  test('L2: who asks for large results again and again waits, and then is told once more', async () => {
    const rig = new Rig();
    const results = [new Uint8Array(limits.resultBytesMax)];
    rig.machine.lookupAnswer = { type: 'known', index: 17, results };
    const codes = (): (string | undefined)[] =>
      rig.links.toClients.map(({ message }) =>
        message.kind === 'refusal' ? message.body.code : message.kind,
      );
    const frame = requestFrame(requestOf(cluster));
    const told = Math.ceil(limits.repeatedBytesMax / limits.resultBytesMax);
    for (let i = 0; i < told + 3; i++) await after(frame, rig);
    expect(codes()).toEqual([
      ...Array<string>(told).fill('client-reply'),
      ...Array<string>(3).fill('overloaded'),
    ]);
    rig.clock.advance(1_000);
    await after(frame, rig);
    expect(codes().at(-1)).toBe('client-reply');
  });

  test('L2: a turn of the loop checks so many signatures of clients', async () => {
    const rig = new Rig();
    for (let i = 1; i <= 2 * limits.drainClientSignaturesMax + 10; i++) {
      const request = requestOf(cluster, { first: BigInt(i), acknowledged: BigInt(i - 1) });
      rig.host.clientFrame(alice.id, requestFrame(request));
    }
    const perTurn: number[] = [];
    for (let before = 0; rig.clock.deferred.length > 0;) {
      rig.clock.deferred.shift()!();
      await settle();
      const { length } = rig.core.inputs.filter(({ type }) => type === 'requested');
      perTurn.push(length - before);
      before = length;
    }
    expect(Math.max(...perTurn)).toBe(limits.drainClientSignaturesMax);
    expect(perTurn.reduce((sum, count) => sum + count)).toBe(
      2 * limits.drainClientSignaturesMax + 10,
    );
  });

  test('C2: an equal repeat is answered from the session, without the core and without a signature', async () => {
    const rig = new Rig();
    const request = requestOf(cluster, { first: 5n, secretKey: new Uint8Array(32).fill(3) });
    rig.machine.lookupAnswer = { type: 'known', index: 17, results: [utf8('was')] };
    await after(requestFrame(request), rig);
    expect(rig.core.types).toEqual([]);
    expect(rig.host.status().counters.verified).toBe(0);
    expect(only(rig)).toMatchObject({
      kind: 'client-reply',
      signed: { statement: { first: 5n, index: 17, requestDigest: request.digest } },
      results: [utf8('was')],
    });
  });

  test('N6: replies go out after applying, to clients that are connected here', async () => {
    const rig = new Rig();
    rig.links.connected.delete(bob.id);
    const term = termEntryOn(cluster, cluster.genesis, 1);
    const mine = requestOf(cluster, { first: 3n });
    const entry = entryOn(term, batchOf(mine, requestOf(cluster, { from: 1 })));
    const order: string[] = [];
    rig.core.script = (input) => {
      if (input.type === 'applied') order.push(`applied ${rig.links.toClients.length}`);
      return [];
    };
    rig.next({ type: 'apply', entries: [term, entry] });
    await rig.poke();
    expect(order).toEqual(['applied 0', 'applied 0']);
    expect(rig.core.inputs.filter(({ type }) => type === 'applied')).toMatchObject([
      { index: 2, executed: [] },
      {
        index: 3,
        executed: [
          {
            client: alice.id,
            requestDigest: mine.digest,
            first: 3n,
            count: 1,
            index: 3,
            floor: 0n,
          },
          { client: bob.id },
        ],
      },
    ]);
    expect(only(rig)).toMatchObject({ kind: 'client-reply', signed: { statement: { index: 3 } } });
  });

  test('S4: overloaded', async () => {
    const rig = new Rig();
    rig.core.script = (input) =>
      input.type === 'requested' ? [{ type: 'overloaded', request: input.request }] : [];
    await after(requestFrame(requestOf(cluster, { first: 9n })), rig);
    expect(only(rig)).toMatchObject({ kind: 'refusal', body: { code: 'overloaded', first: 9n } });
  });
});

describe('refusals', () => {
  test('L2: a badly signed request: told why, then closed', async () => {
    const request = requestOf(cluster, { first: 4n, secretKey: new Uint8Array(32).fill(3) });
    const rig = await after(requestFrame(request));
    expect(only(rig)).toMatchObject({ body: { code: 'invalid-request', first: 4n } });
    expect(rig.links.closed).toEqual([expect.stringContaining(alice.id)]);
    expect(rig.core.types).toEqual([]);
  });

  test('C2: a number too far ahead', async () => {
    const first = BigInt(limits.sessionWindow) + 1n;
    const rig = await after(requestFrame(requestOf(cluster, { first })));
    expect(only(rig)).toMatchObject({ body: { code: 'invalid-request', first } });
    expect(rig.core.types).toEqual([]);
  });

  test('a malformed frame, and what else came over the connection is forgotten', async () => {
    const rig = new Rig();
    rig.host.clientFrame(alice.id, Uint8Array.of(1, 14, 0));
    rig.host.clientFrame(alice.id, requestFrame(requestOf(cluster)));
    await rig.run();
    const { body } = only(rig) as Extract<NodeToClientMessage, { kind: 'refusal' }>;
    expect(body).toMatchObject({ code: 'invalid-request', first: 0n });
    expect(body.detail).toMatch(/^malformed frame: .+/u);
    expect(rig.links.closed).toHaveLength(1);
    expect(rig.core.types).toEqual([]);
  });

  test('an oversized frame is refused before it is decoded', async () => {
    const rig = await after(new Uint8Array(limits.requestBytesMax + 3));
    const { body } = only(rig) as Extract<NodeToClientMessage, { kind: 'refusal' }>;
    expect(body).toMatchObject({ code: 'too-large', first: 0n });
    expect(body.detail).toMatch(/1310723 bytes, where 1310722 are allowed/u);
    expect(rig.links.closed).toEqual([]);
  });

  test('a message of another client', async () => {
    const rig = await after(requestFrame(requestOf(cluster, { from: 1, first: 2n })));
    expect(only(rig)).toMatchObject({ body: { code: 'forbidden', first: 2n } });
    const reading = await after(encodeClientMessage(readOf(utf8('q'), undefined, bob)));
    expect(only(reading)).toMatchObject({
      body: { code: 'forbidden', first: 0x0123456789abcdefn },
    });
  });

  test('a client that the configuration does not list', async () => {
    const rig = new Rig();
    const unknown = 'ee'.repeat(32) as ClientId;
    rig.links.connected.add(unknown);
    await after(requestFrame(requestOf(cluster, { client: unknown })), rig, unknown);
    expect(rig.links.toClients).toMatchObject([
      { to: unknown, message: { body: { code: 'unknown-client' } } },
    ]);
  });

  test('stopping', async () => {
    const rig = new Rig();
    void rig.host.stop();
    rig.host.clientFrame(alice.id, requestFrame(requestOf(cluster, { first: 2n })));
    await rig.run();
    expect(only(rig)).toMatchObject({ body: { code: 'stopping', first: 2n } });
    expect(rig.core.types).toEqual([]);
    expect(rig.ended).toBe('resolved');
  });
});

describe('C5: reads', () => {
  test('local: the machine answers, with its index and the highest prepared one', async () => {
    const rig = new Rig();
    rig.machine.queryAnswer = { applied: 12, result: utf8('value') };
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
