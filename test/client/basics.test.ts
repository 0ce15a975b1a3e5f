/** What callers get in fair weather. */
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import type { NodeId } from '../../src/consensus/model/ids.ts';
import { limits } from '../../src/base/limits.ts';
import { revisionIndex, revisionOrder } from '../../src/client/api.ts';
import type { Transaction } from '../../src/client/api.ts';
import type { TangaroaClient } from '../../src/client/client.ts';
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

const HUGE = new Uint8Array(20_000_000);
const LONG = 'k'.repeat(70_000);
const LONG_KEY = 'a key has 70000 bytes where at most 4096 are allowed';
const PUT = { type: 'put', key: 'k', value: 'v' } as const;

/** A transaction of so many bytes, as they are counted: its key, and 16 for each operation. */
function filled(bytes: number): Transaction {
  const half = bytes >> 1;
  const put = (key: string, size: number) =>
    ({ type: 'put', key, value: new Uint8Array(size - 17) }) as const;
  return { then: [put('a', half), put('b', bytes - half)] };
}

describe('bad arguments are said before anything is sent', () => {
  const cases = [
    ['an empty key', 'a key has at least one byte', (c) => c.put('', 'v')],
    ['a counter', 'a counter is a signed 64-bit number', (c) => c.put('k', 1n << 63n)],
    ['a value', 'a value has 20000000 bytes where at most 1048576 are', (c) => c.put('k', HUGE)],
    ['the key of a put', LONG_KEY, (c) => c.put(LONG, 'v')],
    ['the key of a get', LONG_KEY, (c) => c.get(LONG)],
    ['the key of a local get', LONG_KEY, (c) => c.get(LONG, { consistency: 'local' })],
    ['the key of a delete', LONG_KEY, (c) => c.delete(LONG)],
    ['the key of an increment', LONG_KEY, (c) => c.increment(LONG)],
    ['a prefix', LONG_KEY, (c) => c.scanPage({ prefix: LONG })],
    ['the end of a range', LONG_KEY, (c) => c.scanPage({ end: LONG })],
    ['the range of a scan', LONG_KEY, (c) => c.scan({ start: LONG }).next()],
    ['two ends', 'either a prefix or an end', (c) => c.scanPage({ prefix: 'a', end: 'b' })],
    ['a page', 'from 1 to 2048 items, and not 2049', (c) => c.scanPage({}, { limit: 2_049 })],
    ['no page', 'from 1 to 2048 items, and not 0', (c) => c.scanPage({}, { limit: 0 })],
    ['a page size', 'and not 1000000000', (c) => c.scan({}, { pageSize: 1e9, limit: 1 }).next()],
    ['a limit', 'a whole number, and not -1', (c) => c.scan({}, { limit: -1 }).next()],
    ['no number', 'a whole number, and not NaN', (c) => c.scan({}, { limit: Number.NaN }).next()],
    ['a fraction', 'a whole number, and not 300.5', (c) => c.scan({}, { limit: 300.5 }).next()],
    [
      'a value of a transaction',
      'a value has 20000000 bytes where at most 1048576 are allowed',
      (c) => c.transaction({ then: [PUT, { ...PUT, value: HUGE }] }),
    ],
    [
      'a value that is compared',
      'a value has 20000000 bytes where at most 1048576 are allowed',
      (c) =>
        c.transaction({ compares: [{ ...PUT, type: 'value', relation: 'equal', value: HUGE }] }),
    ],
    [
      'all of a transaction',
      'a transaction has 1306625 bytes with all its keys and values, where at most 1306624 are allowed',
      (c) => c.transaction(filled(limits.requestBytesMax - 4_096 + 1)),
    ],
    [
      'a list of a transaction',
      'a list of the transaction has 100000 items where at most 128 are allowed in each',
      (c) => c.transaction({ else: Array.from({ length: 100_000 }, () => PUT) }),
    ],
    [
      'a node of another cluster',
      '"n9" is none of the nodes n1, n2, n3, n4',
      (c) => c.get('k', { consistency: 'local', node: 'n9' as NodeId }),
    ],
  ] as const satisfies readonly (readonly [
    string,
    string,
    (client: TangaroaClient) => Promise<unknown>,
  ])[];
  test.each(cases)('%s: %s', async (_, message, call) => {
    const cluster = new FakeCluster();
    const client = cluster.client();
    const error = await cluster.clock.failureOf(call(client));
    expect(error).toBeInstanceOf(TangaroaError);
    expect((error as TangaroaError).message).toContain(message);
    expect((error as TangaroaError).message).toMatch(/: nothing was sent$/u);
    expect(['invalid-argument', 'value-too-large']).toContain((error as TangaroaError).code);
    expect(error).toMatchObject({ outcome: 'not-applied', retryable: false });
    await cluster.clock.advance(100);
    // What a client asks for by itself: status, and its session.
    const asked = cluster.nodes.flatMap(({ reads }) => reads.map(({ query }) => query[0]));
    expect(asked.filter((first) => first !== 0xff && first !== 16)).toEqual([]);
    expect(cluster.nodes.flatMap(({ requests }) => requests)).toEqual([]);
  });

  test('what never fits the client’s own queue is not told to come again', async () => {
    const cluster = new FakeCluster();
    const client = cluster.client({ queueBytesMax: 1_000 });
    const error = await cluster.clock.failureOf(client.put('k', 'v'.repeat(1_000)));
    expect(error).toMatchObject({ code: 'value-too-large', retryable: false });
    expect(String(error)).toMatch(/has 10\d\d bytes where .* at most 1000 \(queueBytesMax\)/u);
  });

  test('the largest transaction goes through', async () => {
    const cluster = new FakeCluster();
    const transaction = filled(limits.requestBytesMax - 4_096);
    const answer = await cluster.clock.until(cluster.client().transaction(transaction));
    expect(answer.succeeded).toBe(true);
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
