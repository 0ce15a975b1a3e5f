/** What callers get in foul weather: silence, liars, lost leaders, lost quorums. */
import { describe, expect, test } from 'vitest';
import { toHex, utf8 } from '../../src/base/bytes.ts';
import type { Epoch } from '../../src/consensus/model/ids.ts';
import { encodeResult } from '../../src/machine/result.ts';
import { FakeCluster } from './fake-cluster.ts';
import type { FakeNode } from './fake-node.ts';
import type { Executed } from './model-session.ts';

const lie = ({ results }: Executed): Executed => ({
  index: 9_999,
  results: results.map(() => encodeResult({ type: 'put', revision: { index: 9_999, order: 0 } })),
});

/** Requests that a node got, by digest: how often each. */
function received({ requests }: FakeNode): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { digest } of requests) counts.set(digest, (counts.get(digest) ?? 0) + 1);
  return counts;
}

/** A client whose session is open, so that what follows is about one request. */
async function opened(size = 4) {
  const cluster = new FakeCluster(size);
  const client = cluster.client();
  await cluster.clock.until(client.put('first', '1'));
  for (const node of cluster.nodes) node.requests.length = 0;
  return { cluster, client, clock: cluster.clock };
}

describe('C3: whom to believe', () => {
  test('C3: one node that lies is not believed', async () => {
    const { cluster, client, clock } = await opened();
    cluster.leader.lie = lie;
    const answer = await clock.until(client.put('a', '1'));
    expect(answer.index).toBe(BigInt(cluster.machine.index));
  });

  test('C3: one answer alone is not believed', async () => {
    const { cluster, client, clock } = await opened();
    for (const number of [2, 3, 4]) cluster.node(number).mute = true;
    const error = await clock.failureOf(client.put('a', '1', { timeoutMs: 1_000 }));
    expect(error).toMatchObject({ outcome: 'unknown' });
    cluster.node(2).mute = false;
    expect((await clock.until(client.put('b', '1'))).verified).toBe(true);
  });

  test('C3: forged replies count for nothing and end their link', async () => {
    const { cluster, client, clock } = await opened();
    const liar = cluster.node(2);
    liar.forges = true;
    cluster.node(3).mute = true;
    cluster.node(4).mute = true;
    const dials = liar.dials;
    const error = await clock.failureOf(client.put('a', '1', { timeoutMs: 1_000 }));
    expect(error).toMatchObject({ outcome: 'unknown' });
    expect(liar.dials).toBeGreaterThan(dials);
  });

  test('C3: replies of different epochs do not mix', async () => {
    const { cluster, client, clock } = await opened();
    for (const number of [1, 2, 3]) cluster.node(number).replyEpoch = 1 as Epoch;
    const error = await clock.failureOf(client.put('a', '1', { timeoutMs: 1_000 }));
    expect(error).toMatchObject({ outcome: 'unknown' });
  });

  test('L2: rubbish ends the link, which comes up again; nothing else happens', async () => {
    const { cluster, client, clock } = await opened();
    const { dials } = cluster.node(3);
    cluster.node(3).sayBytes(utf8('rubbish'));
    await clock.advance(1_000);
    expect(cluster.node(3).dials).toBe(dials + 1);
    expect(client.missing).toEqual([]);
  });
});

