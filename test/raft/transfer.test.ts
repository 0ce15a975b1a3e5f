/** Leadership transfer (dissertation, 3.10). */
import { describe, expect, test } from 'vitest';
import type { Term } from '../../src/consensus/model/ids.ts';
import { idOf } from '../tangaroa/cluster.ts';
import { Cluster } from './cluster.ts';
import { ELECTION_TIMEOUT_MS, Subject } from './subject.ts';

const TIMEOUT_NOW = 'transfer-leadership';

describe('a leader that resigns', () => {
  test('tells the most caught-up follower to campaign, at once if it has everything', () => {
    const s = new Subject({ size: 5 }).lead();
    s.matched(2, 1);
    s.matched(4, 2);
    s.matched(3, 1);
    s.heard();
    s.node.resign();
    expect(s.heard()).toEqual([{ to: idOf(4), message: { kind: TIMEOUT_NOW, term: 1 } }]);
  });

  test('brings it level first', () => {
    const s = new Subject().lead();
    s.request();
    s.matched(3, 2);
    s.heard();
    s.node.resign();
    expect(s.heard()).toEqual([]);
    s.matched(3, 3);
    expect(s.heardBy(3, TIMEOUT_NOW)).toHaveLength(1);
  });

  test('takes none that was not heard for an election timeout', () => {
    const s = new Subject({ size: 5 }).lead();
    s.matched(2, 2);
    s.run(ELECTION_TIMEOUT_MS / 2);
    for (const peer of [3, 4]) s.matched(peer, 1);
    s.run(ELECTION_TIMEOUT_MS / 2);
    s.heard();
    s.node.resign();
    s.matched(3, 2);
    expect(s.heardBy(3, TIMEOUT_NOW)).toHaveLength(1);
  });

  test('proposes nothing meanwhile, and keeps what clients want', () => {
    const s = new Subject().lead();
    s.matched(2, 2);
    s.node.resign();
    s.request();
    expect(s.log).toEqual([1]);
    expect(s.status.pending).toBe(1);
  });

  test('goes on leading where that came to nothing within an election timeout', () => {
    const s = new Subject().lead();
    s.matched(2, 2);
    s.node.resign();
    s.request();
    for (let passed = 0; passed < ELECTION_TIMEOUT_MS; passed += 20) {
      s.run(20);
      s.matched(3, 2);
    }
    expect(s.node.reports).toContain('transfer-failed');
    expect(s.log).toEqual([1, 1]);
    s.heard();
    s.node.resign();
    s.matched(3, 3);
    expect(s.heardBy(3, TIMEOUT_NOW)).toHaveLength(1);
  });

  test('asks once', () => {
    const s = new Subject().lead();
    s.matched(2, 2);
    s.heard();
    s.node.resign();
    s.node.resign();
    s.matched(2, 2);
    expect(s.heardBy(2, TIMEOUT_NOW)).toHaveLength(1);
  });

  test('has nobody to hand over to where it is alone, and who follows has nothing to hand over', () => {
    const alone = new Subject({ size: 1 }).lead();
    alone.node.resign();
    alone.request();
    expect(alone.log).toEqual([1, 1]);
    const follower = new Subject();
    follower.append(2, { term: 1 });
    follower.heard();
    follower.node.resign();
    expect(follower.heard()).toEqual([]);
  });
});

describe('who is told', () => {
  const told = (term: number): Subject => {
    const s = new Subject();
    s.append(2, { term: 3 });
    s.heard();
    s.say(2, { kind: TIMEOUT_NOW, term: term as Term });
    return s;
  };

  test('campaigns at once, without a pre-vote, and says why', () => {
    const s = told(3);
    expect(s.heardBy(3, 'request-vote')).toMatchObject([
      { term: 4, isPreVote: false, isTransfer: true },
    ]);
    expect(s.status).toMatchObject({ role: 'candidate', term: 4 });
  });

  test('does not, where that was in an earlier term', () => {
    const s = told(2);
    expect(s.heard()).toEqual([]);
    expect(s.status).toMatchObject({ role: 'follower', term: 3 });
  });

  test('campaigns in the term after the one it was told in', () => {
    expect(told(5).status).toMatchObject({ role: 'candidate', term: 6 });
  });

  test('does not, where it leads that term itself', () => {
    const s = new Subject().lead();
    s.say(2, { kind: TIMEOUT_NOW, term: 1 as Term });
    expect(s.status).toMatchObject({ role: 'leader', term: 1 });
  });
});

test('leadership moves without a pause, and nothing that clients want is lost', () => {
  for (let seed = 0; seed < 10; seed++) {
    const cluster = new Cluster(5, {}, seed);
    const old = cluster.elect();
    const wanted = cluster.nodes.map((_, i) => cluster.request(i + 1));
    old.resign();
    wanted.push(cluster.request(cluster.nodes.indexOf(old) + 1));
    cluster.run(40);
    expect(cluster.leader?.id, `seed ${seed}`).not.toBe(old.id);
    expect(cluster.leader, `seed ${seed}`).not.toBe(undefined);
    cluster.run(300);
    for (const node of cluster.nodes) expect(new Set(node.ordered)).toEqual(new Set(wanted));
  }
});
