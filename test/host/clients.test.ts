import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { limits } from '../../src/base/limits.ts';
import type { ClientId } from '../../src/consensus/model/ids.ts';
import type { NodeToClientMessage } from '../../src/consensus/model/message.ts';
import { encodeClientMessage } from '../../src/wire/client.ts';
import { batchOf, requestOf, entryOn, termEntryOn } from '../fixtures-crypto.ts';
import { after, only, readOf, requestFrame } from './client-frames.ts';
import { alice, bob, cluster, Rig, settle } from './harness.ts';

describe('requests', () => {
  test('a valid one is verified and stepped', async () => {
    const request = requestOf(cluster);
    const rig = await after(requestFrame(request));
    expect(rig.core.inputs.find(({ type }) => type === 'requested')).toMatchObject({ request });
    expect(rig.core.inputs.at(-1)?.type).toBe('drained');
    expect(rig.links.toClients).toEqual([]);
  });

  test('L2: who asks for large results again and again is told some in each turn', async () => {
    const rig = new Rig();
    const results = [new Uint8Array(limits.resultBytesMax)];
    let reads = 0;
    const read = (): Uint8Array[] => (reads++, results);
    rig.machine.lookupAnswer = { type: 'known', index: 17, results: read };
    const codes = (): (string | undefined)[] =>
      rig.links.toClients.map(({ message }) =>
        message.kind === 'refusal' ? message.body.code : message.kind,
      );
    const frame = requestFrame(requestOf(cluster));
    const told = Math.ceil(limits.drainAnswerBytesMax / limits.resultBytesMax);
    // All at once: what is refused is not read either.
    for (let i = 0; i < told + 3; i++) rig.host.clientFrame(alice.id, frame);
    await rig.run();
    expect(codes()).toEqual([
      ...Array<string>(told).fill('client-reply'),
      ...Array<string>(3).fill('overloaded'),
    ]);
    expect(reads).toBe(told);
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
    rig.machine.lookupAnswer = { type: 'known', index: 17, results: () => [utf8('was')] };
    await after(requestFrame(request), rig);
    expect(rig.core.types).toEqual([]);
    expect(rig.host.status().counters.verified).toBe(0);
    expect(only(rig)).toMatchObject({
      kind: 'client-reply',
      signed: { statement: { first: 5n, index: 17, requestDigest: request.digest } },
      results: [utf8('was')],
    });
  });

  test('C2: an executed one whose results are gone by then is ordered once more', async () => {
    const rig = new Rig();
    rig.machine.lookupAnswer = { type: 'known', index: 17, results: () => null };
    const request = requestOf(cluster);
    await after(requestFrame(request), rig);
    expect(rig.core.inputs.find(({ type }) => type === 'requested')).toMatchObject({ request });
    expect(rig.links.toClients).toEqual([]);
  });

  test('results that cannot be read stop the node', async () => {
    const rig = new Rig();
    const results = (): never => {
      throw new Error('damaged');
    };
    rig.machine.lookupAnswer = { type: 'known', index: 17, results };
    await after(requestFrame(requestOf(cluster)), rig);
    expect(rig.ended).toBe('machine-failed');
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
