/** The extended paper's figure 2, rules for servers: a test for each sentence. */
import { describe, expect, test } from 'vitest';
import type { Term } from '../../src/consensus/model/ids.ts';
import { idOf } from '../tangaroa/cluster.ts';
import { positionAt } from './entries.ts';
import { ELECTION_TIMEOUT_MS, HEARTBEAT_MS, Subject } from './subject.ts';

describe('All servers', () => {
  test('If commitIndex > lastApplied: increment lastApplied, apply log[lastApplied] to state machine', () => {
    const s = new Subject({ terms: [1, 1, 1] });
    s.append(2, { term: 1, at: [4, 1], committed: 4 });
    expect(s.node.applied.map(({ header }) => header.index)).toEqual([2, 3, 4]);
  });

  test('… once it is durable here, which a majority elsewhere does not make it', () => {
    const s = new Subject();
    s.append(2, { term: 1 });
    s.node.writes = false;
    s.append(2, { term: 1, terms: [1, 1], committed: 3 });
    expect(s.node.state.commitIndex).toBe(3);
    expect(s.node.applied).toEqual([]);
    s.node.flush();
    expect(s.node.applied.map(({ header }) => header.index)).toEqual([2, 3]);
  });

  const higher: readonly (readonly [string, (s: Subject) => void])[] = [
    ['AppendEntries', (s) => s.append(2, { term: 9 })],
    ['RequestVote', (s) => s.asked(2, 9, [0, 0], { isTransfer: true })],
    [
      'an AppendEntries response',
      (s) =>
        s.say(2, {
          kind: 'append-entries-response',
          term: 9 as Term,
          matched: null,
          hint: null,
        }),
    ],
    ['a RequestVote response', (s) => s.vote(2, { term: 9, granted: false })],
  ];

  test.each(higher)(
    'If %s contains term T > currentTerm: set currentTerm = T, convert to follower',
    (_, say) => {
      for (const s of [new Subject(), new Subject().lead()]) {
        say(s);
        expect(s.status).toMatchObject({ role: 'follower', term: 9 });
        expect(s.node.disk.vote).toMatchObject({ term: 9, votedFor: null });
      }
      const candidate = new Subject();
      candidate.untilElection();
      say(candidate);
      expect(candidate.status).toMatchObject({ role: 'follower', term: 9 });
    },
  );
});

describe('Followers', () => {
  test('Respond to RPCs from candidates and leaders', () => {
    const s = new Subject();
    expect(s.asked(2, 1, [1, 0])).toMatchObject({ granted: true });
    expect(s.appended(2, { term: 1 })).toMatchObject({ matched: positionAt(1, 0) });
    expect(s.appended(2, { term: 1, terms: [1] })).toMatchObject({ matched: positionAt(2, 1) });
  });

  test('If election timeout elapses without receiving AppendEntries from current leader … convert to candidate', () => {
    const s = new Subject();
    s.append(2, { term: 1 });
    for (let i = 0; i < 10; i++) {
      s.run(ELECTION_TIMEOUT_MS - 20);
      expect(s.status.role).toBe('follower');
      s.append(2, { term: 1 });
    }
    s.append(3, { term: 0 });
    s.run(2 * ELECTION_TIMEOUT_MS);
    expect(s.status.role).toBe('candidate');
  });

  test('… an AppendEntries of an earlier leader does not count', () => {
    const s = new Subject({ term: 2 });
    for (let i = 0; i < 10 && s.status.role === 'follower'; i++) {
      s.run(ELECTION_TIMEOUT_MS / 2);
      s.append(2, { term: 1 });
    }
    expect(s.status.role).toBe('candidate');
  });

  test('… or granting vote to candidate: convert to candidate', () => {
    const s = new Subject();
    for (let term = 1; term <= 10; term++) {
      s.run(ELECTION_TIMEOUT_MS - 20);
      expect(s.status.role).toBe('follower');
      s.asked(2, term, [1, 0]);
    }
  });

  test('… a vote that is denied does not keep it from it', () => {
    const s = new Subject({ terms: [1, 1] });
    const roles = new Set<string>();
    for (let term = 2; term <= 12; term++) {
      s.run(ELECTION_TIMEOUT_MS / 2);
      roles.add(s.status.role);
      s.asked(2, term, [1, 0]);
    }
    expect(roles).toContain('candidate');
  });
});

