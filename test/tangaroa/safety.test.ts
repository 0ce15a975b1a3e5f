/** Executions with at most f traitors in which an honest node contradicts itself, halts, or is left with too much. */
import { expect, test } from 'vitest';
import type { Entry } from '../../src/consensus/model/entry.ts';
import { positionOf } from '../../src/consensus/model/entry.ts';
import type { LogIndex, NodeId } from '../../src/consensus/model/ids.ts';
import type { EntriesBody, PeerMessage } from '../../src/consensus/model/message.ts';
import { idOf, signAs } from './cluster.ts';
import { Puppets } from './puppets.ts';

function entriesFrom(signer: NodeId, body: EntriesBody): PeerMessage {
  return {
    kind: 'entries',
    signed: signAs(signer, { kind: 'entries', bodyDigest: 'e'.repeat(64) as never }),
    body,
  };
}

/** Answers the newest fetch of the real node. */
function answer(p: Puppets, body: Partial<EntriesBody> & Pick<EntriesBody, 'entries'>): void {
  const peer = p.sentTo('fetch-entries').at(-1) as NodeId;
  p.tell(
    Number(peer.slice(1)),
    entriesFrom(peer, { headers: [], leader: null, commit: null, ...body }),
  );
}

/** Every (term, index) that Responses name, with the different hashes that they put there. */
function namedTwice(p: Puppets): readonly string[] {
  const named = new Map<string, string>();
  const twice: string[] = [];
  for (const { signed } of p.sent('append-entries-response')) {
    const { term, accepted, prepared } = signed.statement;
    for (const { index, hash } of [accepted, prepared]) {
      if (index === 0) continue;
      const key = `${term} ${index}`;
      if (named.has(key) && named.get(key) !== hash) twice.push(key);
      named.set(key, hash);
    }
  }
  return twice;
}

test('V3: a crash between the writes of a certificate and of the switched chain names no index twice', () => {
  const p = new Puppets(2);
  const [first, a2] = p.chain(1, 2) as [Entry, Entry];
  const b2 = p.batch(first, 1);
  const b3 = p.batch(b2, 1);
  // The traitor n1 shows chain A to n2, which names A at 3 and then at 4.
  const a3 = p.batch(a2, 1);
  p.tell(1, p.append(1, 1, [first, a2]));
  p.tell(1, p.append(1, 1, [a3]));
  const acceptedBefore = p.node.disk.accepted;
  // n1, n3 and n4 committed chain B at 3; n2 fetches it, stores the certificate (a ticket), then the switch (the next).
  p.tell(1, p.append(1, 1, [], { head: positionOf(a3), commit: p.certificate('commit', [b2]) }));
  p.pass(20);
  answer(p, { entries: [first, b2, b3].slice(0, 2) });
  expect(p.node.core.status().committed).toEqual(positionOf(b2));
  // Only the ticket with the certificate became durable, nothing was applied.
  p.node.crash();
  p.node.applied.length = 0;
  p.node.disk.accepted = acceptedBefore;
  for (const entry of [first, a2, a3, b2]) p.node.disk.entries.set(entry.hash, entry);
  p.node.start();
  p.pass(200);
  expect(namedTwice(p)).toEqual([]);
});

test('V3: what a record says of silence survives a restart on which its position conflicts with what is committed', () => {
  const p = new Puppets(2);
  const first = p.termEntry(1);
  const a = [first];
  while (a.length < 6) a.push(p.batch(a.at(-1) as Entry, 1)); // 2..7
  const b3 = p.batch(first, 1);
  const c4 = p.batch(b3, 1);
  const d = [p.batch(b3, 1)]; // 4..8
  while (d.length < 5) d.push(p.batch(d.at(-1) as Entry, 1));
  // It named A at 7, is switched to B at 3 by a certificate, then accepts C at 4 in silence; disk says so.
  for (const entry of [first, b3, c4, ...d]) p.node.disk.entries.set(entry.hash, entry);
  const at = (entry: Entry) => positionOf(entry);
  p.tell(1, p.append(1, 1, a));
  expect(p.sent('append-entries-response').at(-1)?.signed.statement.accepted.index).toBe(7);
  p.node.crash();
  p.node.disk.accepted = {
    epoch: 0 as never,
    term: 1 as never,
    position: at(c4),
    silentUpTo: 7 as LogIndex,
  };
  // Meanwhile the machine is at D, index 4: the switch to it was not written in time.
  for (const entry of a) p.node.disk.entries.delete(entry.hash);
  p.node.applied.push(first, b3, d[0] as Entry);
  p.node.start();
  p.tell(1, p.append(1, 1, d.slice(1, 4), { previous: at(d[0] as Entry) }));
  expect(p.node.core.status().accepted).toEqual(at(d[3] as Entry));
  expect(namedTwice(p)).toEqual([]);
});

