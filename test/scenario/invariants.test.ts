/** That the invariants of scenarios can fail: the simulator's checkers have tests of their own. */
import { expect, test } from 'vitest';
import type { Entry } from '../../src/consensus/model/entry.ts';
import { positionOf } from '../../src/consensus/model/entry.ts';
import type { NodeId, Term } from '../../src/consensus/model/ids.ts';
import type { PeerMessage } from '../../src/consensus/model/message.ts';
import { NONE } from '../../src/consensus/model/position.ts';
import type { Position } from '../../src/consensus/model/position.ts';
import { batchOf, entryOn } from '../fixtures-crypto.ts';
import { Violation } from '../sim/checkers/checker.ts';
import { Book } from './book.ts';
import { depsFor, genesisOf, requestOf, verifierOf } from './genesis.ts';
import { Conduct, Invariants, Survival } from './invariants.ts';

const genesis = genesisOf(4);
const n2 = 'n2' as NodeId;

function makeBook(): Book {
  return new Book(genesis.entry, (number) => requestOf(genesis, number));
}

/** An entry that the book knows. */
function batch(book: Book, parent: Entry, request: string, term = 1): Entry {
  const entry = entryOn(parent, batchOf(book.request(request)), { term });
  book.learn(entry);
  return entry;
}

function response(accepted: Position, prepared: Position = NONE, term = 1): PeerMessage {
  const kind = 'append-entries-response';
  const statement = { kind, epoch: 0 as never, term: term as Term, accepted, prepared } as const;
  return { kind, signed: depsFor(genesis, n2).sign(statement) };
}

/** The first entry of a term, by a bundle of one vote: survival looks at what it says, others at whether it is one. */
function opening(book: Book, parent: Entry, term: number): Entry {
  const base = positionOf(parent);
  const { index } = base;
  const vote = depsFor(genesis, n2).sign({
    kind: 'vote',
    epoch: 0 as never,
    term: term as Term,
    baseRank: { epoch: 0 as never, term: parent.header.term, index },
    base,
  });
  const entry = entryOn(parent, { kind: 'term', bundle: { votes: [vote] } }, { term });
  book.learn(entry);
  return entry;
}

test('conduct: no index is named twice in a term, whether as accepted or as prepared', () => {
  const book = makeBook();
  const a = positionOf(batch(book, genesis.entry, 'x'));
  const b = positionOf(batch(book, genesis.entry, 'y'));
  const conduct = new Conduct(book);
  conduct.said(response(a));
  conduct.said(response(a, a));
  conduct.said(response(b, NONE, 2));
  expect(() => conduct.said(response(NONE, b))).toThrow('conduct: n2 named 2/1 and 2/1b in term 1');
});

test('survival: the base of a later bundle contains what was committed before it, and what is found out later', () => {
  const book = makeBook();
  const [a, b] = [batch(book, genesis.entry, 'x'), batch(book, genesis.entry, 'y')];
  const survival = new Survival(book);
  survival.committed(positionOf(a), 1 as Term);
  survival.held(n2, opening(book, batch(book, a, 'z'), 2));
  survival.held(n2, opening(book, b, 1));
  survival.check();
  survival.held(n2, opening(book, b, 2));
  expect(() => survival.check()).toThrow(
    'survival: n2 holds the bundle of term 2 on 2/1b, without 2/1, which was committed in term 1',
  );
});

test('a core that stops, and one that calls an honest node rogue, are violations', () => {
  const book = makeBook();
  const isHonest = (id: NodeId): boolean => id !== 'n4';
  const invariants = new Invariants(verifierOf(genesis), isHonest, book);
  const rogue = (culprit: string) =>
    ({ type: 'report', level: 'error', code: 'rogue', text: '', detail: { culprit } }) as const;
  invariants.watch(n2, rogue('n4'));
  expect(() => invariants.watch(n2, rogue('n3'))).toThrow(Violation);
  const halt = { type: 'halt', code: 'forked', text: 'forked', proof: [] } as const;
  expect(() => invariants.watch(n2, halt)).toThrow('halt: n2 stops: forked');
});
