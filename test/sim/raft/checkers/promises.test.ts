/** That the checker of what plain Raft promises can fail. */
import { expect, test } from 'vitest';
import type { Entry } from '../../../../src/consensus/model/entry.ts';
import { positionOf } from '../../../../src/consensus/model/entry.ts';
import type { LogIndex, Term } from '../../../../src/consensus/model/ids.ts';
import type { RaftMessage } from '../../../../src/consensus/raft/message.ts';
import { entriesOf } from '../../../raft/entries.ts';
import { idOf } from '../../../tangaroa/cluster.ts';
import { Promises } from './promises.ts';
import { genesis, Rig, vote } from './rig.ts';

const [entry] = entriesOf(2, [1]) as [Entry];
const term = (value: number): Term => value as Term;

function voted(value: number, granted = true, isPreVote = false): RaftMessage {
  return { kind: 'vote', term: term(value), isPreVote, granted };
}

function asks(value: number, isPreVote: boolean): RaftMessage {
  const last = { index: 1 as LogIndex, term: term(0) };
  return { kind: 'request-vote', term: term(value), isPreVote, isTransfer: false, last };
}

function heartbeat(value: number): RaftMessage {
  const previous = positionOf(genesis);
  const committed = genesis.header.index;
  const fields = { previous, previousTerm: term(0), entries: [], committed };
  return { kind: 'append-entries', term: term(value), ...fields };
}

function holds(value: number, held: Entry | null): RaftMessage {
  const matched = held === null ? null : positionOf(held);
  return { kind: 'append-entries-response', term: term(value), matched, hint: null };
}

function rig(): Rig {
  return new Rig(new Promises());
}

test('a vote is heard when the disk has it, and is the one that it has', () => {
  expect(() => rig().hears(1, 2, voted(1))).toThrow(/n2 .* votes for n1/u);
  expect(() => rig().stores(2, vote(1, 3)).hears(1, 2, voted(1))).toThrow(/for n3/u);
  rig().stores(2, vote(1, 1)).stores(2, vote(2, null)).hears(1, 2, voted(1));
});

test('a refusal and a pre-vote promise nothing but the term of who refuses', () => {
  expect(() => rig().hears(1, 2, voted(1, false))).toThrow(/a vote of term 1/u);
  rig().stores(2, vote(1, null)).hears(1, 2, voted(1, false));
  rig().hears(1, 2, voted(5, true, true));
});

test('a candidate and a leader have voted for themselves', () => {
  for (const message of [asks(1, false), heartbeat(1)]) {
    expect(() => rig().stores(2, vote(1, null)).hears(1, 2, message)).toThrow(/vote for nobody/u);
    rig().stores(2, vote(1, 2)).hears(1, 2, message);
  }
  expect(() => rig().hears(1, 2, asks(2, true))).toThrow(/a request-vote of term 1/u);
  rig().hears(1, 2, asks(1, true));
});

test('what a follower says that it holds its disk has', () => {
  const inTerm = (): Rig => rig().stores(2, vote(1, null));
  expect(() => inTerm().hears(1, 2, holds(1, entry))).toThrow(/it has entry 2/u);
  inTerm().stores(2, { type: 'entry', entry }).hears(1, 2, holds(1, entry));
  inTerm().hears(1, 2, holds(1, genesis)).hears(1, 2, holds(1, null));
  expect(() => rig().hears(1, 2, holds(1, null))).toThrow(/its disk is in term 0/u);
});

test('terms never go back, and there is one vote in each', () => {
  const twice = (): Rig => rig().stores(2, vote(2, 1));
  expect(() => twice().stores(2, vote(1, 1))).toThrow(/its term is 1/u);
  expect(() => twice().stores(2, vote(2, 3))).toThrow(/it voted for n1/u);
  expect(() => twice().stores(2, vote(2, null))).toThrow(/it voted for n1/u);
  twice().stores(2, vote(2, 1), vote(3, 3));
});

test('… in every life of a node', () => {
  const before = (): Rig => rig().stores(2, vote(2, 1));
  expect(() => before().starts(2, [])).toThrow(/nothing of a term/u);
  expect(() => before().starts(2, [], vote(1, 1))).toThrow(/its term is 1/u);
  expect(() => before().starts(2, [], vote(2, null))).toThrow(/it voted for n1/u);
  const after = (): Rig => before().starts(2, [], vote(2, 1));
  after().remembers(2, 2, idOf(1)).remembers(2, 3, null);
  expect(() => after().remembers(2, 2, null)).toThrow(/its disk has n1/u);
  expect(() => after().remembers(2, 1, null)).toThrow(/it is in term 1/u);
});
