/** A Raft cluster from its client's side: nothing is signed, and one node's word is enough. */
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { raftTrust, tangaroaTrust } from '../../src/client/trust.ts';
import type { MakeTrust } from '../../src/client/trust.ts';
import type { NodeId } from '../../src/consensus/model/ids.ts';
import { UNSIGNED } from '../../src/crypto/unsigned.ts';
import { FakeCluster } from './fake-cluster.ts';

/** A client whose session is open. Of four nodes or more Tangaroa would believe no single one. */
async function opened(size = 4) {
  const cluster = new FakeCluster(size, 'raft');
  const client = cluster.client();
  await cluster.clock.until(client.put('first', '1'));
  for (const node of cluster.nodes) node.requests.length = 0;
  return { cluster, client, clock: cluster.clock };
}

describe('what is believed', () => {
  test('the one node that was asked answers, and its word is called that', async () => {
    const { cluster, client, clock } = await opened();
    const answer = await clock.until(client.put('a', '1'));
    expect(answer).toMatchObject({ verified: false, node: cluster.leader.id });
    expect(answer.index).toBe(BigInt(cluster.machine.index));
    expect(cluster.nodes.map(({ requests }) => requests.length)).toEqual([1, 0, 0, 0]);
  });

  test('a linearizable get is ordered like a write, a local one is not', async () => {
    const { cluster, client, clock } = await opened();
    await clock.until(client.put('a', '1'));
    const before = cluster.machine.index;
    const ordered = await clock.until(client.get('a'));
    expect(ordered).toMatchObject({ value: utf8('1'), verified: false, node: cluster.leader.id });
    expect(ordered.index).toBe(BigInt(before + 1));
    const node = cluster.node(3).id;
    const local = await clock.until(client.get('a', { consistency: 'local', node }));
    expect(local).toMatchObject({ value: utf8('1'), verified: false, node });
    expect(cluster.machine.index).toBe(before + 1);
  });

  test('one node that refuses for good is believed', async () => {
    const { cluster, client, clock } = await opened();
    cluster.leader.refuses = 'forbidden';
    const error = await clock.failureOf(client.put('a', '1'), 1_000);
    expect(error).toMatchObject({ code: 'forbidden', outcome: 'not-applied' });
  });

  test('one node that names the leader is believed', async () => {
    const cluster = new FakeCluster(4, 'raft');
    for (const node of cluster.nodes.slice(1)) node.stop();
    const client = cluster.client();
    await cluster.clock.advance(100);
    expect(client.leader).toBe(cluster.leader.id);
  });
});

describe('what is signed', () => {
  test('no request and no read carries a signature', async () => {
    const { cluster, client, clock } = await opened();
    await clock.until(client.put('a', '1'));
    await clock.until(client.get('a', { consistency: 'local' }));
    const signatures = cluster.nodes.flatMap(({ requests, reads }) =>
      [...requests, ...reads].map(({ signature }) => signature),
    );
    expect(signatures.length).toBeGreaterThan(1);
    for (const signature of signatures) expect(signature).toEqual(UNSIGNED);
  });

  test('L1: the links are proven all the same', async () => {
    const cluster = new FakeCluster(3, 'raft');
    const stranger = new FakeCluster(3);
    cluster.node(2).clusterId = stranger.genesis.clusterId;
    const client = cluster.client();
    await cluster.clock.until(client.put('a', '1'));
    expect(client.missing).toMatchObject([{ node: 'n2' }]);
  });
});

describe('faults', () => {
  test('a majority is a quorum', async () => {
    const { cluster, client, clock } = await opened(5);
    cluster.node(5).stop();
    cluster.node(4).stop();
    await clock.until(client.put('a', '1'));
    cluster.node(3).stop();
    const error = await clock.failureOf(client.put('b', '1', { timeoutMs: 2_000 }), 4_000);
    const missing = [{ node: 'n3' }, { node: 'n4' }, { node: 'n5' }];
    expect(error).toMatchObject({ code: 'no-quorum', missing });
  });

  test('C4: a leader lost before it answered: all are asked, so somebody answers', async () => {
    const { cluster, client, clock } = await opened();
    cluster.orderMs = 50;
    const put = client.put('a', '1');
    await clock.advance(20);
    expect(cluster.node(1).requests).toHaveLength(1);
    cluster.node(1).stop();
    cluster.elect(cluster.node(2));
    const answer = await clock.until(put, 1_000);
    expect(cluster.nodes.slice(1).map(({ id }) => id)).toContain(answer.node);
    expect(cluster.machine.bundles).toHaveLength(3);
  });

  test('C4: silence sends to all', async () => {
    const { cluster, client, clock } = await opened();
    cluster.leader.mute = true;
    const answer = await clock.until(client.put('a', '1'), 5_000);
    expect(answer.node).not.toBe(cluster.leader.id);
  });

  test('an address where another cluster runs now costs that node, not the cluster', async () => {
    const { cluster, client, clock } = await opened(3);
    cluster.node(3).clusterId = 'ff'.repeat(32);
    cluster.node(3).breakLinks();
    await clock.advance(2_000);
    await clock.until(client.put('a', '1'));
    cluster.node(2).clusterId = 'ff'.repeat(32);
    cluster.node(2).breakLinks();
    cluster.leader.stalls = true;
    const error = await clock.failureOf(client.put('b', '1', { timeoutMs: 3_000 }), 5_000);
    expect(error).toMatchObject({ code: 'wrong-cluster' });
  });

  test('C2: the highest number that any node reports is passed over', async () => {
    const { cluster, client, clock } = await opened();
    cluster.node(2).sessionLie = BigInt(clock.wallMs() + 3_600_000) * 1_000n;
    const again = cluster.client();
    await client.close();
    await clock.until(again.put('a', '1'));
    const { first } = cluster.nodes.flatMap(({ requests }) => requests).at(-1)?.statement ?? {};
    expect(first).toBeGreaterThan(cluster.node(2).sessionLie as bigint);
  });
});

test('trust can be put together otherwise: signed requests, and one reply taken on its word', async () => {
  const cluster = new FakeCluster();
  const makeTrust: MakeTrust = (options, deps) => ({
    ...raftTrust(options, deps),
    sign: tangaroaTrust(options, deps).sign,
  });
  const client = cluster.client({}, { makeTrust });
  for (const node of cluster.nodes) node.forges = true;
  const answer = await cluster.clock.until(client.put('a', '1'));
  expect(answer.verified).toBe(false);
  expect(client.nodes).toContain(answer.node as NodeId);
  const [request] = cluster.nodes.flatMap(({ requests }) => requests);
  expect(request?.signature).not.toEqual(UNSIGNED);
});
