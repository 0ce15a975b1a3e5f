/** Section 2 of the protocol (M2 to M6) and evidence (V1, V3), rule by rule. M1 and the signatures of M6: test/wire, test/crypto. */
import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import type { Entry } from '../../src/consensus/model/entry.ts';
import { positionOf } from '../../src/consensus/model/entry.ts';
import type { PeerMessage } from '../../src/consensus/model/message.ts';
import type { ClientRequest } from '../../src/consensus/model/request.ts';
import { Cluster, idOf, makeRequest, signAs, trust } from './cluster.ts';
import { Puppets } from './puppets.ts';

function times(p: Puppets, message: PeerMessage | undefined, to: number): number {
  return p.cluster.history.filter((sent) => sent.message === message && sent.to === idOf(to))
    .length;
}

test('M2: the sequence grows with each AppendEntries, heartbeats too', () => {
  const cluster = new Cluster(4);
  cluster.run(400);
  cluster.request(1);
  cluster.run(400);
  const numbers = [...new Set(cluster.sentBy(1, 'append-entries'))].map((m) =>
    m.kind === 'append-entries' ? m.signed.statement.sequence : 0,
  );
  expect(numbers.length).toBeGreaterThan(5);
  expect(numbers).toEqual(numbers.map((_, i) => i + 1));
});

test('M3: nothing is signed twice: repetitions are the same object', () => {
  const p = new Puppets(2);
  p.pass(2_000);
  expect(p.sent('suspect')).toHaveLength(1);
  expect(times(p, p.sent('suspect')[0], 1)).toBeGreaterThan(5);
});

test('M3: Suspects go out again until a term at least as high committed something', () => {
  const p = new Puppets(3);
  for (const voter of [1, 2, 4]) p.tell(voter, p.suspect(voter, 2));
  const own = p.sent('suspect')[0];
  p.forget();
  p.pass(300);
  expect(times(p, own, 1)).toBeGreaterThan(0);
  const first = p.termEntry(2);
  p.tell(2, p.append(2, 2, [first], { commit: p.certificate('commit', [first]) }));
  p.forget();
  p.pass(300);
  expect(times(p, own, 1)).toBe(0);
});

test('M3: RequestVote goes out again until it has served', () => {
  const p = new Puppets(1);
  p.pass(500);
  const request = p.sent('request-vote')[0];
  expect(times(p, request, 2)).toBeGreaterThan(3);
  p.tell(2, p.vote(2, 1));
  p.tell(3, p.vote(3, 1));
  p.forget();
  p.pass(300);
  expect(p.sent('request-vote')).toEqual([]);
});

test('M3: the bundle goes out again until its entry committed', () => {
  const p = new Puppets(1);
  p.pass(20);
  for (const voter of [2, 3]) p.tell(voter, p.vote(voter, 1));
  const opening = p.sent('append-entries')[0];
  p.pass(500);
  expect(times(p, opening, 4)).toBeGreaterThan(3);
  const entry = opening?.entries[0] as Entry;
  for (const voter of [2, 3]) p.tell(voter, p.response(voter, 1, entry, entry));
  p.pass(100);
  p.forget();
  p.pass(500);
  expect(times(p, opening, 4)).toBe(0);
});

test('M3: after a reconnect the newest Response is shown again, to that peer', () => {
  const p = new Puppets(2);
  p.tell(1, p.append(1, 1, p.chain(1, 2)));
  const response = p.sent('append-entries-response').at(-1);
  p.forget();
  p.step({ type: 'connected', peer: idOf(3) });
  expect(times(p, response, 3)).toBe(1);
  expect(times(p, response, 4)).toBe(0);
});

test('M3: a heartbeat that brought no progress is answered with the newest Response again', () => {
  const p = new Puppets(2);
  const entries = p.chain(1, 2);
  p.tell(1, p.append(1, 1, entries));
  const response = p.sent('append-entries-response').at(-1);
  const head = positionOf(entries.at(-1) as Entry);
  p.tell(1, p.append(1, 1, [], { head }));
  p.forget();
  p.tell(1, p.append(1, 1, [], { head }));
  expect(times(p, response, 4)).toBe(1);
});