test('E5: a term with two bundles halts nobody: what a certificate of this term links is committed, whatever was accepted', () => {
  const p = new Puppets(4);
  // Term 1: entries 2, 3 and 4; the traitor n2 holds a hidden prepare certificate for 4.
  const old = p.chain(1, 3);
  const base = p.base(p.certificate('prepare', old.slice(-1), [1, 2, 3]));
  // Term 2 is n2's: it asks twice, is elected twice. n4 sees the chain above the genesis of the epoch …
  const opening = p.termEntry(2);
  p.tell(2, p.append(2, 2, [opening, p.batch(opening, 2)]));
  expect(p.node.core.status()).toMatchObject({ term: 2, accepted: { index: 3 } });
  // … n1, n2 and n3 commit the one above entry 4.
  const other = p.entry(old[2] as Entry, 2, { kind: 'term', bundle: p.bundle(2, base) });
  const commit = p.certificate('commit', [other], [1, 2, 3]);
  const proof = { term: { type: 'commit', certificate: commit } as const, commit };
  p.tell(3, {
    kind: 'proof',
    signed: signAs(idOf(3), { kind: 'proof', bodyDigest: 'f'.repeat(64) as never }),
    body: proof,
  });
  p.pass(20);
  // Whoever is asked answers with a part, and with the headers that link it to the certificate.
  answer(p, { entries: old.slice(0, 2), headers: [old[2]!.header, other.header], commit });
  expect(p.node.halted).toBe(null);
  answer(p, { entries: [old[2]!, other], commit });
  expect(p.node.core.status().committed).toEqual(positionOf(other));
});

test('E5: a term with two bundles halts nobody: a base off the chain that its other bundle committed proves no fork', () => {
  const p = new Puppets(2);
  // Term 1: entry 2 is committed, as everybody knows.
  const root = p.termEntry(1);
  const rooted = p.base(p.certificate('prepare', [root]));
  p.tell(1, p.append(1, 1, [root]));
  const committed = p.certificate('commit', [root]);
  p.tell(1, p.append(1, 1, [], { head: positionOf(root), commit: committed }));
  p.pass(20);
  expect(p.node.core.status().committed).toEqual(positionOf(root));
  // The traitor n4 keeps its Responses to itself: nobody else can prove that n2 and n3 accepted A in term 2, and that
  // n1 and n3 accepted B in term 3.
  const a3 = p.termEntry(2, root, rooted);
  const b3 = p.termEntry(3, root, rooted);
  const b4 = p.batch(b3, 3);
  const onA = p.base(p.certificate('prepare', [a3], [2, 3, 4]));
  const onB = p.base(p.certificate('prepare', [b4], [1, 3, 4]));
  // In term 4 it asks with both and is elected with both. n2 hears of A …
  p.tell(4, p.append(4, 4, [p.termEntry(4, a3, onA)]));
  expect(p.node.core.status()).toMatchObject({ term: 4, leader: 'n4' });
  // … the others commit above B, of which n2 is served a part.
  const b5 = p.termEntry(4, b4, onB);
  const commit = p.certificate('commit', [b5]);
  const proof = { term: { type: 'commit', certificate: commit } as const, commit };
  p.tell(3, {
    kind: 'proof',
    signed: signAs(idOf(3), { kind: 'proof', bodyDigest: 'f'.repeat(64) as never }),
    body: proof,
  });
  p.pass(20);
  answer(p, { entries: [b3], headers: [b4.header, b5.header], commit });
  p.pass(20);
  expect(p.node.core.status().committed).toEqual(positionOf(b3));
  expect(p.node.halted).toBe(null);
  answer(p, { entries: [b4, b5], commit });
  p.pass(20);
  expect(p.node.core.status().committed).toEqual(positionOf(b5));
});

