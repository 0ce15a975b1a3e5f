/** What survives a crash, and what a node does with it. */
import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { idOf } from '../tangaroa/cluster.ts';
import { Cluster } from './cluster.ts';
import { nextRequest, positionAt } from './entries.ts';
import { Subject } from './subject.ts';

describe('a node that starts again', () => {
  test('follows, in the term that it was in, and waits for a leader', () => {
    const s = new Subject().lead();
    s.matched(2, 2);
    s.restart();
    expect(s.status).toMatchObject({ role: 'follower', term: 1, leader: null });
    expect(s.log).toEqual([1]);
    expect(s.asked(2, 1, [9, 9])).toMatchObject({ granted: false });
  });

  test('has what was durable, acknowledged or not, and nothing else', () => {
    const s = new Subject();
    s.append(2, { term: 1, terms: [1, 1] });
    s.node.writes = false;
    s.append(2, { term: 1, at: [3, 1], terms: [1] });
    s.restart();
    expect(s.log).toEqual([1, 1]);
    expect(s.appended(2, { term: 1, at: [3, 1] })?.matched).toEqual(positionAt(3, 1));
  });

  test('has one log, also where a crash came into a truncation', () => {
    for (const written of [0, 1]) {
      const s = new Subject({ terms: [1, 2, 2] });
      s.append(2, { term: 3, at: [4, 2] });
      s.node.writes = false;
      s.append(2, { term: 3, at: [2, 1], terms: [3, 3] });
      s.node.crash(written);
      s.node.start();
      expect(s.log).toEqual(written === 0 ? [1, 2, 2] : [1, 3, 3]);
    }
  });

  test('applies again what its machine lost, and what it knew committed not twice', () => {
    const s = new Subject({ terms: [1, 1, 1, 1] });
    s.append(2, { term: 1, at: [5, 1], committed: 4 });
    s.restart(1);
    expect(s.status.committed.index).toBe(2);
    s.append(2, { term: 1, at: [5, 1], committed: 5 });
    expect(s.node.applied.map(({ header }) => header.index)).toEqual([2, 3, 4, 5]);
  });

  test('does not start where its log is without its term and vote: it would vote twice', () => {
    const s = new Subject();
    s.append(2, { term: 1, terms: [1] });
    s.node.disk.vote = null;
    expect(() => s.restart()).toThrow(/term and vote/u);
  });

  test('does not say that it holds what it has not compared with this leader', () => {
    const s = new Subject({ terms: [1, 2, 2] });
    expect(s.appended(2, { term: 3, at: [2, 1] })?.matched).toEqual(positionAt(2, 1));
  });
});

describe('the commit index on disk', () => {
  test('is written with the term and the vote', () => {
    const s = new Subject();
    s.append(2, { term: 1, terms: [1, 1], committed: 3 });
    expect(s.node.disk.vote?.committed).toEqual(positionAt(1, 0));
    s.asked(3, 2, [9, 9], { isTransfer: true });
    expect(s.node.disk.vote).toEqual({ term: 2, votedFor: idOf(3), committed: positionAt(3, 1) });
  });

  test('rides along with entries now and then', () => {
    const s = new Subject().lead();
    for (let i = 0; i <= limits.certificateSpacing + 1; i++) {
      s.matched(2, 2 + i);
      s.request();
    }
    const { vote } = s.node.disk;
    expect(vote?.committed.index).toBeGreaterThanOrEqual(limits.certificateSpacing);
    expect(vote).toMatchObject({ term: 1, votedFor: idOf(1) });
  });

  test('… sooner where the entries are large', () => {
    const s = new Subject().lead();
    const each = 1_000_000;
    const count = Math.ceil(limits.certificateSpacingBytes / each) + 1;
    for (let i = 0; i < count; i++) {
      s.matched(2, 2 + i);
      s.request(nextRequest(each));
    }
    expect(s.node.disk.vote?.committed.index).toBeGreaterThan(1);
  });

  test('names what is on disk', () => {
    const s = new Subject();
    s.append(2, { term: 1 });
    s.node.writes = false;
    s.append(2, { term: 1, terms: [1, 1], committed: 3 });
    s.asked(3, 2, [9, 9], { isTransfer: true });
    s.node.flush();
    expect(s.node.disk.vote?.committed).toEqual(positionAt(1, 0));
  });
});

test('a cluster that lost its power goes on where it was', () => {
  for (let seed = 0; seed < 5; seed++) {
    const cluster = new Cluster(3, {}, seed);
    cluster.elect();
    const wanted = [1, 2, 3, 1, 2, 3].map((i) => cluster.request(i));
    cluster.run(200);
    for (const node of cluster.nodes) node.crash();
    for (const [i, node] of cluster.nodes.entries())
      node.start(Math.max(0, node.applied.length - i));
    cluster.queue = [];
    cluster.elect();
    wanted.push(cluster.request(1));
    cluster.run(500);
    for (const node of cluster.nodes) expect(new Set(node.ordered)).toEqual(new Set(wanted));
  }
});
