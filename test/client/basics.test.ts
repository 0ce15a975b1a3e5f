/** What callers get in fair weather. */
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import type { NodeId } from '../../src/consensus/model/ids.ts';
import { limits } from '../../src/base/limits.ts';
import { revisionIndex, revisionOrder } from '../../src/client/api.ts';
import { TangaroaError } from '../../src/client/errors.ts';
import { testSecretKey } from '../fixtures-crypto.ts';
import { FakeCluster } from './fake-cluster.ts';

describe('operations', () => {
  test('a put is answered with its revision, and a get with value and revision', async () => {
    const cluster = new FakeCluster();
    const client = cluster.client();
    const put = await cluster.clock.until(client.put('city', 'Auckland'));
    expect(put).toMatchObject({ verified: true, node: null });
    expect(revisionIndex(put.revision)).toBe(put.index);
    const got = await cluster.clock.until(client.get('city'));
    expect(got.value).toEqual(utf8('Auckland'));
    expect(got.revision).toBe(put.revision);
    expect(typeof got.index).toBe('bigint');
  });

  test('a key that does not exist has the value null and the revision 0n', async () => {
    const cluster = new FakeCluster();
    const got = await cluster.clock.until(cluster.client().get('nowhere'));
    expect(got).toMatchObject({ value: null, revision: 0n });
  });

  test('delete, increment and transaction say what they did', async () => {
    const cluster = new FakeCluster();
    const client = cluster.client();
    const { clock } = cluster;
    expect((await clock.until(client.delete('a'))).existed).toBe(false);
    expect((await clock.until(client.increment('a', 5n))).value).toBe(5n);
    expect((await clock.until(client.increment('a'))).value).toBe(6n);
    const transaction = {
      compares: [{ type: 'exists', key: 'a', exists: true }],
      then: [
        { type: 'put', key: 'b', value: 7n },
        { type: 'get', key: 'b' },
        { type: 'delete', key: 'a' },
      ],
      else: [{ type: 'increment', key: 'a', by: 1n }],
    } as const;
    const first = await clock.until(client.transaction(transaction));
    expect(first.succeeded).toBe(true);
    expect(first.results.map(({ type }) => type)).toEqual(['put', 'get', 'delete']);
    expect(first.results[1]).toMatchObject({ value: 7n });
    const second = await clock.until(client.transaction(transaction));
    expect(second).toMatchObject({ succeeded: false, results: [{ type: 'increment', value: 1n }] });
  });

  test('a revision keeps index and place apart', async () => {
    const cluster = new FakeCluster();
    const client = cluster.client();
    const [a, b] = await cluster.clock.until(
      Promise.all([client.put('a', '1'), client.put('b', '2')]),
    );
    expect(a.index).toBe(b.index);
    expect([revisionOrder(a.revision), revisionOrder(b.revision)]).toEqual([0, 1]);
    expect(b.revision).toBeGreaterThan(a.revision);
  });

  test('a scan goes through all pages, in order, as far as its limit', async () => {
    const cluster = new FakeCluster();
    const client = cluster.client();
    const keys = Array.from({ length: 25 }, (_, i) => `k${String(i).padStart(2, '0')}`);
    await cluster.clock.until(Promise.all(keys.map((key) => client.put(key, key))));
    await cluster.clock.until(client.put('other', 'x'));
    const collect = async (limit?: number) => {
      const found: string[] = [];
      for await (const { key } of client.scan({ prefix: 'k' }, { pageSize: 10, limit }))
        found.push(Buffer.from(key).toString());
      return found;
    };
    expect(await cluster.clock.until(collect())).toEqual(keys);
    expect(await cluster.clock.until(collect(12))).toEqual(keys.slice(0, 12));
  });

  test('a page tells where to go on', async () => {
    const cluster = new FakeCluster();
    const client = cluster.client();
    await cluster.clock.until(Promise.all([client.put('a', '1'), client.put('b', '2')]));
    const first = await cluster.clock.until(client.scanPage({}, { limit: 1 }));
    expect(first.items.map(({ key }) => key)).toEqual([utf8('a')]);
    const second = await cluster.clock.until(client.scanPage({ start: first.next as Uint8Array }));
    expect(second.items.map(({ key }) => key)).toEqual([utf8('b')]);
    expect(second.next).toBeNull();
  });
});