describe('Candidates', () => {
  test('On conversion to candidate, start election: increment currentTerm, vote for self, …', () => {
    const s = new Subject({ terms: [3] });
    expect(s.untilElection()).toMatchObject({ term: 4 });
    expect(s.status).toMatchObject({ role: 'candidate', term: 4 });
    expect(s.node.disk.vote).toMatchObject({ term: 4, votedFor: idOf(1) });
    expect(s.asked(2, 4, [9, 9])).toMatchObject({ granted: false });
  });

  test('… reset election timer, …', () => {
    const s = new Subject();
    s.untilElection();
    s.run(ELECTION_TIMEOUT_MS - 20);
    expect(s.heardBy(2, 'request-vote')).toEqual([]);
  });

  test('… send RequestVote RPCs to all other servers', () => {
    const s = new Subject({ size: 5 });
    s.untilPreVote();
    for (const peer of [2, 3]) s.vote(peer, { term: 1, isPreVote: true });
    const questions = s
      .heard()
      .filter(({ message }) => message.kind === 'request-vote' && !message.isPreVote);
    expect(questions.map(({ to }) => to)).toEqual([2, 3, 4, 5].map(idOf));
  });

  test('If votes received from majority of servers: become leader', () => {
    const s = new Subject({ size: 5 });
    s.untilElection();
    s.vote(2);
    expect(s.status.role).toBe('candidate');
    s.vote(3);
    expect(s.status).toMatchObject({ role: 'leader', leader: idOf(1) });
  });

  test('… counting voters, not votes, and those of this term that were granted', () => {
    const s = new Subject({ size: 5 });
    s.untilElection();
    s.vote(2);
    s.vote(2);
    s.vote(3, { granted: false });
    s.vote(4, { term: 0 });
    s.vote(5, { isPreVote: true });
    s.say(9, { kind: 'vote', term: s.status.term, isPreVote: false, granted: true });
    expect(s.status.role).toBe('candidate');
    s.vote(5);
    expect(s.status.role).toBe('leader');
  });

  test('If AppendEntries RPC received from new leader: convert to follower', () => {
    const s = new Subject();
    const { term } = s.untilElection();
    s.append(3, { term });
    expect(s.status).toMatchObject({ role: 'follower', term, leader: idOf(3) });
    expect(s.node.disk.vote?.votedFor).toBe(idOf(1));
  });

  test('If election timeout elapses: start new election', () => {
    const s = new Subject();
    s.untilElection();
    expect(s.untilElection()).toMatchObject({ term: 2 });
    expect(s.status.term).toBe(2);
  });

  test('section 5.2: election timeouts are chosen at random from T … 2T', () => {
    const waited = new Set<number>();
    for (let round = 0, s = new Subject(); round < 40; round++) {
      const start = s.cluster.now.monotonicMs;
      s.untilPreVote();
      waited.add(s.cluster.now.monotonicMs - start);
    }
    expect(Math.min(...waited)).toBeGreaterThanOrEqual(ELECTION_TIMEOUT_MS);
    expect(Math.max(...waited)).toBeLessThanOrEqual(2 * ELECTION_TIMEOUT_MS + 20);
    expect(waited.size).toBeGreaterThan(15);
  });
});

