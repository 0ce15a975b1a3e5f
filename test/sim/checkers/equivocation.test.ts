/** That the checker of V1 can fail, and does not where there is nothing to be found. */
import { expect, test } from 'vitest';
import { limits } from '../../../src/base/limits.ts';
import type { CoreStatus } from '../../../src/consensus/core.ts';
import type { Entry } from '../../../src/consensus/model/entry.ts';
import { positionOf } from '../../../src/consensus/model/entry.ts';
import type { Hash, LogIndex, NodeId } from '../../../src/consensus/model/ids.ts';
import type { PeerMessage } from '../../../src/consensus/model/message.ts';
import { idOf, signAs } from '../../tangaroa/cluster.ts';
import { Puppets } from '../../tangaroa/puppets.ts';
import { Violation } from './checker.ts';
import { Equivocation } from './equivocation.ts';

const VOTERS = [1, 2, 3, 4].map(idOf);
const p = new Puppets(2);
const [first, a] = p.chain(1, 2) as [Entry, Entry];
const b = p.batch(first, 1);

function statusOf(term: number, ...culprits: readonly NodeId[]): CoreStatus {
  const evidence = culprits.map((culprit) => ({ culprit })) as unknown as CoreStatus['evidence'];
  return { ...p.node.core.status(), term: term as never, evidence };
}

function taking(...messages: readonly PeerMessage[]): () => void {
  const checker = new Equivocation({ voters: VOTERS });
  return () => {
    for (const message of messages) checker.received(idOf(2), idOf(3), message, statusOf(1));
  };
}

function heartbeat(index: number, hash: string): PeerMessage {
  const head = { index: index as LogIndex, hash: hash.repeat(64) as Hash };
  return p.append(1, 1, [], { head });
}

test('two AppendEntries of the leader: by head, by previous, by what is carried', () => {
  expect(taking(heartbeat(9, 'a'), heartbeat(9, 'b'))).toThrow(Violation);
  expect(taking(p.append(1, 1, [first, a]), p.append(1, 1, [b, p.batch(b, 1)]))).toThrow(/index 3/);
  expect(taking(p.append(1, 1, [first, a]), p.append(1, 1, [p.batch(b, 1)]))).toThrow(/index 3/);
  expect(taking(p.append(1, 1, [p.batch(b, 1)]), p.append(1, 1, [first, a]))).toThrow(/index 3/);
  expect(taking(p.append(1, 1, [first, a]), p.append(1, 1, [a]))).not.toThrow();
});

test('AppendEntries of somebody else, and of another term, are nobody’s contradiction', () => {
  expect(taking(p.append(3, 1, [a]), p.append(3, 1, [b]))).not.toThrow();
  expect(taking(p.append(1, 1, [a]), p.append(1, 5, [b]))).not.toThrow();
});

test('two Responses of a voter, at an index that both name', () => {
  const above = p.batch(b, 1);
  expect(taking(p.response(4, 1, a), p.response(4, 1, b))).toThrow(/n4/);
  expect(taking(p.response(4, 1, a), p.response(4, 1, above, b))).toThrow(/n4/);
  expect(taking(p.response(4, 1, a), p.response(4, 1, above))).not.toThrow();
  expect(taking(p.response(4, 1, a), p.response(3, 1, b))).not.toThrow();
  expect(taking(p.response(2, 1, a), p.response(2, 1, b))).not.toThrow();
});

test('the leader’s statement beside fetched entries', () => {
  const bodyDigest = 'e'.repeat(64) as Hash;
  const entries: PeerMessage = {
    kind: 'entries',
    signed: signAs(idOf(3), { kind: 'entries', bodyDigest }),
    body: { entries: [b], headers: [], leader: p.append(1, 1, [b]).signed, commit: null },
  };
  expect(taking(p.append(1, 1, [a]), entries)).toThrow(/index 3/);
});

test('evidence against the signer is what is asked for, and memory ends with term and process', () => {
  const checker = new Equivocation({ voters: VOTERS });
  const take = (message: PeerMessage, status: CoreStatus) => () =>
    checker.received(idOf(2), idOf(1), message, status);
  take(p.append(1, 1, [a]), statusOf(1))();
  expect(take(p.append(1, 1, [b]), statusOf(1, idOf(1)))).not.toThrow();
  expect(take(p.append(1, 1, [b]), statusOf(1, idOf(4)))).toThrow(Violation);
  expect(checker.found).toBe(2);
  checker.ended(idOf(2));
  expect(take(p.append(1, 1, [b]), statusOf(1))).not.toThrow();
  take(p.response(4, 2, a), statusOf(2))();
  take(p.response(4, 3, a), statusOf(3))();
  expect(take(p.response(4, 2, b), statusOf(2))).not.toThrow();
});

test('it asks for no more than is remembered', () => {
  const many = Array.from({ length: limits.witnessedIndexesMax }, (_, i) => heartbeat(50 + i, 'c'));
  expect(taking(heartbeat(9, 'a'), ...many, heartbeat(9, 'b'))).not.toThrow();
  const few = many.slice(0, limits.witnessedIndexesMax / 2 - 1);
  expect(taking(heartbeat(9, 'a'), ...few, heartbeat(9, 'b'))).toThrow(/index 9/);
});

test('the core satisfies it, whatever is thrown at it', () => {
  const checker = new Equivocation({ voters: VOTERS });
  const { core, id } = p.node;
  const chain = p.chain(1, 30);
  const told: PeerMessage[] = [];
  for (const [i, entry] of chain.entries()) {
    const fork = p.batch(chain[Math.max(0, i - 3)] as Entry, 1);
    told.push(p.append(1, 1, [entry]), p.response(4, 1, entry, chain[i - 1] ?? null));
    if (i % 5 === 4) told.push(p.append(1, 1, [fork]), p.response(4, 1, fork));
    told.push(p.response(3, 1, entry), p.append(1, 1, [], { head: positionOf(entry) }));
  }
  for (const message of told) {
    if (!p.wants(message)) continue;
    p.tell(Number(message.signed.signer.slice(1)), message);
    checker.received(id, message.signed.signer, message, core.status());
  }
  expect(checker.found).toBeGreaterThan(5);
});