describe('C5: local reads are one node’s word', () => {
  test('any node, or the one that is named', async () => {
    const cluster = new FakeCluster();
    const client = cluster.client();
    await cluster.clock.until(client.put('a', '1'));
    const any = await cluster.clock.until(client.get('a', { consistency: 'local' }));
    expect(any.verified).toBe(false);
    expect(client.nodes).toContain(any.node);
    const node = client.nodes[2];
    const one = await cluster.clock.until(client.get('a', { consistency: 'local', node }));
    expect(one).toMatchObject({ node, value: utf8('1'), index: BigInt(cluster.machine.index) });
  });

  test('a node that does not serve is passed over, and named where it was asked for', async () => {
    const cluster = new FakeCluster();
    const client = cluster.client();
    await cluster.clock.until(client.put('a', '1'));
    cluster.node(2).stop();
    for (let i = 0; i < 8; i++)
      await cluster.clock.until(client.get('a', { consistency: 'local' }), 1_000);
    const node = cluster.node(2).id;
    const error = await cluster.clock.failureOf(
      client.get('a', { consistency: 'local', node, timeoutMs: 500 }),
    );
    expect(error).toMatchObject({ code: 'unreachable', missing: [{ node }] });
  });

  test('one node that refuses for good is passed over; f+1 of them are believed', async () => {
    const cluster = new FakeCluster();
    const client = cluster.client();
    await cluster.clock.until(client.put('a', '1'));
    cluster.node(2).refusesReads = 'forbidden';
    for (let i = 0; i < 8; i++)
      await cluster.clock.until(client.get('a', { consistency: 'local' }), 100);
    cluster.node(3).refusesReads = 'forbidden';
    cluster.node(1).mute = true;
    cluster.node(4).mute = true;
    const error = await cluster.clock.failureOf(client.get('a', { consistency: 'local' }), 5_000);
    expect(error).toMatchObject({ code: 'forbidden', outcome: 'not-applied' });
  });

  test('many at once keep within what a node takes, and all are answered', async () => {
    const cluster = new FakeCluster();
    const client = cluster.client();
    const all = Array.from({ length: 1_000 }, () => client.get('a', { consistency: 'local' }));
    expect(await cluster.clock.until(Promise.all(all))).toHaveLength(1_000);
  });

  test('a forged answer ends its link, and another node is asked', async () => {
    const cluster = new FakeCluster();
    const client = cluster.client();
    await cluster.clock.until(client.put('a', '1'));
    const liar = cluster.node(2);
    liar.forges = true;
    const dials = liar.dials;
    for (let i = 0; i < 8; i++)
      await cluster.clock.until(client.get('a', { consistency: 'local' }), 3_000);
    await cluster.clock.advance(500);
    expect(liar.dials).toBeGreaterThan(dials);
  });

  test('status of one and of all', async () => {
    const cluster = new FakeCluster();
    const client = cluster.client();
    await cluster.clock.advance(100);
    const status = await cluster.clock.until(client.status(client.nodes[1] as NodeId));
    expect(status.report).toMatchObject({ id: client.nodes[1], leader: client.nodes[0] });
    cluster.node(3).stop();
    await cluster.clock.advance(100);
    const all = await cluster.clock.until(client.statusAll());
    expect(all.map(({ ok }) => ok)).toEqual([true, true, false, true]);
    expect(all[2]).toMatchObject({ error: { code: 'unreachable' } });
    const wrong = await cluster.clock.failureOf(client.status('nobody' as never));
    expect(wrong).toMatchObject({ code: 'invalid-argument' });
  });
});

