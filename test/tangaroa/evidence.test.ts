/** V1, V3: two contradicting statements that reached one honest node convict their signer, and nobody else. */
import { expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { Random } from '../../src/base/random.ts';
import type { Entry } from '../../src/consensus/model/entry.ts';
import { positionOf } from '../../src/consensus/model/entry.ts';
import type { Hash, LogIndex, NodeId } from '../../src/consensus/model/ids.ts';
import type { EntriesBody, EvidenceBody, PeerMessage } from '../../src/consensus/model/message.ts';
import type { Position } from '../../src/consensus/model/position.ts';
import { accountOfAppend, Witness } from '../../src/consensus/tangaroa/witness.ts';
import { checkEvidence } from '../../src/crypto/evidence.ts';
import type { Signatures } from '../../src/crypto/signatures.ts';
import { digest, idOf, makeRequest, signAs } from './cluster.ts';
import { Puppets } from './puppets.ts';

/** The rule of the crypto room, over signatures that all hold. */
const SIGNED = { keyring: { epoch: 0 }, digest, voter: () => null } as unknown as Signatures;

/** Whom the node convicts, by evidence that anybody can check. */
function convicted(p: Puppets): readonly NodeId[] {
  const { evidence } = p.node.core.status();
  for (const body of evidence) expect(checkEvidence(body, SIGNED)).toBe(null);
  return [...new Set(evidence.map(({ culprit }) => culprit))];
}

function at(index: number, hash: string): Position {
  return { index: index as LogIndex, hash: hash.repeat(64) as Hash };
}

function response(voter: number, accepted: Position, prepared = at(0, '0')): PeerMessage {
  const statement = {
    kind: 'append-entries-response',
    epoch: 0 as never,
    term: 1 as never,
    accepted,
    prepared,
  } as const;
  return { kind: 'append-entries-response', signed: signAs(idOf(voter), statement) };
}

/** Whoever is asked answers a fetch. */
function answer(p: Puppets, leader: EntriesBody['leader'], body: Partial<EntriesBody>): void {
  p.pass(200);
  const asked = p.sentTo('fetch-entries').at(-1)!;
  p.tell(Number(asked.slice(1)), {
    kind: 'entries',
    signed: signAs(asked, { kind: 'entries', bodyDigest: 'e'.repeat(64) as Hash }),
    body: { entries: [], headers: [], commit: null, leader, ...body },
  });
}

test('V1: a leader that nothing was accepted of yet is convicted by the heads of two heartbeats', () => {
  const p = new Puppets(2);
  p.tell(1, p.append(1, 1, [], { head: at(10, 'a') }));
  expect(convicted(p)).toEqual([]);
  p.tell(1, p.append(1, 1, [], { head: at(10, 'b') }));
  expect(convicted(p)).toEqual(['n1']);
  expect(p.sent('suspect')[0]?.signed.statement.reason).toBe('rogue');
});

test('V1: what a leader names as previous counts, and what it carries between', () => {
  const p = new Puppets(2);
  const entries = p.chain(1, 5);
  const other = p.batch(entries[1]!, 1);
  p.tell(1, p.append(1, 1, entries));
  p.tell(1, p.append(1, 1, [p.batch(other, 1)], { previous: positionOf(other) }));
  expect(convicted(p)).toEqual(['n1']);
  expect(p.sent('evidence')[0]?.body).toMatchObject({ index: 4, second: { headers: [] } });
  expect(p.sent('evidence')[0]?.body.first.headers).toHaveLength(3);
});

test('V1, N2: what a leader said before a certificate moved this node to another chain is not forgotten', () => {
  const p = new Puppets(4);
  const [first, a] = p.chain(1, 2) as [Entry, Entry];
  const b = p.batch(first, 1);
  const above = p.batch(b, 1);
  p.tell(1, p.append(1, 1, [first, a]));
  // The quorum prepared the other chain; its entries come from n3, without the leader's word.
  for (const voter of [1, 2, 3]) p.tell(voter, p.response(voter, 1, above, above));
  answer(p, null, { entries: [b, above], commit: p.certificate('commit', [above], [1, 2, 3]) });
  expect(p.node.core.status().committed).toEqual(positionOf(above));
  expect(convicted(p)).toEqual([]);
  p.tell(1, p.append(1, 1, [p.batch(b, 1)]));
  expect(convicted(p)).toEqual(['n1']);
  expect(p.sent('evidence')[0]?.body).toMatchObject({ index: 3, second: { headers: [] } });
});

test('V1: the leader’s statement that comes with fetched entries is compared like one that it sent', () => {
  const p = new Puppets(4);
  const [first, a, top] = p.chain(1, 3) as [Entry, Entry, Entry];
  const b = p.batch(first, 1);
  const second = p.batch(b, 1);
  const last = p.batch(second, 1);
  p.tell(1, p.append(1, 1, [first, a, top]));
  // n1 shows it a head that nobody has, so that it asks.
  p.tell(1, p.append(1, 1, [], { head: at(99, 'c') }));
  const beside = { entries: [b], headers: [second.header, last.header] };
  // A head that the entries do not lead up to says nothing of them.
  answer(p, p.append(1, 1, [], { head: at(5, 'd') }).signed, beside);
  expect(convicted(p)).toEqual([]);
  answer(p, p.append(1, 1, [p.batch(top, 1)], { head: at(6, 'e') }).signed, beside);
  expect(convicted(p)).toEqual([]);
  answer(p, p.append(1, 1, [], { head: positionOf(last) }).signed, beside);
  expect(convicted(p)).toEqual(['n1']);
});

test('V1: the headers of fetched entries show what lies below the leader’s head', () => {
  const p = new Puppets(4);
  const [first, a] = p.chain(1, 2) as [Entry, Entry];
  const b = p.batch(first, 1);
  const second = p.batch(b, 1);
  const last = p.batch(second, 1);
  p.tell(1, p.append(1, 1, [first, a]));
  p.tell(1, p.append(1, 1, [], { head: at(99, 'c') }));
  const { signed } = p.append(1, 1, [last]);
  answer(p, signed, { entries: [b], headers: [second.header, last.header] });
  expect(p.sent('evidence')[0]?.body).toMatchObject({
    index: 3,
    second: { headers: [{ index: 3 }, { index: 4 }, { index: 5 }] },
  });
  expect(convicted(p)).toEqual(['n1']);
});

test('V1: a voter is convicted by what it named long before its newest Response', () => {
  const p = new Puppets(2);
  const entries = p.chain(1, 8);
  p.tell(1, p.append(1, 1, entries));
  // What is placed is replaced in the tally by what is higher.
  for (const entry of entries) p.tell(4, p.response(4, 1, entry));
  p.tell(4, p.response(4, 1, p.batch(entries[2]!, 1)));
  expect(convicted(p)).toEqual(['n4']);
  expect(p.sent('evidence')[0]?.body).toMatchObject({ index: 5 });
});

test('V1: accepted and prepared positions contradict each other across Responses', () => {
  const p = new Puppets(2);
  p.tell(4, response(4, at(9, 'a'), at(7, 'a')));
  p.tell(4, response(4, at(7, 'b')));
  expect(convicted(p)).toEqual(['n4']);
});

test('V1: a Response that names one index twice is no second statement', () => {
  const p = new Puppets(2);
  p.tell(4, response(4, at(9, 'a')));
  p.tell(4, response(4, at(9, 'a'), at(9, 'b')));
  expect(convicted(p)).toEqual([]);
  p.tell(4, response(4, at(9, 'b'), at(8, 'b')));
  expect(convicted(p)).toEqual(['n4']);
});

test('V1: a Response inside a certificate of this term is a statement of its signer', () => {
  const p = new Puppets(2);
  const [first, a] = p.chain(1, 2) as [Entry, Entry];
  const b = p.batch(first, 1);
  p.tell(1, p.append(1, 1, [first, a]));
  p.tell(4, p.response(4, 1, b));
  p.tell(3, p.suspect(3, 2, 'silent', p.certificate('prepare', [a], [1, 3, 4])));
  expect(convicted(p)).toEqual(['n4']);
});

test('V3: what an honest voter says before and after N2’s exception convicts nobody', () => {
  const p = new Puppets(2);
  const entries = p.chain(1, 4);
  const [first] = entries as [Entry];
  p.tell(4, p.response(4, 1, p.batch(first, 1)));
  p.tell(4, p.response(4, 1, entries[2]!));
  p.tell(4, p.response(4, 1, entries[3]!, entries[2]));
  p.tell(1, p.append(1, 1, entries, { commit: p.certificate('commit', entries.slice(-1)) }));
  expect(convicted(p)).toEqual([]);
});

test('V1: a term’s statements are compared with those of that term alone', () => {
  const p = new Puppets(3);
  p.tell(4, response(4, at(9, 'a')));
  for (const voter of [1, 2, 4]) p.tell(voter, p.suspect(voter, 2));
  const { signed } = response(4, at(9, 'b')) as Extract<
    PeerMessage,
    { kind: 'append-entries-response' }
  >;
  const later = signAs(idOf(4), { ...signed.statement, term: 2 as never });
  p.tell(4, { kind: 'append-entries-response', signed: later });
  expect(p.node.core.status().term).toBe(2);
  expect(convicted(p)).toEqual([]);
});

test('M6, V1: what contradicts what was said is verified, whatever else it could change', () => {
  const p = new Puppets(4);
  const entries = p.chain(1, 4);
  const [first, second] = entries as [Entry, Entry];
  p.tell(1, p.append(1, 1, entries, { commit: p.certificate('commit', entries.slice(-1)) }));
  // On the own chain and committed: it could move nothing.
  expect(p.wants(p.response(3, 1, second))).toBe(false);
  p.tell(3, p.response(3, 1, p.batch(first, 1)));
  expect(p.wants(p.response(3, 1, second))).toBe(true);
  p.tell(3, p.response(3, 1, second));
  expect(convicted(p)).toEqual(['n3']);
});

test('M6, V1: an old AppendEntries with nothing new in it is verified if it contradicts the leader', () => {
  const p = new Puppets(4);
  const [first, a] = p.chain(1, 2) as [Entry, Entry];
  const other = p.append(1, 1, [p.batch(first, 1)], { sequence: 1 });
  p.tell(1, p.append(1, 1, [first, a], { sequence: 7 }));
  const same = p.append(1, 1, [a], { sequence: 1 });
  expect(p.wants(same)).toBe(false);
  expect(p.wants(other)).toBe(true);
});

test('V1: of a signer that speaks of ever more indexes the last are remembered', () => {
  const p = new Puppets(2);
  p.tell(4, response(4, at(1_000, 'a')));
  for (let i = 1; i < limits.witnessedIndexesMax; i++) p.tell(4, response(4, at(1_000 + i, 'a')));
  p.tell(3, response(3, at(1_000, 'a')));
  p.tell(4, response(4, at(1_000, 'b')));
  expect(convicted(p)).toEqual(['n4']);
  for (let i = 1; i <= limits.witnessedIndexesMax; i++) p.tell(3, response(3, at(1_000 + i, 'a')));
  p.tell(3, response(3, at(1_000, 'b')));
  expect(convicted(p)).toEqual(['n4']);
});

test('V1: this node’s own chain remembers further down what the leader signed', () => {
  const p = new Puppets(2);
  const entries = p.chain(1, 900);
  for (const [i, entry] of entries.entries()) {
    const commit = p.certificate('commit', [entry]);
    p.tell(1, p.append(1, 1, [entry], i % 50 === 0 ? { commit } : {}));
  }
  p.tell(1, p.append(1, 1, [p.batch(entries[100]!, 1)]));
  expect(convicted(p)).toEqual(['n1']);
  expect(p.sent('evidence')[0]?.body.index).toBe(103);
});

test('V1: one contradiction without end: a bound on evidence, on what is verified for it, and on what is said of it', () => {
  const p = new Puppets(2);
  const entries = p.chain(1, 40);
  p.tell(1, p.append(1, 1, entries));
  for (let round = 0; round < 5; round++)
    for (const entry of entries) {
      const fork = p.entry(entry, 1, { kind: 'batch', requests: [makeRequest()] });
      p.tell(1, p.append(1, 1, [fork]));
      p.tell(4, p.response(4, 1, entry));
      p.tell(4, p.response(4, 1, fork));
    }
  expect(p.node.core.status().evidence).toHaveLength(2 * limits.evidencePerCulpritMax);
  expect(p.sent('evidence')).toHaveLength(2 * limits.evidencePerCulpritMax);
  expect(p.node.reports.filter((code) => code === 'rogue')).toHaveLength(1);
  expect(
    p.wants(p.append(1, 1, [p.batch(entries[3]!, 1)], { head: positionOf(entries[9]!) })),
  ).toBe(true);
  const low = p.append(1, 1, [], { head: positionOf(entries[3]!), sequence: 1 });
  expect(p.wants(low)).toBe(false);
});

test('M6, V1: of a voter that was convicted often enough nothing is verified to convict it', () => {
  const p = new Puppets(2);
  const entries = p.chain(1, 20);
  const fork = (i: number): PeerMessage => p.response(4, 1, p.batch(entries[i]!, 1));
  p.tell(1, p.append(1, 1, entries, { commit: p.certificate('commit', entries.slice(-1)) }));
  for (let i = 0; i < limits.evidencePerCulpritMax; i++) {
    p.tell(4, fork(i));
    expect(p.wants(fork(i))).toBe(true);
    p.tell(4, fork(i));
  }
  expect(convicted(p)).toEqual(['n4']);
  expect(p.wants(fork(3))).toBe(false);
  expect(p.wants(fork(15))).toBe(false);
});

test('S1, V1: a leader of which enough evidence is kept is still deposed for a contradiction in its term', () => {
  const p = new Puppets(4);
  const before = (index: number): EvidenceBody => ({
    culprit: idOf(2),
    epoch: 0 as never,
    index: index as never,
    first: { signed: p.append(2, 2, [], { head: at(index, 'a') }).signed, headers: [] },
    second: { signed: p.append(2, 2, [], { head: at(index, 'b') }).signed, headers: [] },
  });
  const bodyDigest = 'e'.repeat(64) as Hash;
  const signed = signAs(idOf(3), { kind: 'evidence', bodyDigest } as const);
  for (let i = 1; i <= limits.evidencePerCulpritMax; i++)
    p.tell(3, { kind: 'evidence', signed, body: before(i) });
  for (const voter of [1, 2, 3]) p.tell(voter, p.suspect(voter, 2));
  p.forget();
  p.tell(2, p.append(2, 2, [], { head: at(10, 'a') }));
  p.tell(2, p.append(2, 2, [], { head: at(10, 'b') }));
  expect(p.sent('evidence')).toEqual([]);
  expect(p.sent('suspect').map(({ signed: { statement } }) => statement)).toMatchObject([
    { wanted: 3, reason: 'rogue' },
  ]);
});

test('V1: a witness finds what endless memory finds, as far as it reaches, and shows it', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = new Random(seed);
    const p = new Puppets(2);
    const trunk = p.chain(1, 400);
    const witness = new Witness();
    // The leader walks up one chain, in pieces, leaving some out and saying others again.
    let newest = 1;
    const said = new Map<number, number>();
    for (let step = 0; step < 120; step++) {
      const from = Math.max(1, newest - random.below(random.chance(1, 8) ? 300 : 12));
      const upTo = Math.min(399, from + random.below(random.chance(1, 8) ? 128 : 9));
      const entries = random.chance(1, 4) ? [] : trunk.slice(from, upTo + 1);
      const message = p.append(1, 1, entries, { head: positionOf(trunk[upTo]!) });
      const account = accountOfAppend(message);
      expect(witness.contradiction(account)).toBe(null);
      witness.remember(account);
      newest = Math.max(newest, upTo);
      for (const { position } of account.claims) {
        said.delete(position.index);
        said.set(position.index, step);
      }
      expect(witness.sizes.indexes).toBeLessThanOrEqual(limits.witnessedIndexesMax);
      // Another entry at an index that it spoke of, or did not.
      const index = random.between(1, newest);
      const parent = trunk[index - 1]!;
      const fork = p.entry(parent, 1, { kind: 'batch', requests: [makeRequest('ff')] });
      const found = witness.contradiction(accountOfAppend(p.append(1, 1, [fork])));
      const reach = [...said.keys()].slice(-limits.witnessedIndexesMax);
      expect(found !== null).toBe(reach.includes(fork.header.index));
      if (found === null) continue;
      expect(checkEvidence({ culprit: idOf(1), epoch: 0 as never, ...found }, SIGNED)).toBe(null);
    }
  }
});
