/** The extended paper's figure 2, both RPCs: a test for each sentence. */
import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import type { LogIndex } from '../../src/consensus/model/ids.ts';
import { idOf } from '../tangaroa/cluster.ts';
import { nextRequest, positionAt } from './entries.ts';
import { Subject } from './subject.ts';

describe('AppendEntries RPC, arguments', () => {
  test('term: leader’s term; leaderId: so follower can redirect clients', () => {
    const s = new Subject();
    s.append(2, { term: 3 });
    expect(s.status).toMatchObject({ term: 3, leader: idOf(2) });
    const request = s.request();
    expect(s.heardBy(2, 'forward')).toEqual([{ kind: 'forward', requests: [request] }]);
  });

  test('prevLogIndex, prevLogTerm: of the log entry immediately preceding new ones', () => {
    const s = new Subject({ terms: [1, 1, 2] }).lead();
    const [append] = s.heardBy(2, 'append-entries');
    expect(append).toMatchObject({ previous: positionAt(4, 2), previousTerm: 2 });
    expect(append?.entries.map(({ header }) => header.index)).toEqual([5]);
  });

  test('entries[]: log entries to store (empty for heartbeat; may send more than one for efficiency)', () => {
    const s = new Subject().lead();
    s.matched(2, 2);
    s.heard();
    s.request();
    s.request();
    expect(s.heardBy(2, 'append-entries').map(({ entries }) => entries.length)).toEqual([1, 1]);
    s.node.connect(idOf(2));
    s.matched(2, 2);
    expect(s.heardBy(2, 'append-entries').at(-1)?.entries).toHaveLength(2);
    s.matched(2, 4);
    s.heard();
    s.run(100);
    expect(s.heardBy(2, 'append-entries').at(-1)?.entries).toEqual([]);
  });

  test('leaderCommit: leader’s commitIndex', () => {
    const s = new Subject().lead();
    expect(s.heardBy(2, 'append-entries')[0]?.committed).toBe(1);
    s.matched(2, 2);
    s.request();
    expect(s.heardBy(2, 'append-entries').at(-1)?.committed).toBe(2);
  });
});

describe('AppendEntries RPC, receiver', () => {
  test('1. Reply false if term < currentTerm', () => {
    const s = new Subject({ terms: [1], term: 3 });
    expect(s.appended(2, { term: 2, at: [2, 1], terms: [2] })).toEqual({
      kind: 'append-entries-response',
      term: 3,
      matched: null,
      hint: null,
    });
    expect(s.log).toEqual([1]);
    expect(s.status.leader).toBe(null);
  });

  test('2. Reply false if log doesn’t contain an entry at prevLogIndex …', () => {
    const s = new Subject({ terms: [1] });
    expect(s.appended(2, { term: 2, at: [3, 1], terms: [2] })).toMatchObject({
      term: 2,
      matched: null,
    });
    expect(s.log).toEqual([1]);
  });

  test('2. … whose term matches prevLogTerm', () => {
    const s = new Subject({ terms: [1, 1] });
    expect(s.appended(2, { term: 3, at: [3, 2], terms: [3] })).toMatchObject({
      term: 3,
      matched: null,
    });
    expect(s.log).toEqual([1, 1]);
  });

  test('2. … which is so where it is committed here, even if its name is forgotten', () => {
    const terms = Array.from({ length: limits.recentHeaders + 100 }, () => 1);
    const s = new Subject({ terms, committed: terms.length });
    expect(s.node.state.log.markAt(50 as LogIndex)).toBe(null);
    expect(s.appended(2, { term: 1, at: [50, 1], terms: [1, 1] })?.matched).toEqual(
      positionAt(52, 1),
    );
    expect(s.log).toHaveLength(terms.length);
  });

  test('3. If an existing entry conflicts with a new one (same index but different terms), delete the existing entry and all that follow it', () => {
    const s = new Subject({ terms: [1, 2, 2, 2] });
    expect(s.appended(2, { term: 3, at: [2, 1], terms: [3] })?.matched).toEqual(positionAt(3, 3));
    expect(s.log).toEqual([1, 3]);
    expect(s.stored).toEqual([1, 3]);
  });

  test('3. … and only then: what does not conflict stays, also above the new entries', () => {
    const s = new Subject({ terms: [1, 1, 1, 1] });
    expect(s.appended(2, { term: 1, at: [2, 1], terms: [1] })?.matched).toEqual(positionAt(3, 1));
    expect(s.log).toEqual([1, 1, 1, 1]);
    s.append(2, { term: 1, at: [2, 1] });
    expect(s.log).toEqual([1, 1, 1, 1]);
  });

  test('an AppendEntries that comes late is answered with all that is known to match', () => {
    const s = new Subject();
    s.append(2, { term: 1, terms: [1, 1] });
    expect(s.appended(2, { term: 1 })?.matched).toEqual(positionAt(3, 1));
  });

  test('4. Append any new entries not already in the log', () => {
    const s = new Subject({ terms: [1, 1] });
    expect(s.appended(2, { term: 2, at: [2, 1], terms: [1, 1, 2] })?.matched).toEqual(
      positionAt(5, 2),
    );
    expect(s.log).toEqual([1, 1, 1, 2]);
    expect(s.stored).toEqual([1, 1, 1, 2]);
  });

  test('5. If leaderCommit > commitIndex, set commitIndex = min(leaderCommit, …', () => {
    const s = new Subject({ terms: [1, 1, 1] });
    s.append(2, { term: 1, at: [4, 1], committed: 3 });
    expect(s.status.committed).toEqual(positionAt(3, 1));
    expect(s.node.applied.map(({ header }) => header.index)).toEqual([2, 3]);
    s.append(2, { term: 1, at: [4, 1], committed: 2 });
    expect(s.node.state.commitIndex).toBe(3);
  });

  test('5. … index of last new entry): what lies above it may be another leader’s', () => {
    const s = new Subject({ terms: [1, 1, 2, 2] });
    s.append(2, { term: 3, at: [2, 1], terms: [1], committed: 5 });
    expect(s.status.committed).toEqual(positionAt(3, 1));
    s.append(2, { term: 3, at: [3, 1], committed: 5 });
    expect(s.status.committed).toEqual(positionAt(3, 1));
  });

  test('5. … and no answer where that is all that the AppendEntries told', () => {
    const s = new Subject({ terms: [1, 1, 1] });
    s.append(2, { term: 1, at: [4, 1] });
    expect(s.appended(2, { term: 1, at: [4, 1], committed: 3 })).toBe(undefined);
    expect(s.appended(2, { term: 1, at: [4, 1], committed: 3 })).not.toBe(undefined);
  });

  test('Results: term, for leader to update itself; success if prevLogIndex and prevLogTerm matched', () => {
    const s = new Subject({ terms: [1] });
    expect(s.appended(2, { term: 4, at: [2, 1] })).toEqual({
      kind: 'append-entries-response',
      term: 4,
      matched: positionAt(2, 1),
      hint: null,
    });
  });

  test('what matched an earlier leader’s log says nothing of this one’s', () => {
    const s = new Subject();
    s.append(2, { term: 1, terms: [1, 1, 1] });
    expect(s.appended(3, { term: 2, at: [2, 1] })?.matched).toEqual(positionAt(2, 1));
  });

  test('and a leader is answered whatever was told to an earlier one', () => {
    const s = new Subject();
    s.append(2, { term: 1, terms: [1, 1, 1] });
    expect(s.appended(3, { term: 2, at: [2, 1], terms: [1] })?.matched).toEqual(positionAt(3, 1));
  });

  test('section 5.3: a rejection names where the logs can agree, past all entries of later terms', () => {
    const s = new Subject({ terms: [1, 1, 4, 4, 4, 4] });
    expect(s.appended(2, { term: 6, at: [7, 5] })?.hint).toEqual({ index: 6, term: 4 });
    expect(s.appended(2, { term: 6, at: [6, 3] })?.hint).toEqual({ index: 3, term: 1 });
    expect(s.appended(2, { term: 6, at: [20, 6] })?.hint).toEqual({ index: 7, term: 4 });
  });

  test('section 5.3: … and nothing below what is committed, which the leader has', () => {
    const s = new Subject({ terms: [1, 1, 4, 4, 4, 4], committed: 5 });
    expect(s.appended(2, { term: 6, at: [7, 3] })?.hint).toEqual({ index: 5, term: 4 });
  });
});