test('E2, E4: a candidate whose leadership a traitor proves before it is elected asks again with its suspicion certificate', () => {
  const p = new Puppets(2);
  for (const voter of [1, 3, 4]) p.tell(voter, p.suspect(voter, 2));
  p.pass(20);
  expect(p.sent('request-vote')).toHaveLength(1);
  // The traitor n4 saw the votes of n1 and n3, which are still under way, and makes a bundle of them and its own.
  const bundle = p.bundle(2, p.genesisBase, [1, 3, 4]);
  p.tell(4, {
    kind: 'proof',
    signed: signAs(idOf(4), { kind: 'proof', bodyDigest: 'f'.repeat(64) as never }),
    body: { term: { type: 'bundle', bundle }, commit: null },
  });
  // Then it refuses with what it kept back of term 1, and serves it.
  const root = p.termEntry(1);
  const base = p.base(p.certificate('prepare', [root]));
  p.tell(4, {
    kind: 'vote-refusal',
    signed: signAs(idOf(4), {
      kind: 'vote-refusal',
      epoch: 0 as never,
      term: 2 as never,
      baseRank: base.rank,
      base: base.position,
    }),
    certificate: base.certificate!,
  });
  answer(p, { entries: [root] });
  p.pass(20);
  const [first, second] = p.sent('request-vote');
  expect(second?.signed.statement.base).toEqual(base.position);
  // Without it nobody would take the question for valid, and who did not vote would close the link.
  expect(second?.suspicion).toEqual(first?.suspicion);
  expect(second?.suspicion).not.toBe(null);
});

test('E5, D3: of two bundles the one with the higher base says how far a leader may go', () => {
  const p = new Puppets(2);
  // In term 1 n3 and n4 accepted 130 entries of the traitor n1, which alone can prove it; n2 saw none of them.
  const old = p.chain(1, 130);
  const base = p.base(p.certificate('prepare', old.slice(-1)));
  // n3 asks with the genesis, and after a refusal with that. n1 makes a bundle of the first votes.
  p.tell(1, {
    kind: 'proof',
    signed: signAs(idOf(1), { kind: 'proof', bodyDigest: 'f'.repeat(64) as never }),
    body: { term: { type: 'bundle', bundle: p.bundle(3, p.genesisBase, [1, 3, 4]) }, commit: null },
  });
  const first = p.termEntry(3, old.at(-1), base);
  const append = p.append(3, 3, [first]);
  p.tell(3, append);
  p.pass(20);
  answer(p, { entries: [...old, first], leader: append.signed });
  p.pass(20);
  expect(p.node.core.status()).toMatchObject({ term: 3, accepted: positionOf(first) });
});

test('E3: a vote for a base that the candidate never asked with is not worth a verification', () => {
  const p = new Puppets(1);
  p.pass(20);
  expect(p.node.core.status().role).toBe('candidate');
  const never = p.base(p.certificate('prepare', [p.termEntry(1)]));
  const bogus = { ...never, rank: { ...never.rank, term: 0 as never, index: 77 as never } };
  expect(p.wants(p.vote(4, 1, p.genesisBase))).toBe(true);
  expect(p.wants(p.vote(4, 1, bogus))).toBe(false);
});

test('M6: of a higher term only its candidate’s AppendEntries, RequestVote and TransferLeadership are verified', () => {
  const p = new Puppets(2);
  // Term 2 is n2's, term 3 n3's: n4 can sign in neither.
  expect(p.wants(p.append(3, 3, p.chain(3, 2)))).toBe(true);
  expect(p.wants(p.append(4, 3, p.chain(3, 2)))).toBe(false);
  expect(p.wants(p.requestVote(4, 3))).toBe(false);
});