test('M4: each of bundle, suspicion certificate, prepare and commit certificate puts a node into its term', () => {
  const proofs = [
    (p: Puppets) => ({ type: 'bundle', bundle: p.bundle(3) }) as const,
    (p: Puppets) => ({ type: 'suspicion', certificate: p.suspicion(3) }) as const,
    (p: Puppets) =>
      ({ type: 'prepare', certificate: p.certificate('prepare', [p.termEntry(3)]) }) as const,
    (p: Puppets) =>
      ({ type: 'commit', certificate: p.certificate('commit', [p.termEntry(3)]) }) as const,
  ];
  for (const make of proofs) {
    const p = new Puppets(2);
    const signed = signAs(idOf(4), { kind: 'proof', bodyDigest: p.genesis.hash } as const);
    p.tell(4, { kind: 'proof', signed, body: { term: make(p), commit: null } });
    expect(p.node.core.status().term).toBe(3);
  }
});

test('M4: a mere claim of a higher term moves nobody', () => {
  const p = new Puppets(2);
  p.tell(4, p.append(4, 4, p.chain(1, 1)));
  p.tell(4, p.response(4, 99, p.termEntry(99)));
  p.tell(4, p.vote(4, 99));
  expect(p.node.core.status().term).toBe(1);
});

test('M5: a message of a lower term is answered with the Proof of one’s own, rate-limited', () => {
  const p = new Puppets(2);
  for (const voter of [1, 3, 4]) p.tell(voter, p.suspect(voter, 3));
  p.pass(200);
  p.forget();
  const entry = p.termEntry(1);
  for (let i = 0; i < 20; i++) p.tell(4, p.response(4, 1, p.batch(entry, 1)));
  expect(p.sent('proof')).toHaveLength(1);
  expect(p.sent('proof')[0]?.body.term.type).toBe('suspicion');
  expect(p.sentTo('proof')).toEqual([idOf(4)]);
  p.pass(200);
  p.tell(4, p.response(4, 1, entry));
  expect(p.sent('proof')).toHaveLength(2);
});

test('M5: a message of a higher term that cannot be checked makes the node ask its sender', () => {
  const p = new Puppets(2);
  p.forget();
  p.tell(3, p.response(3, 9, p.termEntry(9)));
  expect(p.sent('append-entries-response').map((m) => m.signed.statement.term)).toEqual([1]);
  expect(p.sentTo('append-entries-response')).toEqual([idOf(3)]);
});

test('M5: a node that slept through elections is brought back by Proof alone', () => {
  const cluster = new Cluster(4);
  cluster.run(200);
  cluster.passes = ({ from, to }) => from !== idOf(4) && to !== idOf(4);
  cluster.node(1).crash();
  cluster.run(2_500);
  cluster.request(2);
  cluster.run(200);
  cluster.passes = ({ message, to }) =>
    to !== idOf(4) ||
    message.kind === 'proof' ||
    message.kind === 'entries' ||
    message.kind === 'append-entries';
  cluster.run(1_000);
  expect(cluster.node(4).core.status().term).toBe(cluster.node(2).core.status().term);
  expect(cluster.node(4).ordered).toEqual(cluster.node(2).ordered);
});

test('M5, M6: entries of a later term, which its candidate can send for ever, are worth a question now and then', () => {
  const p = new Puppets(2);
  const entries = p.chain(4, 3);
  const flood = (): boolean => p.wants(p.append(4, 4, entries.slice(1)));
  expect(flood()).toBe(true);
  p.tell(4, p.append(4, 4, entries.slice(1)));
  expect(p.sentTo('append-entries-response')).toEqual([idOf(4)]);
  expect([flood(), flood()]).toEqual([false, false]);
  // What proves the term, or brings more, is news whenever it comes.
  expect(p.wants(p.append(4, 4, entries))).toBe(true);
  const commit = p.certificate('commit', entries.slice(1, 2), [1, 3, 4]);
  expect(p.wants(p.append(4, 4, entries.slice(1), { commit }))).toBe(true);
  p.pass(200);
  expect(flood()).toBe(true);
});

test('M6: no signature is checked for what can change nothing', () => {
  const p = new Puppets(2);
  const entries = p.chain(1, 3);
  const [first, second, last] = entries as [Entry, Entry, Entry];
  p.tell(1, p.append(1, 1, entries));
  for (const voter of [1, 3]) p.tell(voter, p.response(voter, 1, last, last));
  expect(p.node.core.status().committed.index).toBe(4);
  // The fourth voter's Response for what is committed, and for less.
  expect(p.wants(p.response(4, 1, last, last))).toBe(false);
  expect(p.wants(p.response(4, 1, second, first))).toBe(false);
  expect(p.wants(p.suspect(4, 1))).toBe(true);
  p.tell(4, p.suspect(4, 1));
  expect(p.wants(p.suspect(4, 1))).toBe(false);
  expect(p.wants(p.vote(4, 1))).toBe(false);
  expect(p.wants(p.append(3, 1, entries))).toBe(false);
  expect(p.wants(p.append(1, 1, entries, { sequence: 1 }))).toBe(false);
});