describe('Leaders', () => {
  test('Upon election: send initial AppendEntries to each server, …', () => {
    const s = new Subject({ size: 5 });
    s.untilElection();
    s.heard();
    s.vote(2);
    s.vote(3);
    const appends = s.heard().filter(({ message }) => message.kind === 'append-entries');
    expect(appends.map(({ to }) => to)).toEqual([2, 3, 4, 5].map(idOf));
  });

  test('… with an entry of its term at once, without which it commits nothing (section 8)', () => {
    const s = new Subject({ terms: [1] }).lead();
    expect(s.log).toEqual([1, 2]);
    expect(s.node.state.log.uncommitted.at(-1)?.content).toEqual({ kind: 'batch', requests: [] });
  });

  test('… repeat during idle periods to prevent election timeouts', () => {
    const s = new Subject().lead();
    s.matched(2, 2);
    s.heard();
    for (let i = 0; i < 5; i++) {
      s.run(HEARTBEAT_MS);
      s.matched(2, 2);
    }
    const beats = s.heardBy(2, 'append-entries');
    expect(beats).toHaveLength(5);
    for (const beat of beats)
      expect(beat).toMatchObject({ entries: [], previous: positionAt(2, 1) });
  });

  test('If command received from client: append entry to local log, respond after entry applied', () => {
    const s = new Subject().lead();
    s.matched(2, 2);
    const request = s.request();
    expect(s.log).toEqual([1, 1]);
    expect(s.node.ordered).toEqual([]);
    expect(s.status.pending).toBe(1);
    s.matched(2, 3);
    expect(s.node.ordered).toEqual([request.digest]);
    expect(s.status.pending).toBe(0);
  });

  test('If last log index ≥ nextIndex for a follower: send AppendEntries with log entries starting at nextIndex', () => {
    const s = new Subject({ terms: [1, 1] }).lead();
    s.matched(2, 4);
    s.matched(3, 4);
    s.heard();
    s.request();
    for (const { message } of s.heard()) {
      if (message.kind !== 'append-entries') continue;
      expect(message.previous).toEqual(positionAt(4, 2));
      expect(message.entries.map(({ header }) => header.index)).toEqual([5]);
    }
    expect(s.cluster.sent(1, 'append-entries').at(-1)?.message.entries).toHaveLength(1);
  });

  test('If successful: update nextIndex and matchIndex for follower', () => {
    const s = new Subject({ terms: [1, 1] }).lead();
    s.request();
    s.heard();
    s.matched(2, 3);
    expect(s.heardBy(2, 'append-entries')[0]).toMatchObject({
      previous: positionAt(3, 1),
      entries: [{ header: { index: 4 } }, { header: { index: 5 } }],
    });
  });

  test('If AppendEntries fails because of log inconsistency: decrement nextIndex and retry', () => {
    const s = new Subject({ terms: [1, 1, 2, 2] }).lead();
    s.heard();
    s.rejected(2, 3, 1);
    expect(s.heardBy(2, 'append-entries')[0]).toMatchObject({
      previous: positionAt(3, 1),
      previousTerm: 1,
      entries: [{ header: { index: 4 } }, { header: { index: 5 } }, { header: { index: 6 } }],
    });
    s.rejected(2, 1, 0);
    expect(s.heardBy(2, 'append-entries')[0]).toMatchObject({ previous: positionAt(1, 0) });
  });

  test('… past all its entries of terms that the follower cannot have (section 5.3)', () => {
    const s = new Subject({ terms: [1, 1, 4, 4, 5, 5] }).lead();
    s.heard();
    s.rejected(2, 6, 2);
    expect(s.heardBy(2, 'append-entries')[0]).toMatchObject({ previous: positionAt(3, 1) });
  });

  test('If there exists an N such that N > commitIndex, a majority of matchIndex[i] ≥ N …: set commitIndex = N', () => {
    const s = new Subject({ size: 5 }).lead();
    s.request();
    s.request();
    s.matched(2, 4);
    expect(s.status.committed.index).toBe(1);
    s.matched(3, 3);
    expect(s.status.committed).toEqual(positionAt(3, 1));
    s.matched(4, 4);
    expect(s.status.committed).toEqual(positionAt(4, 1));
  });

  test('… and log[N].term == currentTerm (section 5.4.2)', () => {
    const s = new Subject({ terms: [1, 1, 2] }).lead();
    s.matched(2, 4);
    expect(s.status.committed.index).toBe(1);
    s.matched(2, 5);
    expect(s.status.committed).toEqual(positionAt(5, 3));
  });

  test('… counting followers, not answers, and their answers of this term', () => {
    const s = new Subject({ size: 5, terms: [1] }).lead();
    s.matched(2, 3);
    s.matched(2, 3);
    s.matched(3, 3, 1 as Term);
    s.matched(9, 3);
    expect(s.status.committed.index).toBe(1);
    s.matched(3, 3);
    expect(s.status.committed.index).toBe(3);
  });
});
