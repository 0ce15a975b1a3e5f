/** CheckQuorum (dissertation, 6.2). */
import { expect, test } from 'vitest';
import { Cluster, partition } from './cluster.ts';
import { ELECTION_TIMEOUT_MS, Subject } from './subject.ts';

test('a leader that heard no majority for an election timeout steps down, in its term', () => {
  const s = new Subject({ size: 5 }).lead();
  s.run(ELECTION_TIMEOUT_MS - 20);
  expect(s.status.role).toBe('leader');
  s.matched(2, 1);
  s.run(20);
  expect(s.status).toMatchObject({ role: 'follower', term: 1, leader: null });
  expect(s.node.reports).toContain('stepped-down');
});

test('it goes on while a majority answers, whatever the answer is', () => {
  const s = new Subject({ size: 5 }).lead();
  for (let i = 0; i < 10; i++) {
    s.run(ELECTION_TIMEOUT_MS - 20);
    s.matched(2, 1);
    s.rejected(3, 1, 0);
    expect(s.status.role).toBe('leader');
  }
});

test('one follower that answers twice is not two', () => {
  const s = new Subject({ size: 5 }).lead();
  for (let i = 0; i < 4; i++) {
    s.run(ELECTION_TIMEOUT_MS / 2);
    s.matched(2, 1);
    s.matched(2, 1);
  }
  expect(s.status.role).not.toBe('leader');
});

test('once it stepped down it waits as any follower, and votes', () => {
  const s = new Subject().lead();
  for (let i = 0; i < 5; i++) {
    s.run(ELECTION_TIMEOUT_MS / 2);
    s.matched(2, 1);
  }
  s.run(ELECTION_TIMEOUT_MS);
  expect(s.status.role).toBe('follower');
  s.run(ELECTION_TIMEOUT_MS - 20);
  expect(s.status.role).toBe('follower');
  expect(s.asked(2, 2, [9, 9])).toMatchObject({ granted: true });
});

test('a leader cut off stops leading, and the others elect one that orders what it could not', () => {
  const cluster = new Cluster(5);
  const old = cluster.elect();
  const number = cluster.nodes.indexOf(old) + 1;
  cluster.passes = partition(number);
  const wanted = cluster.request(number);
  cluster.run(4_000);
  expect(old.core.status().role).not.toBe('leader');
  const { leader } = cluster;
  expect(leader).not.toBe(undefined);
  expect(leader?.ordered).not.toContain(wanted);
  cluster.passes = () => true;
  cluster.run(3_000);
  for (const node of cluster.nodes) expect(node.ordered).toEqual([wanted]);
});

test('a leader alone needs nobody', () => {
  const s = new Subject({ size: 1 }).lead();
  s.run(10_000);
  expect(s.status.role).toBe('leader');
});
