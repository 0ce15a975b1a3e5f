/** Followers that lag behind what is in memory: entries come from the disk (`load`). */
import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import type { RaftAppendEntries } from '../../src/consensus/raft/message.ts';
import { idOf } from '../tangaroa/cluster.ts';
import { Cluster, partition } from './cluster.ts';
import { nextRequest, positionAt } from './entries.ts';
import { HEARTBEAT_MS, Subject } from './subject.ts';

const indexes = ({ entries }: RaftAppendEntries): readonly number[] =>
  entries.map(({ header }) => header.index);

const TERMS = [1, 1, 1, 2, 2, 2];

/** A leader that started with everything committed: nothing of it is in memory. */
function restarted(terms: readonly number[] = TERMS): Subject {
  const s = new Subject({ terms, committed: terms.length + 1 });
  s.node.answersLoads = false;
  s.lead();
  s.matched(2, terms.length + 2);
  s.heard();
  return s;
}

/** Answers the oldest load that is open. */
function answer(s: Subject, count?: number): void {
  const load = s.node.openLoads.shift();
  if (load === undefined) throw new Error('no load is open');
  s.node.answerLoad(load, count);
}

describe('a leader', () => {
  test('loads from where its follower’s log can agree, up to what is committed', () => {
    const s = restarted();
    s.rejected(3, 3, 1);
    expect(s.node.loads).toEqual([
      { type: 'load', peer: idOf(3), from: 4, upTo: s.status.committed },
    ]);
    answer(s);
    expect(s.heardBy(3, 'append-entries')).toMatchObject([
      { previous: positionAt(3, 1), previousTerm: 1, committed: 8 },
    ]);
  });

  test('loads once for one follower at a time, and sends heartbeats meanwhile', () => {
    const s = restarted();
    s.rejected(3, 3, 1);
    s.rejected(3, 2, 1);
    s.run(HEARTBEAT_MS);
    s.rejected(3, 1, 0);
    s.request();
    expect(s.node.loads).toHaveLength(1);
    const beats = s.heardBy(3, 'append-entries');
    expect(beats.map(indexes)).toEqual([[]]);
    expect(beats[0]?.previous.index).toBeLessThanOrEqual(3);
  });

  test('goes on loading ahead of the answers, and from memory where that begins', () => {
    const s = restarted();
    s.rejected(3, 1, 0);
    s.request();
    answer(s, 2);
    expect(s.heardBy(3, 'append-entries').map(indexes)).toEqual([[2, 3]]);
    expect(s.node.openLoads).toEqual([]);
    s.matched(3, 3);
    answer(s, 2);
    answer(s, 1);
    expect(s.heardBy(3, 'append-entries').map(indexes)).toEqual([[4, 5], [6]]);
    answer(s, 9);
    expect(s.heardBy(3, 'append-entries').map(indexes)).toEqual([[7, 8], [9]]);
  });

  test('does not send what was loaded for a place where its follower is no longer', () => {
    const s = restarted();
    s.rejected(3, 3, 1);
    s.matched(3, 5);
    answer(s);
    expect(s.heardBy(3, 'append-entries')).toEqual([]);
    expect(s.node.openLoads).toMatchObject([{ from: 6 }]);
  });

  test('does not send what was loaded for a term in which it leads no more', () => {
    const s = restarted();
    s.rejected(3, 3, 1);
    s.append(2, { term: 9, at: [7, 2] });
    s.heard();
    answer(s);
    expect(s.heard()).toEqual([]);
    s.lead();
    s.rejected(3, 3, 1);
    expect(s.node.openLoads).toHaveLength(1);
  });
});

describe('where the name of the entry before is not remembered', () => {
  const LONG: number[] = Array.from({ length: limits.recentHeaders + 500 }, () => 1);

  function deep(): Subject {
    const s = new Subject({ terms: LONG, committed: LONG.length + 1 });
    s.node.answersLoads = false;
    s.lead();
    s.matched(2, LONG.length + 2);
    s.heard();
    s.rejected(3, 100, 1);
    return s;
  }

  test('that entry is loaded too, and told as the previous one', () => {
    const s = deep();
    expect(s.node.openLoads).toMatchObject([{ from: 100 }]);
    answer(s, 3);
    const [append] = s.heardBy(3, 'append-entries');
    expect(append).toMatchObject({ previous: positionAt(100, 1), previousTerm: 1 });
    expect(append?.entries.map(({ header }) => header.index)).toEqual([101, 102]);
  });

  test('nothing is sent before more than that entry was loaded', () => {
    const s = deep();
    answer(s, 1);
    expect(s.heardBy(3, 'append-entries')).toEqual([]);
    expect(s.node.openLoads).toMatchObject([{ from: 101 }]);
    answer(s, 1);
    expect(s.heardBy(3, 'append-entries')).toMatchObject([{ previous: positionAt(100, 1) }]);
  });

  test('a heartbeat names something that every log has', () => {
    const s = deep();
    s.run(HEARTBEAT_MS);
    expect(s.heardBy(3, 'append-entries')).toMatchObject([
      { previous: positionAt(1, 0), entries: [] },
    ]);
  });
});

test('a follower that was away for longer than the cache lasts gets everything', () => {
  const cluster = new Cluster(3);
  const leader = cluster.elect();
  const away = cluster.nodes.findIndex((node) => node !== leader) + 1;
  cluster.passes = partition(away);
  for (let i = 0; i < limits.raftCacheEntriesMax + 200; i++) {
    leader.request(nextRequest());
    cluster.settle();
  }
  cluster.passes = () => true;
  cluster.run(500);
  expect(leader.loads.length).toBeGreaterThan(0);
  expect(cluster.node(away).ordered).toEqual(leader.ordered);
});