test('M6: of a voter whose word waits for its place no lesser word is checked, unless it contradicts', () => {
  const p = new Puppets(2);
  const entries = p.chain(1, 6);
  const at = (index: number): Entry => entries[index - 2] as Entry;
  // Nothing of it is here yet: a follower that lags hears of far more than it can place.
  p.tell(3, p.response(3, 1, at(5), at(3)));
  expect(p.wants(p.response(3, 1, at(5), at(3)))).toBe(false);
  expect(p.wants(p.response(3, 1, at(4), at(3)))).toBe(false);
  expect(p.wants(p.response(3, 1, at(6), at(3)))).toBe(true);
  expect(p.wants(p.response(3, 1, at(4), at(4)))).toBe(true);
  expect(p.wants(p.response(4, 1, at(4), at(3)))).toBe(true);
  expect(p.wants(p.response(3, 1, p.batch(at(4), 1), at(3)))).toBe(true);
  // Nor when it has its place.
  p.tell(1, p.append(1, 1, entries));
  expect(p.wants(p.response(3, 1, at(4), at(3)))).toBe(false);
  expect(p.wants(p.response(4, 1, at(4), at(3)))).toBe(true);
});

test('N4: of what a voter says that has no place yet the last word stays, in whatever order it came', () => {
  const p = new Puppets(2);
  const entries = p.chain(1, limits.unplacedPerVoterMax + 8);
  for (const voter of [1, 3])
    for (const entry of entries.toReversed()) {
      const message = trust(p.response(voter, 1, entry, entry));
      p.step({ type: 'received', from: idOf(voter), message });
    }
  p.tell(1, p.append(1, 1, entries));
  expect(p.node.core.status().committed).toEqual(positionOf(entries.at(-1) as Entry));
});

test('N4, N2: the word of a voter that was moved to another chain stays, though the ones before named more', () => {
  const p = new Puppets(2);
  const left = p.chain(1, limits.unplacedPerVoterMax + 8);
  const [first] = left as [Entry];
  const second = p.batch(first, 1);
  for (const voter of [1, 3]) {
    for (const entry of left) p.tell(voter, p.response(voter, 1, entry));
    p.tell(voter, p.response(voter, 1, second, second));
  }
  p.tell(1, p.append(1, 1, [first, second]));
  expect(p.node.core.status().committed).toEqual(positionOf(second));
});

test('M6: what contradicts the own chain is checked though it moves nothing', () => {
  const p = new Puppets(2);
  const entries = p.chain(1, 3);
  const last = entries.at(-1) as Entry;
  p.tell(1, p.append(1, 1, entries));
  for (const voter of [1, 3]) p.tell(voter, p.response(voter, 1, last, last));
  expect(p.wants(p.response(3, 1, p.batch(entries[0] as Entry, 1)))).toBe(true);
});

test('V1: two AppendEntries of one term with different hashes at one index convict the leader, once, for ever', () => {
  const p = new Puppets(2);
  const [first, a] = p.chain(1, 2) as [Entry, Entry];
  const b = p.batch(first, 1);
  p.tell(1, p.append(1, 1, [first, a, p.batch(a, 1)]));
  for (let i = 0; i < 5; i++) p.tell(1, p.append(1, 1, [b]));
  const body = p.sent('evidence')[0]?.body;
  expect(p.sent('evidence')).toHaveLength(1);
  expect(body).toMatchObject({ culprit: 'n1', index: 3 });
  expect(body?.first.headers.map((header) => header.index)).toEqual([3, 4]);
  expect(p.node.disk.evidence).toHaveLength(1);
  expect(p.sent('suspect')[0]?.signed.statement.reason).toBe('rogue');
  p.node.crash();
  p.node.start();
  expect(p.node.core.status().evidence).toHaveLength(1);
});

test('V1: a fork below the head of the second statement is found too', () => {
  const p = new Puppets(2);
  const [first, a] = p.chain(1, 2) as [Entry, Entry];
  const b = p.batch(first, 1);
  p.tell(1, p.append(1, 1, [first, a]));
  p.tell(1, p.append(1, 1, [b, p.batch(b, 1)]));
  expect(p.sent('evidence')[0]?.body).toMatchObject({
    culprit: 'n1',
    index: 3,
    second: { headers: [{ index: 3 }, { index: 4 }] },
  });
});

