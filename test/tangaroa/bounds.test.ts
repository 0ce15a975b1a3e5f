/** What a traitor may not fill, empty or tire out: rooms, disks, verifications. */
import { expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import type { Entry } from '../../src/consensus/model/entry.ts';
import { positionOf } from '../../src/consensus/model/entry.ts';
import type { PeerMessage } from '../../src/consensus/model/message.ts';
import { NONE } from '../../src/consensus/model/position.ts';
import type { Chain } from '../../src/consensus/tangaroa/chain.ts';
import { Tally } from '../../src/consensus/tangaroa/tally.ts';
import { idOf, makeRequest, signAs, trust } from './cluster.ts';
import { answer, large } from './fetched.ts';
import { Puppets } from './puppets.ts';

test('D3, N1: a leader whose base fills all of its room proposes nothing more before that is committed', () => {
  const p = new Puppets(2);
  // Sixteen terms, each certified as far as an honest voter accepts, and none committed: n2 is to lead the eighteenth.
  let base = p.genesisBase;
  const entries: Entry[] = [];
  for (let term = 1; term <= 16; term++) {
    let last = p.termEntry(term, entries.at(-1) ?? p.genesis, base);
    entries.push(last);
    for (let i = 1; i < limits.acceptAheadMax; i++) entries.push((last = p.batch(last, term)));
    base = p.base(p.certificate('prepare', [last]));
  }
  expect(entries).toHaveLength(limits.heldEntriesMax);
  for (const voter of [1, 3, 4]) p.tell(voter, p.suspect(voter, 18));
  p.pass(20);
  const refusal = {
    kind: 'vote-refusal',
    epoch: 0 as never,
    term: 18 as never,
    baseRank: base.rank,
    base: base.position,
  } as const;
  p.tell(3, {
    kind: 'vote-refusal',
    signed: signAs(idOf(3), refusal),
    certificate: base.certificate!,
  });
  for (const from of [0, limits.fetchEntriesMax])
    answer(p, {
      entries: entries.slice(from, from + limits.fetchEntriesMax),
      headers: entries.slice(from + limits.fetchEntriesMax).map(({ header }) => header),
    });
  p.pass(20);
  for (const voter of [1, 3]) p.tell(voter, p.vote(voter, 18, base));
  p.pass(20);
  expect(p.node.core.status().role).toBe('leader');
  p.step({ type: 'requested', request: trust(makeRequest()) });
  p.step({ type: 'drained' });
  expect(p.sent('append-entries').filter((message) => message.entries.length > 0)).toHaveLength(1);
});

test('D3, N1: a leader cannot make a quorum lock in so much that no later leader has room for its first entry', () => {
  const p = new Puppets(2);
  const ahead = p.cluster.now.wallMs + p.cluster.configuration.parameters.clockDriftMs + 1_000;
  // Term 1 is the traitor n1's: a batch from the future is held and not accepted yet, and so is all above it.
  const opening = p.termEntry(1);
  const second = p.entry(opening, 1, { kind: 'batch', requests: [makeRequest()] }, ahead);
  const flood = large(second, 1, 80, 2_000_000);
  for (const entry of [opening, second, ...flood]) p.tell(1, p.append(1, 1, [entry]));
  p.pass(1_100);
  // Whatever n2 accepted, n1 and n3 accepted too: a quorum, and n2 alone knows.
  const { accepted } = p.node.core.status();
  const top = [opening, second, ...flood].find((e) => e.hash === accepted.hash)!;
  for (const voter of [1, 3]) p.tell(voter, p.response(voter, 1, top));
  expect(p.node.core.status().prepared).toEqual(accepted);
  // n2 is the candidate of term 2.
  for (const voter of [1, 3, 4]) p.tell(voter, p.suspect(voter, 2));
  const base = p.base(p.certificate('prepare', [top], [1, 2, 3]));
  for (const voter of [3, 4]) p.tell(voter, p.vote(voter, 2, base));
  expect(p.node.core.status().role).toBe('leader');
});

test('E3, D3: the prefix of a certificate that lost leaves room for the chain that won', () => {
  const p = new Puppets(4);
  // Term 1 is the traitor n1's: n4 prepares chain A, as much as a voter accepts.
  const opening = p.termEntry(1);
  const a = large(opening, 1, 60, 2_000_000);
  for (const entry of [opening, ...a]) p.tell(1, p.append(1, 1, [entry]));
  const { accepted } = p.node.core.status();
  const top = a.find((e) => e.hash === accepted.hash)!;
  for (const voter of [1, 3]) p.tell(voter, p.response(voter, 1, top));
  expect(p.node.core.status().prepared).toEqual(accepted);
  // Term 2 went by without n4; n2 and n3 prepared chain B in it. Now n3 leads term 3 on B, and needs n4.
  for (const voter of [1, 2, 3]) p.tell(voter, p.suspect(voter, 3));
  const second = p.termEntry(2);
  const b = large(second, 2, 20, 2_000_000); // 40 MB: what an honest leader has under way
  const base = p.base(p.certificate('prepare', b.slice(-1), [1, 2, 3]));
  const third = p.entry(b.at(-1)!, 3, { kind: 'term', bundle: p.bundle(3, base) });
  const message = p.append(3, 3, [third]);
  const whole = [second, ...b, third];
  let answered = p.sentTo('fetch-entries').length;
  for (let ms = 0; ms < 20_000; ms += 100) {
    p.tell(3, ms % 1_000 === 0 ? message : p.append(3, 3, [], { head: positionOf(third) }));
    p.pass(100);
    const { body } = p.sent('fetch-entries').at(-1) ?? { body: { from: 0 } };
    const fetches = p.sentTo('fetch-entries');
    if (fetches.length === answered) continue;
    answered = fetches.length;
    const from = whole.findIndex(({ header }) => header.index === body.from);
    if (from < 0) continue;
    const headers = whole.slice(from + 2).map((e) => e.header);
    answer(p, { entries: whole.slice(from, from + 2), headers, leader: message.signed });
  }
  expect(p.node.core.status()).toMatchObject({ term: 3, accepted: positionOf(third) });
});

test('N4: of what a voter names that has no place so much is kept, and the last of it', () => {
  const p = new Puppets(2);
  const tally = new Tally([[idOf(1), idOf(3), idOf(4)]]);
  const chain = { onPath: () => false, committed: NONE } as unknown as Chain;
  const entries = p.chain(1, limits.unplacedPerVoterMax + 8);
  for (const entry of entries) tally.record(p.response(3, 1, entry).signed, chain);
  expect(tally.sizes.waiting).toBe(limits.unplacedPerVoterMax);
  const covered = entries.filter((entry) => tally.covers(p.response(3, 1, entry).signed));
  expect(covered).toEqual(entries);
});

test('M6, S4: of a voter whose share is full no Forward is verified', () => {
  const p = new Puppets(1);
  p.pass(20);
  const { capacityBytes } = p.cluster.configuration.parameters;
  let turn = 0;
  const forward = (bytes: number, signer = 4): PeerMessage => ({
    kind: 'forward',
    signed: signAs(idOf(signer), { kind: 'forward', bodyDigest: 'f'.repeat(64) as never }),
    body: { requests: [makeRequest(turn++ % 2 === 0 ? 'aa' : 'bb', undefined, bytes)] },
  });
  for (let bytes = 0; bytes < capacityBytes / 2; bytes += 1_000_000) p.tell(4, forward(1_000_000));
  expect(p.node.core.status().pendingBytes).toBeLessThanOrEqual(capacityBytes / 4);
  expect(p.wants(forward(1_000_000))).toBe(false);
  // Nor what it passes on of another, which would count in its own share as well.
  expect(p.wants(forward(1_000_000, 2), idOf(4))).toBe(false);
  expect(p.wants(forward(1_000_000, 2), idOf(2))).toBe(true);
});

test('M6, S4: nor one that a client fills whose part of the share is full', () => {
  const p = new Puppets(1);
  p.pass(20);
  const { capacityBytes } = p.cluster.configuration.parameters;
  const forward = (...sizes: (readonly [string, number])[]): PeerMessage => ({
    kind: 'forward',
    signed: signAs(idOf(4), { kind: 'forward', bodyDigest: 'f'.repeat(64) as never }),
    body: { requests: sizes.map(([client, bytes]) => makeRequest(client, undefined, bytes)) },
  });
  for (let bytes = 0; bytes < capacityBytes / 4; bytes += 1_000_000)
    p.tell(4, forward(['aa', 1_000_000]));
  expect(p.node.core.status().pendingBytes).toBeLessThanOrEqual(capacityBytes / 8);
  expect(p.wants(forward(['aa', 1_000_000]))).toBe(false);
  expect(p.wants(forward(['aa', 1_000_000], ['bb', 100]))).toBe(false);
  expect(p.wants(forward(['aa', 1_000_000], ['bb', 1_000_000]))).toBe(true);
  expect(p.wants(forward(['bb', 100]))).toBe(true);
});

test('M5, M6: a stale message is answered to its signer; one that somebody else replays is not verified', () => {
  const p = new Puppets(4);
  const [first] = p.chain(1, 1) as [Entry];
  for (const voter of [1, 2]) p.tell(voter, p.suspect(voter, 2));
  const stale = p.response(3, 1, first);
  expect(p.wants(stale, idOf(1))).toBe(false);
  p.tell(3, stale);
  expect(p.sentTo('proof')).toEqual([idOf(3)]);
  expect(p.wants(stale)).toBe(false);
});

test('D3: a leader that opens its term again and again fills nothing', () => {
  const p = new Puppets(2);
  const opening = p.termEntry(1);
  p.tell(1, p.append(1, 1, [opening]));
  // The quorum cannot be reached: however rogue the leader, this node stays in its term.
  for (let i = 0; i < limits.heldEntriesMax; i++) p.tell(1, p.append(1, 1, [p.batch(opening, 1)]));
  const bundle = p.bundle(1);
  for (let i = 0; i < 500; i++) {
    const again = p.entry(p.genesis, 1, { kind: 'term', bundle }, 1_000 + i);
    p.tell(1, p.append(1, 1, [again]));
  }
  const room = p.cluster.nodes.length + 1;
  expect(p.node.disk.entries.size).toBeLessThanOrEqual(limits.heldEntriesMax + room);
});

test('D3: what a leader filled a node with makes room for what a certificate proves', () => {
  const p = new Puppets(2);
  const opening = p.termEntry(1);
  p.tell(1, p.append(1, 1, [opening]));
  for (let i = 0; i < limits.heldEntriesMax; i++) p.tell(1, p.append(1, 1, [p.batch(opening, 1)]));
  // The others were given another chain in this term, and committed it.
  const other = p.entry(p.genesis, 1, { kind: 'term', bundle: p.bundle(1) }, 1_000);
  const next = p.batch(other, 1);
  const commit = p.certificate('commit', [next]);
  const proof = { term: { type: 'genesis' } as const, commit };
  p.tell(4, {
    kind: 'proof',
    signed: signAs(idOf(4), { kind: 'proof', bodyDigest: next.hash }),
    body: proof,
  });
  answer(p, { entries: [other, next] });
  expect(p.node.core.status().committed.index).toBe(next.header.index);
});

test('D3, N3: a flood does not pile up before a disk that stands still', () => {
  const p = new Puppets(2);
  const opening = p.termEntry(1);
  p.tell(1, p.append(1, 1, [opening]));
  p.node.writes = false;
  const { core } = p.node;
  let entries = 0;
  p.node.core = {
    ...core,
    step: (input) => {
      const effects = core.step(input);
      for (const effect of effects)
        if (effect.type === 'store')
          entries += effect.records.filter(({ type }) => type === 'entry').length;
      return effects;
    },
  };
  for (let i = 0; i < 5 * limits.heldEntriesMax; i++)
    p.tell(1, p.append(1, 1, [p.batch(opening, 1)]));
  expect(entries).toBeLessThanOrEqual(2 * limits.heldEntriesMax);
  // With the disk there is room again.
  p.node.writes = true;
  p.node.flush();
  const before = entries;
  p.tell(1, p.append(1, 1, [p.batch(opening, 1)]));
  expect(entries).toBe(before + 1);
});
