/** Raft believes its peers; what no honest one says must still not break the process, and never what is committed. */
import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import type { LogIndex, NodeId, Term } from '../../src/consensus/model/ids.ts';
import type { RaftMessage } from '../../src/consensus/raft/message.ts';
import { encodeRaftMessage, decodeRaftMessage } from '../../src/wire/raft.ts';
import { idOf } from '../tangaroa/cluster.ts';
import { raftContext, raftMessages } from './arbitrary.ts';
import { entriesOf, positionAt } from './entries.ts';
import { Subject } from './subject.ts';

/** Nobody may lie, so there is no f to be exceeded, and no proof. */
const TRUE_IN_RAFT = /Raft trusts its members, and one of them .* lies\. This node stops\.$/u;

describe('a leader that contradicts what is committed here', () => {
  const committed = (): Subject => {
    const s = new Subject({ terms: [1, 1, 1] });
    s.append(2, { term: 1, at: [4, 1], committed: 3 });
    return s;
  };

  test.each([
    ['with an entry', { term: 3, at: [2, 1], terms: [3] }],
    ['with the entry before its own', { term: 3, at: [3, 2] }],
  ] as const)('%s stops the node, which keeps what it has', (_, append) => {
    const s = committed();
    s.append(3, append);
    expect(s.node.halted).toBe('forked');
    expect(s.node.lastWords).toContain('has another entry at index');
    expect(s.node.lastWords).toMatch(TRUE_IN_RAFT);
    expect(s.stored).toEqual([1, 1, 1]);
    s.heard();
    s.run(5_000);
    expect(s.heard()).toEqual([]);
  });

  test('… also where it is committed and not durable here yet', () => {
    const s = new Subject();
    s.append(2, { term: 1 });
    s.node.writes = false;
    s.append(2, { term: 1, terms: [1], committed: 2 });
    s.append(3, { term: 2, terms: [2] });
    expect(s.node.halted).toBe('forked');
  });
});

describe('two leaders of one term', () => {
  test('stop a follower that hears both', () => {
    const s = new Subject();
    s.append(2, { term: 1 });
    s.append(3, { term: 1 });
    expect(s.node.halted).toBe('forked');
    expect(s.node.lastWords).toMatch(/^Two nodes lead term 1: n2 and n3\. /u);
    expect(s.node.lastWords).toMatch(TRUE_IN_RAFT);
  });

  test('stop each other', () => {
    const s = new Subject().lead();
    s.append(3, { term: 1 });
    expect(s.node.halted).toBe('forked');
  });
});

test('who is no voter is not listened to', () => {
  const s = new Subject();
  s.untilPreVote();
  const strangers = ['n9', 'n1'] as NodeId[];
  const message = { kind: 'vote', term: 1 as Term, isPreVote: true, granted: true } as const;
  for (const from of strangers) expect(s.node.core.wants(message, from)).toBe(false);
  expect(s.node.core.wants(message, idOf(2))).toBe(true);
});

test('what is not worth a look: answers of earlier terms, votes that nobody waits for', () => {
  const s = new Subject({ term: 4 });
  const wants = (message: RaftMessage): boolean => s.node.core.wants(message, idOf(2));
  const answer = { kind: 'append-entries-response', matched: null, hint: null } as const;
  expect(wants({ ...answer, term: 3 as Term })).toBe(false);
  expect(wants({ ...answer, term: 4 as Term })).toBe(true);
  const vote = { kind: 'vote', isPreVote: false, granted: true } as const;
  expect(wants({ ...vote, term: 4 as Term })).toBe(false);
  expect(wants({ ...vote, term: 5 as Term })).toBe(true);
  expect(wants({ kind: 'transfer-leadership', term: 3 as Term })).toBe(false);
  expect(wants({ kind: 'transfer-leadership', term: 4 as Term })).toBe(true);
});

describe('a leader', () => {
  test('believes nobody that it holds more than there is', () => {
    const s = new Subject({ size: 5 }).lead();
    for (const peer of [2, 3])
      s.say(peer, {
        kind: 'append-entries-response',
        term: 1 as Term,
        matched: positionAt(500, 1),
        hint: null,
      });
    expect(s.status.committed.index).toBeLessThanOrEqual(2);
    s.heard();
    s.request();
    expect(s.log).toEqual([1, 1]);
    expect(s.heardBy(2, 'append-entries').flatMap(({ entries }) => entries)).toHaveLength(1);
  });

  test.each([
    [0, 0],
    [0, 9],
    [1, 9],
    [500, 0],
    [500, 500],
  ])('takes any hint: index %i, term %i', (index, term) => {
    const s = new Subject({ terms: [1, 1, 2] }).lead();
    s.heard();
    s.rejected(2, index, term);
    s.request();
    s.matched(2, 4);
    expect(s.heardBy(2, 'append-entries').flatMap(({ entries }) => entries).length).toBeGreaterThan(
      0,
    );
  });
});

test('whatever a frame can say, in any order, breaks nothing but what its sender could break', () => {
  const kinds = Object.values(raftMessages);
  const near: fc.Arbitrary<RaftMessage> = fc
    .record({
      term: fc.nat({ max: 6 }),
      index: fc.integer({ min: 1, max: 8 }),
      previousTerm: fc.nat({ max: 4 }),
      terms: fc
        .array(fc.nat({ max: 6 }), { maxLength: 4 })
        .map((list) => list.sort((a, b) => a - b)),
      committed: fc.nat({ max: 12 }),
    })
    .map(({ term, index, previousTerm, terms, committed }) => ({
      kind: 'append-entries',
      term: term as Term,
      previous: positionAt(index, previousTerm),
      previousTerm: previousTerm as Term,
      entries: entriesOf(index + 1, terms, previousTerm),
      committed: committed as LogIndex,
    }));
  const event = fc.record({
    from: fc.constantFrom(2, 3),
    message: fc.oneof(near, near, ...kinds),
    ms: fc.constantFrom(0, 0, 20, 900),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      const s = new Subject({ terms: [1, 1, 2] });
      for (const { from, message, ms } of events) {
        s.run(ms);
        const decoded = decodeRaftMessage(encodeRaftMessage(message), raftContext);
        if (decoded.ok && s.node.core.wants(decoded.value, idOf(from))) s.say(from, decoded.value);
        if (s.node.halted !== null) return;
        const { committed } = s.status;
        expect(s.node.disk.chain(s.cluster.genesis).length + 1).toBeGreaterThanOrEqual(
          committed.index,
        );
      }
    }),
    { numRuns: 300 },
  );
});