test('V1: two Responses of one term with different hashes at one index convict the voter', () => {
  const p = new Puppets(2);
  const entries = p.chain(1, 3);
  p.tell(1, p.append(1, 1, entries));
  p.tell(4, p.response(4, 1, entries[2] as Entry));
  p.tell(4, p.response(4, 1, p.batch(entries[1] as Entry, 1)));
  expect(p.sent('evidence')[0]?.body).toMatchObject({ culprit: 'n4', index: 4 });
  // A follower's crime deposes no leader.
  expect(p.sent('suspect')).toEqual([]);
});

test('V3: a Response above one that was named on another chain convicts nobody: N2’s exception explains it', () => {
  const p = new Puppets(2);
  const entries = p.chain(1, 4);
  p.tell(1, p.append(1, 1, entries));
  p.tell(4, p.response(4, 1, p.batch(entries[0] as Entry, 1)));
  p.tell(4, p.response(4, 1, entries[3] as Entry));
  expect(p.sent('evidence')).toEqual([]);
});

test('V1: evidence from another node is stored and passed on once, and turns voters against the leader', () => {
  const p = new Puppets(2);
  const [first, a] = p.chain(1, 2) as [Entry, Entry];
  const b = p.batch(first, 1);
  const body = {
    culprit: idOf(1),
    epoch: 0 as never,
    index: 3 as never,
    first: { signed: p.append(1, 1, [a]).signed, headers: [] },
    second: { signed: p.append(1, 1, [b]).signed, headers: [] },
  };
  const signed = signAs(idOf(4), { kind: 'evidence', bodyDigest: a.hash } as const);
  for (let i = 0; i < 3; i++) p.tell(4, { kind: 'evidence', signed, body });
  expect(p.sent('evidence')).toHaveLength(1);
  expect(p.sent('suspect')[0]?.signed.statement.reason).toBe('rogue');
});

test('V1: evidence is bounded for each culprit', () => {
  const p = new Puppets(2);
  const entries = p.chain(1, 60);
  p.tell(1, p.append(1, 1, entries));
  for (const [i, entry] of entries.entries()) {
    if (i === 0) continue;
    p.tell(4, p.response(4, 1, entry));
    p.tell(4, p.response(4, 1, p.batch(entries[i - 1] as Entry, 1, [makeRequest()])));
  }
  expect(p.node.disk.evidence.length).toBe(8);
});

describe('S1, L2: what waits at a follower', () => {
  /** Three messages' worth was handed to the leader of term 1. */
  function waiting(): { readonly p: Puppets; readonly requests: readonly ClientRequest[] } {
    const p = new Puppets(2);
    const entries = p.chain(1, 2);
    p.tell(1, p.append(1, 1, entries));
    const requests = Array.from({ length: 3 * limits.requestsPerBatchTarget }, (_, i) =>
      makeRequest(i % 2 === 0 ? 'aa' : 'bb'),
    );
    for (const request of requests) p.step({ type: 'requested', request: trust(request) });
    expect(forwarded(p).size).toBe(requests.length);
    p.forget();
    return { p, requests };
  }
  const forwarded = (p: Puppets): ReadonlySet<string> =>
    new Set(p.sent('forward').flatMap(({ body }) => body.requests.map(({ digest }) => digest)));

  test('goes again a message at a time, all of it in turn, and what is new does not wait for it', () => {
    const { p, requests } = waiting();
    const againMs = p.cluster.configuration.parameters.electionTimeoutMs / 2;
    for (let repeats = 1; repeats <= 3; repeats++) {
      p.pass(againMs);
      expect(p.sent('forward')).toHaveLength(repeats);
    }
    expect(forwarded(p)).toEqual(new Set(requests.map(({ digest }) => digest)));
    p.forget();
    const late = makeRequest();
    p.step({ type: 'requested', request: trust(late) });
    expect([...forwarded(p)]).toEqual([late.digest]);
  });

  test('goes again at once, all of it, when the link to the leader comes up, and no other', () => {
    const { p, requests } = waiting();
    p.step({ type: 'connected', peer: idOf(3) });
    p.pass(100);
    expect(p.sent('forward')).toEqual([]);
    p.step({ type: 'connected', peer: idOf(1) });
    p.pass(100);
    expect(p.sent('forward')).toHaveLength(3);
    expect(forwarded(p)).toEqual(new Set(requests.map(({ digest }) => digest)));
  });
});

test('C4, S1: a follower forwards what clients bring it, again to every new leader, and each is ordered once', () => {
  const cluster = new Cluster(4);
  cluster.run(200);
  const request = makeRequest();
  for (const n of [1, 2, 3, 4])
    cluster.node(n).step({ type: 'requested', now: cluster.now, request: trust(request) });
  cluster.run(2_000);
  for (const node of cluster.nodes) expect(node.ordered).toEqual([request.digest]);
});
