import { expect, test } from 'vitest';
import { Cluster } from './cluster.ts';

test('four nodes elect the lowest id and commit a request everywhere', () => {
  const cluster = new Cluster(4);
  cluster.run(200);
  expect(cluster.leader?.id).toBe('n1');
  const request = cluster.request(1);
  cluster.settle();
  for (const node of cluster.nodes) expect(node.ordered).toEqual([request]);
});

test('a dead leader is replaced and nothing is lost', () => {
  const cluster = new Cluster(4);
  cluster.run(200);
  const a = cluster.request(1);
  cluster.settle();
  cluster.node(1).crash();
  const b = cluster.request(3);
  cluster.run(2000);
  expect(cluster.leader?.id).toBe('n2');
  for (const n of [2, 3, 4]) expect(cluster.node(n).ordered).toEqual([a, b]);
  cluster.node(1).start();
  for (const node of cluster.nodes)
    node.step({ type: 'connected', now: cluster.now, peer: 'n1' as never });
  cluster.run(1000);
  expect(cluster.node(1).ordered).toEqual([a, b]);
});

test('all four restart', () => {
  const cluster = new Cluster(4);
  cluster.run(200);
  const sent = [];
  for (let i = 0; i < 10; i++) sent.push(cluster.request((i % 4) + 1));
  cluster.run(100);
  for (const node of cluster.nodes) node.crash();
  cluster.queue = [];
  for (const node of cluster.nodes) node.start();
  cluster.run(1000);
  expect(cluster.leader?.id).toBe('n2');
  sent.push(cluster.request(4));
  cluster.run(100);
  for (const node of cluster.nodes) expect(new Set(node.ordered)).toEqual(new Set(sent));
});

test('a single node', () => {
  const cluster = new Cluster(1);
  cluster.run(200);
  const a = cluster.request(1);
  cluster.run(200);
  expect(cluster.node(1).ordered).toEqual([a]);
  cluster.node(1).crash();
  cluster.node(1).start();
  cluster.run(100);
  const b = cluster.request(1);
  cluster.run(200);
  expect(cluster.node(1).ordered).toEqual([a, b]);
});
