/** Pre-vote (dissertation, 9.6) and votes while a leader is heard (4.2.3). */
import { describe, expect, test } from 'vitest';
import type { Term } from '../../src/consensus/model/ids.ts';
import { idOf } from '../tangaroa/cluster.ts';
import { Cluster, partition } from './cluster.ts';
import { ELECTION_TIMEOUT_MS, Subject } from './subject.ts';

const PRE = { isPreVote: true };

describe('a candidate', () => {
  test('asks for the next term before it enters it, and votes for nobody yet', () => {
    const s = new Subject({ terms: [2] });
    expect(s.untilPreVote()).toMatchObject({
      term: 3,
      isPreVote: true,
      last: { index: 2, term: 2 },
    });
    expect(s.status).toMatchObject({ role: 'candidate', term: 2, leader: null });
    expect(s.asked(2, 3, [2, 2])).toMatchObject({ granted: true });
  });

  test('enters it with a majority of pre-votes, counted once each and for this term only', () => {
    const s = new Subject({ size: 5 });
    s.untilPreVote();
    s.vote(2, { term: 1, ...PRE });
    s.vote(2, { term: 1, ...PRE });
    s.vote(3, { term: 2, ...PRE });
    s.vote(4, { term: 0, isPreVote: false });
    s.vote(4, { term: 0, ...PRE, granted: false });
    expect(s.status).toMatchObject({ role: 'candidate', term: 0 });
    s.vote(5, { term: 1, ...PRE });
    expect(s.status.term).toBe(1);
    expect(s.node.disk.vote).toMatchObject({ term: 1, votedFor: idOf(1) });
  });

  test('follows nobody any more, and forwards nothing to whom it followed', () => {
    const s = new Subject();
    s.append(2, { term: 1 });
    s.untilPreVote();
    expect(s.status.leader).toBe(null);
    s.heard();
    s.request();
    expect(s.heard()).toEqual([]);
  });

  test('learns a higher term from a refusal', () => {
    const s = new Subject();
    s.untilPreVote();
    s.vote(2, { term: 6, ...PRE, granted: false });
    expect(s.status).toMatchObject({ role: 'follower', term: 6 });
    expect(s.untilPreVote()).toMatchObject({ term: 7 });
  });

  test('gives up for a leader of its own term', () => {
    const s = new Subject({ term: 2 });
    s.untilPreVote();
    s.append(3, { term: 2 });
    expect(s.status).toMatchObject({ role: 'follower', term: 2, leader: idOf(3) });
    s.vote(2, { term: 3, ...PRE });
    expect(s.status.term).toBe(2);
  });

  test('asks anew after another timeout, and a peer that was away when its link is up', () => {
    const s = new Subject();
    s.untilPreVote();
    s.heard();
    s.node.connect(idOf(3));
    expect(s.heard()).toMatchObject([{ to: idOf(3), message: { kind: 'request-vote', ...PRE } }]);
    expect(s.untilPreVote()).toMatchObject({ term: 1 });
  });
});

describe('a voter', () => {
  test('grants a pre-vote without entering the term or binding its vote', () => {
    const s = new Subject({ terms: [1] });
    expect(s.asked(2, 9, [2, 1], PRE)).toEqual({ kind: 'vote', term: 9, ...PRE, granted: true });
    expect(s.asked(3, 9, [2, 1], PRE)).toMatchObject({ granted: true });
    expect(s.status.term).toBe(1);
    expect(s.node.disk.vote?.term).toBe(1);
    expect(s.asked(3, 2, [2, 1])).toMatchObject({ granted: true });
  });

  test('does not wait longer for a leader because it granted one', () => {
    const s = new Subject();
    for (let i = 0; i < 5 && s.status.role === 'follower'; i++) {
      s.run(ELECTION_TIMEOUT_MS / 2);
      s.asked(2, 1, [1, 0], PRE);
    }
    expect(s.status.role).toBe('candidate');
  });

  test('denies one to a log that is behind, and for a term that it has entered, with its own term', () => {
    const s = new Subject({ terms: [1, 2], term: 4 });
    expect(s.asked(2, 5, [9, 1], PRE)).toEqual({ kind: 'vote', term: 4, ...PRE, granted: false });
    expect(s.asked(2, 4, [3, 2], PRE)).toEqual({ kind: 'vote', term: 4, ...PRE, granted: false });
    expect(s.asked(2, 5, [3, 2], PRE)).toMatchObject({ granted: true });
  });

  test.each([true, false])(
    'that heard a leader within the minimum election timeout ignores the question (pre-vote: %s)',
    (isPreVote) => {
      const s = new Subject();
      s.append(2, { term: 1 });
      s.run(ELECTION_TIMEOUT_MS - 20);
      s.append(2, { term: 1 });
      s.run(ELECTION_TIMEOUT_MS - 20);
      expect(s.asked(3, 7, [9, 9], { isPreVote })).toBe(undefined);
      expect(s.status).toMatchObject({ term: 1, leader: idOf(2) });
      s.run(20);
      expect(s.asked(3, 7, [9, 9], { isPreVote })).toMatchObject({ granted: true });
    },
  );

  test('that leads ignores it too', () => {
    const s = new Subject().lead();
    for (const isPreVote of [true, false])
      expect(s.asked(3, 7, [9, 9], { isPreVote })).toBe(undefined);
    expect(s.status).toMatchObject({ role: 'leader', term: 1 });
  });

  test('takes it from a candidate to which the leader handed over', () => {
    const s = new Subject();
    s.append(2, { term: 1 });
    expect(s.asked(3, 2, [9, 9], { isTransfer: true })).toMatchObject({ term: 2, granted: true });
  });
});

test('a node that comes back from a partition deposes nobody', () => {
  const cluster = new Cluster(5);
  const leader = cluster.elect();
  const { term } = leader.core.status();
  const other = cluster.nodes.findIndex((node) => node !== leader) + 1;
  cluster.passes = partition(other);
  cluster.run(10_000);
  expect(cluster.node(other).core.status()).toMatchObject({ role: 'candidate', term });
  cluster.passes = () => true;
  cluster.run(2_000);
  expect(cluster.leader).toBe(leader);
  for (const node of cluster.nodes)
    expect(node.core.status()).toMatchObject({ term, leader: leader.id });
});

test('a leader gives way to a follower that is in a later term, which could not follow it otherwise', () => {
  const cluster = new Cluster(3);
  const leader = cluster.elect();
  const other = cluster.nodes.find((node) => node !== leader);
  if (other === undefined) throw new Error('another node');
  other.crash();
  other.disk.vote = {
    term: 9 as Term,
    votedFor: null,
    committed: other.core.status().committed,
  };
  other.start();
  cluster.run(5_000);
  const { term } = cluster.elect().core.status();
  expect(term).toBeGreaterThan(9);
});

test('an election that nobody wins is followed by one that somebody wins', () => {
  for (let seed = 0; seed < 20; seed++) {
    const cluster = new Cluster(4, {}, seed);
    // All become candidates of term 1 at once: every vote is split.
    for (const node of cluster.nodes) {
      node.disk.vote = {
        term: 1 as Term,
        votedFor: node.id,
        committed: node.core.status().committed,
      };
      node.crash();
      node.start();
    }
    cluster.run(20_000);
    expect(cluster.leader, `seed ${seed}`).not.toBe(undefined);
  }
});
