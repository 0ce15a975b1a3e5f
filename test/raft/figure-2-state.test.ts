/** The extended paper's figure 2, state: a test for each sentence. */
import { describe, expect, test } from 'vitest';
import type { Term } from '../../src/consensus/model/ids.ts';
import { idOf } from '../tangaroa/cluster.ts';
import { entriesOf, nextRequest, positionAt } from './entries.ts';
import { Subject } from './subject.ts';

describe('Persistent state on all servers (updated on stable storage before responding to RPCs)', () => {
  test('currentTerm: latest term server has seen (initialized to 0 on first boot, …', () => {
    const s = new Subject();
    expect(s.status.term).toBe(0);
    s.append(2, { term: 4 });
    s.restart();
    expect(s.status.term).toBe(4);
  });

  test('currentTerm: … increases monotonically)', () => {
    const s = new Subject({ term: 5 });
    s.append(2, { term: 4 });
    s.asked(2, 3, [9, 9]);
    s.vote(2, { term: 2, granted: false });
    s.matched(2, 1, 1 as Term);
    s.say(2, { kind: 'transfer-leadership', term: 4 as Term });
    expect(s.status.term).toBe(5);
    expect(s.status.role).toBe('follower');
  });

  test('votedFor: candidateId that received vote in current term (or null if none)', () => {
    const s = new Subject();
    expect(s.node.disk.vote).toBe(null);
    s.asked(2, 3, [1, 0]);
    expect(s.node.disk.vote).toMatchObject({ term: 3, votedFor: idOf(2) });
    s.restart();
    expect(s.asked(3, 3, [1, 0])).toMatchObject({ granted: false });
    expect(s.asked(2, 3, [1, 0])).toMatchObject({ granted: true });
    s.append(3, { term: 4 });
    expect(s.node.disk.vote).toMatchObject({ term: 4, votedFor: null });
  });

  test('log[]: log entries; each contains command, and term when entry was received by leader', () => {
    const s = new Subject();
    const request = nextRequest();
    s.append(2, { term: 2, terms: [2], requests: [request] });
    s.restart();
    expect(s.log).toEqual([2]);
    expect(s.node.state.log.uncommitted).toEqual(entriesOf(2, [2], 0, [request]));
  });

  test('log[]: first index is 1, which everybody has: the genesis', () => {
    const s = new Subject();
    expect(s.node.state.log.last).toEqual({ ...positionAt(1, 0), term: 0 });
    expect(s.appended(2, { term: 1, at: [1, 0] })?.matched).toEqual(positionAt(1, 0));
  });

  test('a vote is not sent before it is durable', () => {
    const s = new Subject();
    s.node.writes = false;
    expect(s.asked(2, 1, [1, 0])).toBe(undefined);
    s.node.flush();
    expect(s.heardBy(2, 'vote')).toMatchObject([{ granted: true }]);
  });

  test('a term is not answered in before it is durable', () => {
    const s = new Subject();
    s.node.writes = false;
    expect(s.asked(3, 3, [0, 0])).toBe(undefined);
    expect(s.appended(2, { term: 3 })).toBe(undefined);
    s.node.flush();
    expect(s.heard().map(({ message }) => message.kind)).toEqual([
      'vote',
      'append-entries-response',
    ]);
    s.node.writes = false;
    expect(s.appended(3, { term: 4, at: [7, 3] })).toBe(undefined);
    s.node.flush();
    expect(s.heardBy(3, 'append-entries-response')).toMatchObject([{ matched: null }]);
  });

  test('an entry is not acknowledged before it is durable, but a heartbeat is: with what is', () => {
    const s = new Subject();
    s.append(2, { term: 1, terms: [1] });
    s.node.writes = false;
    expect(s.appended(2, { term: 1, at: [2, 1], terms: [1] })).toBe(undefined);
    expect(s.appended(2, { term: 1, at: [3, 1] })?.matched).toEqual(positionAt(2, 1));
    s.node.flush();
    expect(s.heardBy(2, 'append-entries-response').at(-1)?.matched).toEqual(positionAt(3, 1));
  });

  test('one answer serves all that one write made durable', () => {
    const s = new Subject();
    s.append(2, { term: 1 });
    s.node.writes = false;
    s.heard();
    for (let i = 0; i < 5; i++) s.append(2, { term: 1, at: [1 + i, i === 0 ? 0 : 1], terms: [1] });
    s.node.flush();
    const answers = s.heardBy(2, 'append-entries-response');
    expect(answers.map(({ matched }) => matched)).toEqual([positionAt(6, 1)]);
  });

  test('a candidate asks nobody, and counts itself, only with a durable vote for itself', () => {
    const s = new Subject({ size: 1 });
    s.node.writes = false;
    s.run(1_700);
    expect(s.status).toMatchObject({ role: 'candidate', term: 1 });
    s.node.writes = true;
    s.node.flush();
    expect(s.status.role).toBe('leader');
    const other = new Subject();
    const { term } = other.untilPreVote();
    other.node.writes = false;
    other.vote(2, { term, isPreVote: true });
    expect(other.heardBy(2, 'request-vote')).toEqual([]);
    other.node.flush();
    expect(other.heardBy(2, 'request-vote')).toMatchObject([{ term: 1, isPreVote: false }]);
  });

  test('a leader counts its own entry only when it is durable', () => {
    const s = new Subject({ size: 4 }).lead();
    s.matched(2, 2);
    s.matched(3, 2);
    expect(s.status.committed.index).toBe(2);
    s.node.writes = false;
    s.request();
    s.matched(2, 3);
    s.matched(3, 3);
    expect(s.node.state.commitIndex).toBe(2);
    s.node.flush();
    expect(s.status.committed.index).toBe(3);
  });
});

