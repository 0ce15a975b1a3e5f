/** Filling gaps (N2, E3, D3): traitors starve nobody, and are not asked, or verified, without end. */
import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import type { Entry } from '../../src/consensus/model/entry.ts';
import { positionOf } from '../../src/consensus/model/entry.ts';
import type { LogIndex } from '../../src/consensus/model/ids.ts';
import type { Position } from '../../src/consensus/model/position.ts';
import { idOf, makeRequest, signAs } from './cluster.ts';
import { answer, entriesFrom, large } from './fetched.ts';
import { Puppets } from './puppets.ts';

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

test('M6: of who was asked once no entries are verified that bring nothing', () => {
  const p = new Puppets(2);
  const entries = p.chain(1, 6);
  const whole = p.append(1, 1, entries);
  p.tell(1, p.append(1, 1, entries.slice(0, 1)));
  p.tell(1, p.append(1, 1, [], { head: positionOf(entries[5]!) }));
  const made = entriesFrom(idOf(1), { entries: large(entries[0]!, 1, 8, 1_000_000) });
  const right = entriesFrom(idOf(1), { entries: entries.slice(1), leader: whole.signed });
  // The answer to an open question is looked at, and a right one also when it is late.
  expect(p.sentTo('fetch-entries')).toEqual([idOf(1)]);
  expect(p.wants(made)).toBe(true);
  for (let ms = 0; p.sentTo('fetch-entries').at(-1) === idOf(1); ms += 20) p.pass(20);
  expect(p.wants(made)).toBe(false);
  expect(p.wants(right)).toBe(true);
  p.tell(1, right);
  expect(p.node.core.status().accepted).toEqual(positionOf(entries[5]!));
  expect(p.wants(right)).toBe(false);
  expect(
    p.wants(entriesFrom(idOf(1), { entries: entries.slice(1, 3), leader: whole.signed })),
  ).toBe(false);
});

