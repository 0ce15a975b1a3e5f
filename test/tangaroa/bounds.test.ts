/** What a traitor may not fill, empty, starve or tire out: rooms, fetches, verifications. */
import { expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import type { Entry } from '../../src/consensus/model/entry.ts';
import { makeEntry, positionOf } from '../../src/consensus/model/entry.ts';
import type { LogIndex, NodeId } from '../../src/consensus/model/ids.ts';
import type { EntriesBody, PeerMessage } from '../../src/consensus/model/message.ts';
import { digest, idOf, makeRequest, signAs, trust } from './cluster.ts';
import { Puppets } from './puppets.ts';

function entriesFrom(signer: NodeId, body: Partial<EntriesBody>): PeerMessage {
  return {
    kind: 'entries',
    signed: signAs(signer, { kind: 'entries', bodyDigest: 'e'.repeat(64) as never }),
    body: { entries: [], headers: [], leader: null, commit: null, ...body },
  };
}

function answer(p: Puppets, body: Partial<EntriesBody>): void {
  const peer = p.sentTo('fetch-entries').at(-1) as NodeId;
  p.tell(Number(peer.slice(1)), entriesFrom(peer, body));
}

/** `count` batches of `bytes` of payload each, above `parent`. */
function large(parent: Entry, inTerm: number, count: number, bytes: number): readonly Entry[] {
  const content = { kind: 'batch', requests: [makeRequest()] } as const;
  const entries: Entry[] = [];
  for (let last = parent; entries.length < count;) {
    const { index, timestamp } = last.header;
    const fields = {
      index: (index + 1) as LogIndex,
      epoch: 0 as never,
      term: inTerm as never,
      parent: last.hash,
      kind: 'batch',
      timestamp: timestamp,
    } as const;
    last = makeEntry(fields, new Uint8Array(bytes), content, digest);
    entries.push(last);
  }
  return entries;
}

test('E5: an old certificate beside fetched entries halts nobody', () => {
  const p = new Puppets(4);
  // Term 1: entry 2 is committed everywhere; the traitor n2 holds a hidden prepare certificate for 4.
  const old = p.chain(1, 3);
  const lower = p.certificate('commit', old.slice(0, 1), [1, 2, 3]);
  const low = p.base(p.certificate('prepare', old.slice(0, 1), [1, 2, 3]));
  const high = p.base(p.certificate('prepare', old.slice(-1), [1, 2, 3]));
  p.tell(1, p.append(1, 1, old.slice(0, 1), { commit: lower }));
  expect(p.node.core.status().committed).toEqual(positionOf(old[0]!));
  // Term 2 is elected twice. n4 sees the chain above entry 2, a quorum commits the one above entry 4.
  const opening = p.termEntry(2, old[0], low);
  p.tell(2, p.append(2, 2, [opening]));
  expect(p.node.core.status()).toMatchObject({ term: 2, accepted: positionOf(opening) });
  const other = p.entry(old[2]!, 2, { kind: 'term', bundle: p.bundle(2, high) });
  const commit = p.certificate('commit', [other], [1, 2, 3]);
  p.tell(3, {
    kind: 'proof',
    signed: signAs(idOf(3), { kind: 'proof', bodyDigest: 'f'.repeat(64) as never }),
    body: { term: { type: 'commit', certificate: commit }, commit },
  });
  p.pass(20);
  // The traitor is asked (here: whoever is) and puts the certificate of term 1 beside a part that is right.
  answer(p, { entries: [old[1]!], headers: [old[2]!.header, other.header], commit: lower });
  expect(p.node.halted).toBe(null);
  p.pass(20);
  answer(p, { entries: [old[2]!, other], commit });
  expect(p.node.core.status().committed).toEqual(positionOf(other));
});

test('N2, section 4: a leader that answers with what is held already keeps nobody from asking others', () => {
  const p = new Puppets(4);
  const entries = p.chain(1, 6);
  const shown = p.append(1, 1, entries.slice(0, 2));
  const whole = p.append(1, 1, entries);
  p.tell(1, shown);
  // To n4 alone the traitor n1 claims a head that nobody has; n2 and n3 go on with it.
  const bogus = { index: 99 as LogIndex, hash: 'b'.repeat(64) as never };
  for (const voter of [2, 3]) p.tell(voter, p.response(voter, 1, entries[5]!));
  let answered = 0;
  for (let ms = 0; ms < 60_000; ms += 20) {
    if (ms % 100 === 0) p.tell(1, p.append(1, 1, [], { head: bogus }));
    p.pass(20);
    const peers = p.sentTo('fetch-entries').slice(answered);
    answered += peers.length;
    for (const peer of peers) {
      const traitor = { entries: entries.slice(0, 2), leader: shown.signed };
      const honest = { entries: entries.slice(2), leader: whole.signed };
      p.tell(Number(peer.slice(1)), entriesFrom(peer, peer === idOf(1) ? traitor : honest));
    }
  }
  expect(p.node.core.status().accepted).toEqual(positionOf(entries[5]!));
});

test('D3, section 4: a traitor that serves one entry at a time is not asked for all of them', () => {
  const p = new Puppets(4);
  const entries = p.chain(1, 300);
  p.tell(1, p.append(1, 1, entries.slice(0, 1)));
  const commit = p.certificate('commit', entries.slice(-1), [1, 2, 3]);
  p.tell(2, {
    kind: 'proof',
    signed: signAs(idOf(2), { kind: 'proof', bodyDigest: 'f'.repeat(64) as never }),
    body: { term: { type: 'genesis' }, commit },
  });
  const late: { at: number; from: number }[] = [];
  let answered = 0;
  for (let ms = 0; ms < 20_000; ms += 20) {
    p.pass(20);
    const asked = p.sent('fetch-entries').slice(answered);
    const peers = p.sentTo('fetch-entries').slice(answered);
    answered += asked.length;
    for (const [i, fetch] of asked.entries()) {
      const above = entries.filter(({ header }) => header.index >= fetch.body.from);
      if (peers[i] === idOf(1)) late.push({ at: ms + 120, from: fetch.body.from });
      else p.tell(Number(peers[i]!.slice(1)), entriesFrom(peers[i]!, { entries: above, commit }));
    }
    while (late[0] !== undefined && late[0].at <= ms) {
      const { from } = late.shift()!;
      const above = entries.filter(({ header }) => header.index >= from);
      const headers = above.slice(1).map(({ header }) => header);
      p.tell(1, entriesFrom(idOf(1), { entries: above.slice(0, 1), headers, commit }));
    }
  }
  expect(p.node.core.status().committed).toEqual(positionOf(entries.at(-1)!));
});

test('D3, E3: who does not answer takes nothing away that others have served', () => {
  const p = new Puppets(2);
  const opening = p.termEntry(1);
  // n2 missed what the honest n1 has under way; it and n3 serve it, and the traitor n4 names what nobody has.
  const whole = [opening, ...large(opening, 1, 31, 1_300_000)];
  const top = whole.at(-1)!;
  const bogus = p.batch(p.chain(1, 50).at(-1)!, 1);
  const bundle = p.append(1, 1, [opening]);
  const { signed: leader } = p.append(1, 1, [top]);
  p.tell(1, bundle);
  p.pass(200);
  p.tell(3, p.response(3, 1, top));
  p.tell(4, p.response(4, 1, bogus));
  let answered = 0;
  for (let ms = 0; ms < 30_000; ms += 20) {
    if (ms % 100 === 0) p.tell(1, p.append(1, 1, [], { head: positionOf(top) }));
    p.pass(20);
    const fetches = p.sent('fetch-entries').slice(answered);
    const peers = p.sentTo('fetch-entries').slice(answered);
    answered += fetches.length;
    for (const [i, { body }] of fetches.entries()) {
      const above = whole.filter(({ header }) => header.index >= body.from);
      if (peers[i] === idOf(4) || above.length === 0) continue;
      const headers = above.slice(3).map(({ header }) => header);
      p.tell(
        Number(peers[i]!.slice(1)),
        entriesFrom(peers[i]!, { entries: above.slice(0, 3), headers, leader }),
      );
    }
  }
  expect(p.node.core.status().accepted).toEqual(positionOf(top));
});

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

test('section 10: a node whose disk stands still does not ask without end', () => {
  const p = new Puppets(4);
  const entries = p.chain(1, 2_300);
  p.tell(1, p.append(1, 1, entries.slice(0, 1)));
  p.node.writes = false;
  const commit = p.certificate('commit', entries.slice(-1), [1, 2, 3]);
  p.tell(1, p.append(1, 1, [], { head: positionOf(entries.at(-1)!), commit }));
  // Everybody is honest and answers at once. The clock stands still: none of these questions was asked for patience.
  let asked = 0;
  for (; asked < 200; asked++) {
    const fetches = p.sent('fetch-entries');
    const fetch = fetches.at(-1);
    if (fetches.length <= asked || fetch === undefined) break;
    const above = entries.filter(({ header }) => header.index >= fetch.body.from);
    const headers = above.slice(limits.fetchEntriesMax).map(({ header }) => header);
    const small = headers.length > limits.fetchHeadersMax;
    const proof = small ? p.certificate('commit', above.slice(1_023, 1_024), [1, 2, 3]) : commit;
    answer(p, {
      entries: above.slice(0, limits.fetchEntriesMax),
      headers: small ? [] : headers,
      commit: proof,
    });
  }
  expect(asked).toBeLessThan(20);
});

test('M6, S4: of a voter whose share is full no Forward is verified', () => {
  const p = new Puppets(1);
  p.pass(20);
  const { capacityBytes } = p.cluster.configuration.parameters;
  let turn = 0;
  const forward = (bytes: number): PeerMessage => ({
    kind: 'forward',
    signed: signAs(idOf(4), { kind: 'forward', bodyDigest: 'f'.repeat(64) as never }),
    body: { requests: [makeRequest(turn++ % 2 === 0 ? 'aa' : 'bb', undefined, bytes)] },
  });
  for (let bytes = 0; bytes < capacityBytes / 2; bytes += 1_000_000) p.tell(4, forward(1_000_000));
  expect(p.node.core.status().pendingBytes).toBeLessThanOrEqual(capacityBytes / 4);
  expect(p.wants(forward(1_000_000))).toBe(false);
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

test('N2, N4: who was moved to another chain does not ask for what it named before', () => {
  const p = new Puppets(2);
  const [opening, lost] = p.chain(1, 2) as [Entry, Entry];
  p.tell(1, p.append(1, 1, [opening, lost]));
  // The others were given another chain in this term, and committed less of it than n2 accepted.
  const other = p.entry(p.genesis, 1, { kind: 'term', bundle: p.bundle(1) }, 1_000);
  p.tell(1, p.append(1, 1, [], { commit: p.certificate('commit', [other]) }));
  answer(p, { entries: [other] });
  expect(p.node.core.status().committed).toEqual(positionOf(other));
  p.forget();
  p.pass(2_000);
  expect(p.sentTo('fetch-entries')).toEqual([]);
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