describe('RequestVote RPC', () => {
  test('Arguments: candidate’s term, and index and term of its last log entry', () => {
    const s = new Subject({ terms: [1, 2] });
    expect(s.untilElection()).toEqual({
      kind: 'request-vote',
      term: 3,
      isPreVote: false,
      isTransfer: false,
      last: { index: 3, term: 2 },
    });
  });

  test('1. Reply false if term < currentTerm', () => {
    const s = new Subject({ terms: [1], term: 3 });
    expect(s.asked(2, 2, [9, 9])).toEqual({
      kind: 'vote',
      term: 3,
      isPreVote: false,
      granted: false,
    });
    expect(s.node.disk.vote?.votedFor).toBe(null);
  });

  test('2. If votedFor is null or candidateId, and candidate’s log is at least as up-to-date, grant vote', () => {
    const s = new Subject({ terms: [1] });
    expect(s.asked(2, 2, [2, 1])).toMatchObject({ term: 2, granted: true });
    expect(s.asked(2, 2, [2, 1])).toMatchObject({ term: 2, granted: true });
    expect(s.asked(3, 2, [2, 1])).toMatchObject({ term: 2, granted: false });
    expect(s.asked(3, 3, [2, 1])).toMatchObject({ term: 3, granted: true });
  });

  test.each([
    ['an earlier last term, however long', [9, 1], false],
    ['the same last term, shorter', [2, 2], false],
    ['the same last term, as long', [3, 2], true],
    ['the same last term, longer', [4, 2], true],
    ['a later last term, however short', [2, 3], true],
  ] as const)('section 5.4.1: up-to-date is %s → %s, %s', (_, last, granted) => {
    const s = new Subject({ terms: [1, 2] });
    expect(s.asked(2, 5, last)).toMatchObject({ term: 5, granted });
  });

  test('a denied vote is still free for another candidate of the term', () => {
    const s = new Subject({ terms: [1, 2] });
    expect(s.asked(2, 5, [2, 1])).toMatchObject({ granted: false });
    expect(s.asked(3, 5, [3, 2])).toMatchObject({ granted: true });
  });

  test('Results: term, for candidate to update itself; voteGranted: true means candidate received vote', () => {
    const s = new Subject({ size: 5, terms: [1] });
    s.untilElection();
    s.vote(2);
    s.vote(3, { granted: false });
    expect(s.status.role).toBe('candidate');
    s.vote(4, { term: 7, granted: false });
    expect(s.status).toMatchObject({ role: 'follower', term: 7 });
  });
});

test('a request that was forwarded reaches the log once, whatever is repeated', () => {
  const s = new Subject().lead();
  const request = nextRequest();
  for (const from of [2, 3, 2]) s.say(from, { kind: 'forward', requests: [request] });
  expect(s.log).toEqual([1, 1]);
});