describe('Volatile state on all servers', () => {
  test('commitIndex: index of highest log entry known to be committed (… increases monotonically)', () => {
    const s = new Subject({ terms: [1, 1] });
    expect(s.status.committed.index).toBe(1);
    s.append(2, { term: 1, at: [3, 1], committed: 3 });
    s.append(2, { term: 1, at: [2, 1], committed: 3 });
    s.append(3, { term: 2, at: [3, 1], committed: 1 });
    expect(s.status.committed).toEqual(positionAt(3, 1));
    expect(s.node.state.commitIndex).toBe(3);
  });

  test('lastApplied: index of highest log entry applied to state machine', () => {
    const s = new Subject({ terms: [1, 1] });
    expect(s.status.applied).toBe(1);
    s.append(2, { term: 1, at: [3, 1], committed: 3 });
    expect(s.status.applied).toBe(3);
  });

  test('both start at what is known to be committed: the machine is brought up to it', () => {
    const s = new Subject({ terms: [1, 1, 1], committed: 3 });
    expect(s.status).toMatchObject({ applied: 3, committed: positionAt(3, 1) });
  });
});

describe('Volatile state on leaders (reinitialized after election)', () => {
  test('nextIndex[]: initialized to leader last log index + 1', () => {
    const s = new Subject({ terms: [1, 1, 1] }).lead();
    for (const peer of [2, 3]) {
      const [first] = s.cluster.sent(1, 'append-entries').filter(({ to }) => to === idOf(peer));
      expect(first?.message.previous).toEqual(positionAt(4, 1));
    }
  });

  test('matchIndex[]: highest log entry known to be replicated (initialized to 0, …', () => {
    const s = new Subject({ terms: [1, 1, 1] }).lead();
    s.append(2, { term: 9, at: [4, 1] });
    s.lead();
    s.node.flush();
    expect(s.status).toMatchObject({ term: 10, committed: positionAt(1, 0) });
    const { role } = s.node.state;
    if (role.type !== 'leader') throw new Error('not leading');
    expect([...role.followers.values()].map(({ match }) => match)).toEqual([0, 0]);
  });

  test('matchIndex[]: … what was replicated in an earlier term may be gone', () => {
    const s = new Subject({ size: 5 }).lead();
    for (let i = 0; i < 4; i++) s.request();
    s.matched(2, 6);
    s.append(3, { term: 2, terms: [2] });
    s.lead();
    expect(s.log.slice(0, 2)).toEqual([2, 3]);
    s.matched(3, 3);
    expect(s.status.committed.index).toBe(1);
  });

  test('matchIndex[]: … increases monotonically)', () => {
    const s = new Subject({ size: 5, terms: [1] }).lead();
    s.matched(2, 3);
    s.matched(2, 2);
    s.matched(3, 3);
    expect(s.status.committed).toEqual(positionAt(3, 2));
  });
});
