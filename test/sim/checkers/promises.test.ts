/** That the checkers of promises, of term numbers and of the log's time can fail. */
import { expect, test } from 'vitest';
import type { Recovered, StoreRecord } from '../../../src/consensus/core.ts';
import type { Entry } from '../../../src/consensus/model/entry.ts';
import { positionOf } from '../../../src/consensus/model/entry.ts';
import type { NodeId } from '../../../src/consensus/model/ids.ts';
import type { PeerMessage } from '../../../src/consensus/model/message.ts';
import { NONE } from '../../../src/consensus/model/position.ts';
import { idOf } from '../../tangaroa/cluster.ts';
import { Puppets } from '../../tangaroa/puppets.ts';
import { Clocks } from './clocks.ts';
import { Promises } from './promises.ts';
import { Terms } from './terms.ts';

const p = new Puppets(2);
const [first] = p.chain(1, 2) as [Entry];
const other = p.batch(p.genesis, 1);
const honest = idOf(1);
const traitor = idOf(2);

function termRecord(term: number, boundTerm = 0, index = 1): StoreRecord {
  const lock = { rank: { epoch: 0, term: boundTerm, index }, position: NONE, certificate: null };
  return {
    type: 'term',
    record: { epoch: 0, term, proof: { type: 'genesis' }, lock },
  } as StoreRecord;
}

const ENTRY: StoreRecord = { type: 'entry', entry: first };
const PREPARED: StoreRecord = { type: 'prepared', certificate: p.certificate('prepare', [first]) };

/** What `signer` named accepted, or prepared as well, in term 1. */
function response(signer: NodeId, isPrepared: boolean, entry: Entry = first): PeerMessage {
  const accepted = positionOf(entry);
  const statement = {
    kind: 'append-entries-response',
    epoch: 0,
    term: 1,
    accepted,
    prepared: isPrepared ? accepted : NONE,
  };
  return { kind: 'append-entries-response', signed: { signer, statement } } as PeerMessage;
}

function vote(term: number): PeerMessage {
  return {
    kind: 'vote',
    signed: {
      signer: honest,
      statement: { kind: 'vote', term, baseRank: { epoch: 0, term: 0, index: 1 } },
    },
  } as PeerMessage;
}

/** The disk of an honest node has these when somebody hears the message. */
function hears(message: PeerMessage, ...records: readonly StoreRecord[]): void {
  const checker = new Promises((node) => node !== traitor);
  checker.stored(idOf(1), records);
  checker.received(idOf(3), idOf(1), message);
}

test('what is named is durable', () => {
  hears(response(honest, true), termRecord(1), ENTRY, PREPARED);
  expect(() => hears(response(honest, false), termRecord(1))).toThrow('no such entry');
  expect(() => hears(response(honest, true), termRecord(1), ENTRY)).toThrow(
    'said: names it prepared 2; its disk has no certificate for it',
  );
});

test('a term is durable before anything is signed in it', () => {
  hears(vote(2), termRecord(2));
  hears(vote(1), termRecord(2));
  expect(() => hears(vote(2), termRecord(1))).toThrow('said: vote in term 2');
});

test('a candidate has a certificate for its base, or a higher one', () => {
  const asks = p.requestVote(1, 2, p.base(p.certificate('prepare', [first])));
  hears(asks, termRecord(2), PREPARED);
  const higher = p.certificate('prepare', [p.batch(first, 1)]);
  hears(asks, termRecord(2), { type: 'prepared', certificate: higher });
  expect(() => hears(asks, termRecord(2))).toThrow(
    'said: request-vote 2; its disk has no certificate for it',
  );
});

test('a vote is for no base below what bound the voter when it entered the term', () => {
  const ranked = (term: number, index: number): PeerMessage => {
    const baseRank = { epoch: 0, term, index };
    const statement = { kind: 'vote', term: 5, baseRank };
    return { kind: 'vote', signed: { signer: honest, statement } } as PeerMessage;
  };
  hears(ranked(2, 7), termRecord(5, 2, 7));
  hears(ranked(3, 6), termRecord(5, 2, 7));
  expect(() => hears(ranked(2, 6), termRecord(5, 2, 7))).toThrow('ranks 2, 7');
  expect(() => hears(ranked(1, 8), termRecord(5, 2, 7))).toThrow('ranks 2, 7');
});

test('an index is named once in a term', () => {
  const checker = new Promises(() => true);
  checker.stored(honest, [termRecord(1), ENTRY, { type: 'entry', entry: other }]);
  checker.received(traitor, honest, response(honest, false));
  checker.received(traitor, honest, response(honest, false));
  expect(() => checker.received(traitor, honest, response(honest, false, other))).toThrow(
    'it has named',
  );
});

test('a traitor may say what it likes', () => {
  hears(response(traitor, true));
});

test('terms come one after another, or a few at once', () => {
  const terms = new Terms({ voters: 4 });
  const enters = (term: number): void => terms.storing(idOf(1), [termRecord(term)]);
  for (const term of [1, 2, 3, 6, 2, 9]) enters(term);
  expect(() => enters(13)).toThrow('terms: n1 enters term 13, where nobody honest was above 9');
});

test("no entry is committed ahead of everybody's clock", () => {
  const clocks = new Clocks({ clockDriftMs: 100 });
  const { timestamp } = first.header;
  clocks.stepped(honest, { monotonicMs: 0, wallMs: timestamp - 100 });
  clocks.committed(honest, [first]);
  const slow = new Clocks({ clockDriftMs: 99 });
  slow.stepped(honest, { monotonicMs: 0, wallMs: timestamp - 100 });
  expect(() => slow.committed(honest, [first])).toThrow('clocks: n1 commits entry 2');
  // What repeats the time of an entry that everybody has, the genesis say, moves nothing ahead.
  slow.started(honest, { genesis: first } as Recovered);
  slow.committed(honest, [first]);
});