describe('C4: where requests go', () => {
  test('C4: the leader alone gets what it serves in time', async () => {
    const { cluster, client, clock } = await opened();
    await clock.until(client.put('a', '1'));
    expect(client.leader).toBe(cluster.leader.id);
    expect(cluster.leader.requests).toHaveLength(1);
    expect(cluster.nodes.slice(1).flatMap(({ requests }) => requests)).toEqual([]);
  });

  test('C4: silence sends the same bytes to all (M3)', async () => {
    const { cluster, client, clock } = await opened();
    cluster.leader.stalls = true;
    const put = client.put('a', '1');
    await clock.advance(3_000);
    const digests = new Set(cluster.nodes.flatMap(({ requests }) => requests.map((r) => r.digest)));
    expect(digests.size).toBe(1);
    for (const node of cluster.nodes) expect(node.requests.length).toBeGreaterThan(0);
    const frames = cluster.nodes.flatMap(({ requests }) => requests.map((r) => toHex(r.signature)));
    expect(new Set(frames).size).toBe(1);
    cluster.elect(cluster.node(2));
    cluster.goOn();
    expect((await clock.until(put)).verified).toBe(true);
    expect(cluster.machine.bundles.filter((size) => size === 1)).toHaveLength(3);
  });

  test('C4: resending backs off', async () => {
    const { cluster, client, clock } = await opened();
    cluster.leader.stalls = true;
    void client.put('a', '1', { timeoutMs: 60_000 });
    await clock.advance(50_000);
    const [times] = received(cluster.node(2)).values();
    expect(times).toBeGreaterThan(8);
    expect(times).toBeLessThan(20);
  });

  test('C4: a lost leader is noticed at once, and the new one is followed', async () => {
    const { cluster, client, clock } = await opened();
    cluster.orderMs = 50;
    const put = client.put('a', '1');
    await clock.advance(20);
    cluster.node(1).stop();
    cluster.elect(cluster.node(2));
    await clock.advance(20);
    for (const number of [2, 3, 4]) expect(cluster.node(number).requests).toHaveLength(1);
    await clock.until(put);
    await clock.until(client.put('b', '1'));
    await clock.advance(1_000);
    expect(client.leader).toBe(cluster.node(2).id);
    for (const node of cluster.nodes) node.requests.length = 0;
    await clock.until(client.put('c', '1'));
    expect(cluster.nodes.map(({ requests }) => requests.length)).toEqual([0, 1, 0, 0]);
  });

  test('C4: a node that calls itself leader draws nothing to itself alone', async () => {
    const cluster = new FakeCluster();
    const liar = cluster.node(3);
    liar.leaderLie = { leader: liar.id, term: 1_000_000 };
    const client = cluster.client();
    await cluster.clock.until(client.put('a', '1'));
    await cluster.clock.advance(500);
    expect(client.leader).toBe(cluster.leader.id);
  });

  test('C4: a leader that turns requests away is passed over', async () => {
    const { cluster, client, clock } = await opened();
    cluster.leader.refuses = 'stopping';
    cluster.leader.stalls = true;
    const put = client.put('a', '1');
    await clock.advance(20);
    expect(cluster.node(3).requests).toHaveLength(1);
    cluster.elect(cluster.node(2));
    cluster.goOn();
    await clock.until(put);
  });

  test('C4: a link that comes back gets what is outstanding', async () => {
    const { cluster, client, clock } = await opened();
    for (const node of cluster.nodes) node.stop();
    const put = client.put('a', '1', { timeoutMs: 60_000 });
    await clock.advance(10_000);
    for (const node of cluster.nodes) node.start();
    expect((await clock.until(put, 3_000)).verified).toBe(true);
  });
});

describe('without a quorum', () => {
  test('nothing is acknowledged; the error names who is missing; it goes on by itself', async () => {
    const { cluster, client, clock } = await opened();
    cluster.node(2).stop();
    cluster.node(4).stop();
    const error = await clock.failureOf(client.put('a', '1', { timeoutMs: 3_000 }));
    expect(error).toMatchObject({
      code: 'no-quorum',
      outcome: 'unknown',
      retryable: true,
      missing: [
        { node: 'n2', address: '127.0.0.1:7002', reason: 'connection refused' },
        { node: 'n4', address: '127.0.0.1:7004', reason: 'connection refused' },
      ],
    });
    expect((error as Error).message).toMatch(/n2 at 127\.0\.0\.1:7002 \(connection refused\)/u);
    const waits = client.put('b', '1');
    await clock.advance(5_000);
    cluster.node(4).start();
    expect((await clock.until(waits, 3_000)).verified).toBe(true);
  });

  test('nodes that are linked and silent are missing too', async () => {
    const { cluster, client, clock } = await opened();
    cluster.node(3).mute = true;
    cluster.node(4).mute = true;
    for (const node of cluster.nodes) node.stalls = true;
    const error = await clock.failureOf(client.put('a', '1', { timeoutMs: 5_000 }));
    expect(error).toMatchObject({ code: 'no-quorum', missing: [{ node: 'n3' }, { node: 'n4' }] });
    expect((error as Error).message).toMatch(/n3 .*\(silent for/u);
  });

  test('a cluster that was never reached: certain that nothing was applied', async () => {
    const cluster = new FakeCluster();
    for (const node of cluster.nodes) node.stop();
    const error = await cluster.clock.failureOf(
      cluster.client().put('a', '1', { timeoutMs: 2_000 }),
    );
    expect(error).toMatchObject({ code: 'no-quorum', outcome: 'not-applied' });
    expect((error as { missing: unknown[] }).missing).toHaveLength(4);
  });

  test('dialing backs off, with a bound', async () => {
    const cluster = new FakeCluster();
    const client = cluster.client();
    await cluster.clock.advance(6_000);
    cluster.node(2).stop();
    const { dials } = cluster.node(2);
    await cluster.clock.advance(20_000);
    expect(cluster.node(2).dials - dials).toBeGreaterThan(18);
    expect(cluster.node(2).dials - dials).toBeLessThan(60);
    await client.close();
  });
});

describe('S4: overloaded', () => {
  test('S4: it is tried again, and succeeds when there is room', async () => {
    const { cluster, client, clock } = await opened();
    for (const node of cluster.nodes) node.refuses = 'overloaded';
    const put = client.put('a', '1');
    await clock.advance(2_000);
    for (const node of cluster.nodes) node.refuses = null;
    expect((await clock.until(put)).verified).toBe(true);
  });

  test('S4: to the end, it is a typed error', async () => {
    const { cluster, client, clock } = await opened();
    for (const node of cluster.nodes) node.refuses = 'overloaded';
    const error = await clock.failureOf(client.put('a', '1', { timeoutMs: 2_000 }));
    expect(error).toMatchObject({ code: 'overloaded', retryable: true, outcome: 'unknown' });
  });
});
