/** The scenarios of the extended paper's figures 7 and 8. Indexes are one higher here: entry 1 is the genesis. */
import { describe, expect, test } from 'vitest';
import type { Term } from '../../src/consensus/model/ids.ts';
import { idOf } from '../tangaroa/cluster.ts';
import { Cluster, among } from './cluster.ts';
import { entriesOf, positionAt } from './entries.ts';

function clusterWith(logs: readonly (readonly number[])[], terms: readonly number[]): Cluster {
  const cluster = new Cluster(logs.length);
  for (const [i, log] of logs.entries()) {
    const node = cluster.node(i + 1);
    for (const entry of entriesOf(2, log)) node.disk.entries.set(entry.hash, entry);
    const term = terms[i] as Term;
    node.disk.vote = { term, votedFor: null, committed: positionAt(1, 0) };
    node.crash();
    node.start();
  }
  return cluster;
}

describe('figure 7: when the leader at the top comes to power, any of (a–f) could occur in follower logs', () => {
  const LEADER = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];
  const FOLLOWERS = {
    a: [1, 1, 1, 4, 4, 5, 5, 6, 6],
    b: [1, 1, 1, 4],
    c: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
    d: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
    e: [1, 1, 1, 4, 4, 4, 4],
    f: [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
  };
  const logs = [LEADER, ...Object.values(FOLLOWERS)];
  const elected = (): Cluster => {
    const cluster = clusterWith(logs, [7, 7, 7, 7, 7, 7, 7]);
    cluster.promote(1);
    return cluster;
  };

  test('it is elected in term 8 by those whose logs are not ahead: a, b, e and f', () => {
    const cluster = elected();
    expect(cluster.node(1).core.status()).toMatchObject({ role: 'leader', term: 8 });
    const voters = cluster.nodes.filter(({ disk }) => disk.vote?.votedFor === idOf(1));
    expect(voters.map(({ id }) => id)).toEqual([1, 2, 3, 6, 7].map(idOf));
  });

  test('every log becomes its log, and what it has is committed with the first entry of term 8', () => {
    const cluster = elected();
    cluster.run(200);
    for (const node of cluster.nodes) {
      expect(node.terms).toEqual([...LEADER, 8]);
      expect(node.disk.chain(cluster.genesis).map(({ header }) => header.term)).toEqual(node.terms);
      expect(node.core.status().committed).toEqual(positionAt(12, 8));
    }
  });

  test.each(Object.keys(FOLLOWERS).map((name, i) => [name, i + 2] as const))(
    'section 5.3: of (%s) it needs to be refused once at most',
    (_, number) => {
      const cluster = elected();
      cluster.run(200);
      const refusals = cluster
        .sent(number, 'append-entries-response')
        .filter(({ message }) => message.matched === null);
      expect(refusals.length).toBeLessThanOrEqual(1);
    },
  );
});

describe('figure 8: a leader cannot determine commitment using log entries from older terms', () => {
  /** (b): S1 has put an entry of term 2 on S2, and S5 another of term 3 on itself. */
  const atB = (): Cluster => clusterWith([[1, 2], [1, 2], [1], [1], [1, 3]], [2, 2, 3, 3, 3]);

  /** (c): S1 is elected in term 4, and its entry of term 2 comes to stand on S3. */
  function atC(): Cluster {
    const cluster = atB();
    const [s1, s3] = [cluster.node(1), cluster.node(3)];
    cluster.passes = ({ from, to, message }) =>
      among(1, 2, 3)({ from, to, message }) && message.kind !== 'append-entries';
    cluster.promote(1);
    expect(s1.core.status().term).toBe(4);
    const entries = entriesOf(3, [2], 1);
    s3.receive(idOf(1), {
      kind: 'append-entries',
      term: 4 as Term,
      previous: positionAt(2, 1),
      previousTerm: 1 as Term,
      entries,
      committed: s1.state.commitIndex,
    });
    cluster.settle();
    s1.receive(idOf(2), {
      kind: 'append-entries-response',
      term: 4 as Term,
      matched: positionAt(3, 2),
      hint: null,
    });
    return cluster;
  }

  test('(c): an entry of term 2 on a majority of the servers is not committed', () => {
    const cluster = atC();
    expect([1, 2, 3].map((i) => cluster.node(i).terms)).toEqual([
      [1, 2, 4],
      [1, 2],
      [1, 2],
    ]);
    expect(cluster.node(1).core.status().committed.index).toBe(1);
  });

  test('(d): S5 could still be elected and overwrite the entry with its own from term 3', () => {
    const cluster = atC();
    cluster.node(1).crash();
    cluster.queue = [];
    cluster.passes = among(2, 3, 4, 5);
    cluster.promote(5);
    expect(cluster.node(5).core.status().term).toBe(5);
    for (const i of [2, 3, 4, 5]) expect(cluster.node(i).terms).toEqual([1, 3, 5]);
    cluster.node(1).start();
    cluster.passes = () => true;
    cluster.run(3_000);
    expect(cluster.node(1).terms.slice(0, 3)).toEqual([1, 3, 5]);
  });

  test('(e): an entry of its current term on a majority commits all before it, and S5 cannot win', () => {
    const cluster = atC();
    cluster.passes = among(1, 2, 3);
    cluster.run(200);
    expect(cluster.node(1).core.status().committed).toEqual(positionAt(4, 4));
    cluster.node(1).crash();
    cluster.passes = among(2, 3, 4, 5);
    cluster.run(10_000);
    const leader = cluster.leader?.id;
    expect([idOf(2), idOf(3)]).toContain(leader);
    for (const i of [2, 3, 4, 5]) expect(cluster.node(i).terms.slice(0, 3)).toEqual([1, 2, 4]);
  });
});
