/** The rung between Raft and Tangaroa on which Responses go to all, who count them alike. */
import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { idOf } from '../tangaroa/cluster.ts';
import { Cluster } from './cluster.ts';
import { positionAt } from './entries.ts';
import { HEARTBEAT_MS, Subject } from './subject.ts';

const ALL = { responses: 'all' } as const;

describe('a follower', () => {
  test('tells all what it holds', () => {
    const s = new Subject({ size: 4, ...ALL });
    s.heard();
    s.append(2, { term: 1, terms: [1] });
    const response = {
      kind: 'append-entries-response',
      term: 1,
      matched: positionAt(2, 1),
      hint: null,
    };
    expect(s.heard()).toEqual([2, 3, 4].map((i) => ({ to: idOf(i), message: response })));
  });

  test('tells its leader alone that something is missing', () => {
    const s = new Subject({ size: 4, ...ALL });
    s.append(2, { term: 1, at: [5, 1] });
    expect(s.heard()).toMatchObject([{ to: idOf(2), message: { matched: null } }]);
  });

  test('commits what it heard of a majority, itself counted, and not what the leader says', () => {
    const s = new Subject({ size: 5, ...ALL });
    s.append(2, { term: 1, terms: [1, 1], committed: 3 });
    expect(s.status.committed.index).toBe(1);
    s.matched(3, 2);
    expect(s.status.committed.index).toBe(1);
    s.matched(2, 3);
    expect(s.status.committed).toEqual(positionAt(2, 1));
    s.matched(3, 3);
    expect(s.status.committed).toEqual(positionAt(3, 1));
  });

  test('counts no entry of an earlier term (5.4.2), and no Response of another term', () => {
    const s = new Subject({ terms: [1, 1], ...ALL });
    s.append(2, { term: 3, at: [3, 1] });
    s.matched(2, 3);
    s.matched(3, 3);
    expect(s.status.committed.index).toBe(1);
    s.append(2, { term: 3, at: [3, 1], terms: [3] });
    s.matched(2, 4, 2 as never);
    expect(s.status.committed.index).toBe(1);
    s.matched(2, 4);
    expect(s.status.committed).toEqual(positionAt(4, 3));
  });

  test('counts a Response about what it does not hold yet for what it holds of it', () => {
    const s = new Subject({ size: 4, ...ALL });
    s.append(2, { term: 1 });
    for (const peer of [2, 3])
      s.say(peer, {
        kind: 'append-entries-response',
        term: s.status.term,
        matched: positionAt(9, 1),
        hint: null,
      });
    expect(s.status.committed.index).toBe(1);
    s.append(2, { term: 1, terms: [1, 1] });
    expect(s.status.committed).toEqual(positionAt(3, 1));
  });

  test('counts no Response that names another entry than its own, nor what its leader has not confirmed', () => {
    const s = new Subject({ terms: [1, 2, 2], term: 3, ...ALL });
    s.append(2, { term: 3, at: [2, 1] });
    s.matched(2, 4);
    s.matched(3, 4);
    expect(s.status.committed.index).toBe(1);
    s.append(2, { term: 3, at: [2, 1], terms: [3] });
    s.say(2, {
      kind: 'append-entries-response',
      term: s.status.term,
      matched: positionAt(3, 3),
      hint: null,
    });
    // n2 said before that it holds (4, 2), which it cannot any more: its highest counts.
    expect(s.log).toEqual([1, 3]);
    expect(s.status.committed).toEqual(positionAt(3, 3));
    const liar = new Subject({ size: 4, ...ALL });
    liar.append(2, { term: 3, terms: [3] });
    for (const peer of [2, 3, 4])
      liar.say(peer, {
        kind: 'append-entries-response',
        term: liar.status.term,
        matched: positionAt(2, 2),
        hint: null,
      });
    expect(liar.status.committed.index).toBe(1);
  });

  test('takes the leader’s word where it holds more than it may: of earlier terms nothing counts', () => {
    const s = new Subject({ size: 4, ...ALL });
    const { heldEntriesMax } = limits;
    const old = Array.from({ length: heldEntriesMax }, () => 1);
    s.append(2, { term: 2, terms: old, committed: 9 });
    for (const peer of [2, 3, 4]) s.matched(peer, 1_000);
    expect(s.status.committed.index).toBe(1);
    s.append(2, { term: 2, at: [heldEntriesMax + 1, 1], terms: [1], committed: 9 });
    expect(s.status.committed).toEqual(positionAt(9, 1));
    s.append(2, { term: 2, at: [heldEntriesMax + 2, 1], terms: [1], committed: 90 });
    expect(s.status.committed.index).toBe(9);
  });

  test('applies what is committed once it is durable here', () => {
    const s = new Subject({ size: 4, ...ALL });
    s.append(2, { term: 1 });
    s.node.writes = false;
    s.append(2, { term: 1, terms: [1] });
    for (const peer of [2, 3, 4]) s.matched(peer, 2);
    expect(s.node.applied).toEqual([]);
    s.node.flush();
    expect(s.node.applied).toHaveLength(1);
  });
});

describe('a leader', () => {
  test('tells all what it holds itself, and again with heartbeats', () => {
    const s = new Subject(ALL).lead();
    const mine = () => s.heardBy(3, 'append-entries-response');
    expect(mine()).toMatchObject([{ matched: positionAt(2, 1) }]);
    s.run(HEARTBEAT_MS);
    expect(mine()).toMatchObject([{ matched: positionAt(2, 1) }]);
  });

  test('tells nobody how far it committed: all know', () => {
    const s = new Subject(ALL).lead();
    s.matched(2, 2);
    s.matched(3, 2);
    s.heard();
    s.request();
    s.matched(2, 3);
    s.matched(3, 3);
    const empty = s.heardBy(2, 'append-entries').filter(({ entries }) => entries.length === 0);
    expect(empty).toEqual([]);
  });

  test('in Raft tells nobody what it holds', () => {
    const s = new Subject().lead();
    s.run(HEARTBEAT_MS);
    expect(s.heardBy(3, 'append-entries-response')).toEqual([]);
  });
});

test('followers that lose every word of their leader’s commit index commit all the same', () => {
  const cluster = new Cluster(4, ALL);
  const leader = cluster.elect();
  cluster.passes = ({ message }) =>
    message.kind !== 'append-entries' || message.entries.length > 0 || message.committed === 1;
  const wanted = cluster.request(cluster.nodes.indexOf(leader) + 1);
  cluster.settle();
  for (const node of cluster.nodes) expect(node.ordered).toEqual([wanted]);
});