test('M6: entries answer for whose link they come over, not for whoever once signed them', () => {
  const p = new Puppets(2);
  const entries = p.chain(1, 6);
  p.tell(1, p.append(1, 1, entries.slice(0, 1)));
  p.tell(1, p.append(1, 1, [], { head: positionOf(entries[5]!) }));
  expect(p.sentTo('fetch-entries')).toEqual([idOf(1)]);
  // n3 was given these by n1 some time, and says them again and again while n2 waits for n1.
  const told = entriesFrom(idOf(1), { entries: large(entries[0]!, 1, 8, 1_000_000) });
  expect(p.wants(told, idOf(3))).toBe(false);
  expect(p.wants(told, idOf(1))).toBe(true);
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

/** `peer` asks the node under test, whose answers to it are `servedTo`. */
function ask(p: Puppets, peer: number, from: LogIndex, head: Position): void {
  p.tell(peer, {
    kind: 'fetch-entries',
    signed: signAs(idOf(peer), { kind: 'fetch-entries', bodyDigest: 'f'.repeat(64) as never }),
    body: { from, head },
  });
}

function servedTo(p: Puppets, peer: number): readonly Entry[] {
  const to = p.sentTo('entries');
  return p.sent('entries').flatMap(({ body }, i) => (to[i] === idOf(peer) ? body.entries : []));
}

const bytesOf = (entries: readonly Entry[]): number =>
  entries.reduce((sum, { payload }) => sum + payload.length, 0);

const MEGABYTE = 1_000_000;

/** n4 accepted 40 megabytes of the term's leader, none of them committed. */
function loaded(): { readonly p: Puppets; readonly opening: Entry; readonly head: Position } {
  const p = new Puppets(4);
  const opening = p.termEntry(1);
  const whole = [opening, ...large(opening, 1, 40, MEGABYTE)];
  p.tell(1, p.append(1, 1, whole));
  const head = positionOf(whole.at(-1)!);
  expect(p.node.core.status().accepted).toEqual(head);
  return { p, opening, head };
}

/** As a node does that catches up: upwards from what it got. */
function askForAll(p: Puppets, peer: number, head: Position, ms: number): void {
  for (let passed = 0; passed < ms; passed += 20) {
    const next = servedTo(p, peer).at(-1)?.header.index ?? 1;
    if (next < head.index) ask(p, peer, (next + 1) as LogIndex, head);
    p.pass(20);
  }
}

describe('L2, section 12: what a peer is served from memory', () => {
  test('the first time: so many bytes a second', () => {
    const { p, head } = loaded();
    askForAll(p, 3, head, 1_000);
    const bytes = bytesOf(servedTo(p, 3));
    expect(bytes).toBeGreaterThan(0.8 * limits.serveBytesPerSecond);
    expect(bytes).toBeLessThan(1.2 * limits.serveBytesPerSecond);
  });

  test('again: little, from wherever it asks, and nobody else waits for it', () => {
    const { p, opening, head } = loaded();
    askForAll(p, 3, head, 2_000);
    expect(servedTo(p, 3)).toHaveLength(41);
    p.forget();
    const seconds = 20;
    for (let ms = 0; ms < 1_000 * seconds; ms += 20) {
      for (const from of [17, 9, 2]) ask(p, 3, from as LogIndex, head);
      if (ms % 500 === 0 && ms < 2_000) ask(p, 1, opening.header.index, head);
      p.pass(20);
    }
    const share = (limits.serveAgainBytesMax + seconds * limits.serveAgainBytesPerSecond) / 3;
    const bytes = bytesOf(servedTo(p, 3));
    expect(bytes).toBeGreaterThan(0.9 * share);
    expect(bytes).toBeLessThan(share + limits.fetchBytesMax);
    expect(p.sentTo('entries').filter((to) => to === idOf(1))).toHaveLength(4);
  });

  test('what pays for repeats does not keep what is new waiting, at the same indexes too', () => {
    const { p, opening, head } = loaded();
    const repeat = (): void => {
      ask(p, 3, opening.header.index, head);
      p.pass(20);
    };
    for (let ms = 0; ms < 10_000; ms += 20) repeat();
    // The last one was more than there was left.
    for (const told = servedTo(p, 3).length; servedTo(p, 3).length === told;) repeat();
    p.forget();
    ask(p, 3, opening.header.index, head);
    p.pass(100);
    expect(servedTo(p, 3)).toEqual([]);
    const other = p.termEntry(2);
    p.tell(2, p.append(2, 2, [other]));
    expect(p.node.core.status().accepted).toEqual(positionOf(other));
    ask(p, 3, other.header.index, positionOf(other));
    p.pass(100);
    expect(servedTo(p, 3)).toEqual([other]);
  });

  test('again: small entries count as more than their bytes', () => {
    const p = new Puppets(4);
    const whole = p.chain(1, limits.acceptAheadMax);
    p.tell(1, p.append(1, 1, whole));
    const head = positionOf(whole.at(-1)!);
    const seconds = 20;
    for (let ms = 0; ms < 1_000 * seconds; ms += 20) {
      ask(p, 3, whole[0]!.header.index, head);
      p.pass(20);
    }
    const share = (limits.serveAgainBytesMax + seconds * limits.serveAgainBytesPerSecond) / 3;
    const records = servedTo(p, 3).length;
    expect(records).toBeGreaterThan(whole.length);
    expect(records).toBeLessThan(share / limits.serveRecordBytes + 2 * whole.length);
  });

  test('a question for what nobody has is looked at no more often than another', () => {
    const { p, opening, head } = loaded();
    ask(p, 3, (head.index + 1) as LogIndex, head);
    ask(p, 3, opening.header.index, head);
    expect(servedTo(p, 3)).toEqual([]);
    p.pass(limits.serveIntervalMs + 20);
    expect(servedTo(p, 3)[0]).toEqual(opening);
  });
});

test('section 12: an answer that no certificate proves asks for no more signatures than one entry may', () => {
  const p = new Puppets(2);
  const opening = p.termEntry(1);
  const requests = Array.from({ length: limits.unprovenSignaturesMax / 2 }, () => makeRequest());
  const content = { kind: 'batch', requests } as const;
  const [first, second, third] = large(opening, 1, 3, 100).map((entry) => ({ ...entry, content }));
  const whole = [opening, first!, second!, third!];
  p.tell(1, p.append(1, 1, whole));
  const answerFrom = (from: Entry): readonly Entry[] => {
    ask(p, 3, from.header.index, positionOf(third!));
    p.pass(limits.serveIntervalMs + 20);
    return p.sent('entries').at(-1)!.body.entries;
  };
  expect(answerFrom(opening).map(({ hash }) => hash)).toEqual([opening.hash, first!.hash]);
  expect(answerFrom(first!).map(({ hash }) => hash)).toEqual([first!.hash, second!.hash]);
  expect(p.sent('entries').at(-1)!.body.headers).toEqual([third!.header]);
});