describe('bad arguments are said before anything is sent', () => {
  const cases = [
    ['a value above the limit', 'value-too-large', new Uint8Array(limits.valueBytesMax + 1), 'k'],
    ['an empty key', 'invalid-argument', 'v', ''],
    ['a key above the limit', 'invalid-argument', 'v', 'k'.repeat(limits.keyBytesMax + 1)],
    ['a counter above 64 bits', 'invalid-argument', 1n << 63n, 'k'],
  ] as const;
  test.each(cases)('%s: %s', async (_, code, value, key) => {
    const cluster = new FakeCluster();
    const client = cluster.client();
    const error = await cluster.clock.failureOf(client.put(key, value));
    expect(error).toBeInstanceOf(TangaroaError);
    expect(error).toMatchObject({ code, outcome: 'not-applied', retryable: false });
    await cluster.clock.advance(100);
    expect(cluster.nodes.flatMap(({ requests }) => requests)).toEqual([]);
  });

  test('the largest put goes through', async () => {
    const cluster = new FakeCluster();
    const key = new Uint8Array(limits.keyBytesMax).fill(1);
    const value = new Uint8Array(limits.valueBytesMax).fill(2);
    const answer = await cluster.clock.until(cluster.client().put(key, value));
    expect(answer.verified).toBe(true);
  });

  test('a timeout that is no number of milliseconds', async () => {
    const cluster = new FakeCluster();
    const error = await cluster.clock.failureOf(
      cluster.client().put('k', 'v', { timeoutMs: Number.NaN }),
    );
    expect(error).toMatchObject({ code: 'invalid-argument' });
  });

  test('a prefix together with an end', () => {
    const client = new FakeCluster().client();
    expect(() => client.scan({ prefix: 'a', end: 'b' })).toThrow(/either a prefix or an end/u);
  });

  test('an increment of bytes is a typed error, and says that nothing was applied', async () => {
    const cluster = new FakeCluster();
    const client = cluster.client();
    await cluster.clock.until(client.put('a', 'text'));
    const error = await cluster.clock.failureOf(client.increment('a'));
    expect(error).toMatchObject({ code: 'wrong-type', outcome: 'not-applied' });
  });
});

describe('C1: who asks', () => {
  test('a key that the genesis does not list', () => {
    const cluster = new FakeCluster();
    const strange = testSecretKey(77);
    expect(() => cluster.client({ secretKey: strange })).toThrow(
      expect.objectContaining({ code: 'unknown-client' }) as Error,
    );
  });

  test('nodes of another cluster: f+1 of them are believed, one is not', async () => {
    const cluster = new FakeCluster();
    const client = cluster.client();
    cluster.node(2).clusterId = 'ff'.repeat(32);
    await cluster.clock.until(client.put('a', '1'));
    const other = new FakeCluster();
    for (const node of other.nodes) node.clusterId = 'ff'.repeat(32);
    const error = await other.clock.failureOf(other.client().put('a', '1'), 2_000);
    expect(error).toMatchObject({
      code: 'wrong-cluster',
      outcome: 'not-applied',
      retryable: false,
    });
  });

  test('a role that may not write: f+1 refusals end the request at once', async () => {
    const cluster = new FakeCluster();
    const client = cluster.client();
    await cluster.clock.until(client.put('a', '1'));
    for (const node of cluster.nodes) node.refuses = 'forbidden';
    const error = await cluster.clock.failureOf(client.put('a', '2'), 2_000);
    expect(error).toMatchObject({ code: 'forbidden', outcome: 'not-applied' });
  });

  test('one node that refuses is no verdict', async () => {
    const cluster = new FakeCluster();
    const client = cluster.client();
    await cluster.clock.until(client.put('a', '1'));
    cluster.leader.refuses = 'forbidden';
    const answer = await cluster.clock.until(client.put('a', '2'), 2_000);
    expect(answer.verified).toBe(true);
  });
});
