/** Section 5 of the protocol, rule by rule. */
import { expect, test } from 'vitest';
import type { Entry } from '../../src/consensus/model/entry.ts';
import { positionOf } from '../../src/consensus/model/entry.ts';
import type { VoteRefusal } from '../../src/consensus/model/message.ts';
import { Cluster, idOf, signAs } from './cluster.ts';
import { Puppets } from './puppets.ts';

function enter(p: Puppets, wanted: number, voters: readonly number[]): void {
  for (const voter of voters) p.tell(voter, p.suspect(voter, wanted));
}

function refusal(p: Puppets, from: number, inTerm: number, entries: readonly Entry[]): VoteRefusal {
  const certificate = p.certificate('prepare', entries, [1, 3, 4]);
  const base = p.base(certificate);
  const statement = {
    kind: 'vote-refusal',
    epoch: 0,
    term: inTerm,
    baseRank: base.rank,
    base: base.position,
  } as never;
  return { kind: 'vote-refusal', signed: signAs(idOf(from), statement), certificate };
}

test('E1: the candidate of a term is fixed by rotation; firstTerm belongs to the lowest id and needs no suspicion', () => {
  const first = new Puppets(1);
  first.pass(100);
  expect(first.sent('request-vote')[0]).toMatchObject({
    suspicion: null,
    signed: { statement: { term: 1 } },
  });
  const second = new Puppets(2);
  enter(second, 2, [1, 3, 4]);
  expect(second.sent('request-vote')[0]?.signed.statement.term).toBe(2);
  const third = new Puppets(3);
  enter(third, 2, [1, 2, 4]);
  expect(third.sent('request-vote')).toEqual([]);
  const wrapped = new Puppets(1);
  wrapped.forget();
  enter(wrapped, 5, [2, 3, 4]);
  expect(wrapped.sent('request-vote').at(-1)?.signed.statement.term).toBe(5);
});

test('E1: a rush-in candidate out of turn gets no vote and opens no term', () => {
  const p = new Puppets(2);
  p.tell(3, p.requestVote(3, 1));
  expect(p.sent('vote')).toEqual([]);
  p.tell(4, { ...p.requestVote(4, 4), suspicion: null });
  expect(p.sent('vote')).toEqual([]);
  expect(p.node.core.status().term).toBe(1);
});

test('E2: the candidate asks with its highest certificate, after entering is durable', () => {
  const p = new Puppets(2);
  const entries = p.chain(1, 2);
  const last = entries.at(-1) as Entry;
  p.tell(1, p.append(1, 1, entries));
  for (const voter of [1, 3]) p.tell(voter, p.response(voter, 1, last));
  p.node.writes = false;
  enter(p, 2, [1, 3, 4]);
  expect(p.sent('request-vote')).toEqual([]);
  p.node.flush();
  const asked = p.sent('request-vote')[0];
  expect(asked?.signed.statement).toMatchObject({
    term: 2,
    base: positionOf(last),
    baseRank: { term: 1, index: 3 },
  });
  expect(asked?.suspicion?.suspects.length).toBeGreaterThanOrEqual(3);
  expect(p.node.disk.term?.term).toBe(2);
});

test('E3: a voter votes for a base that ranks at least as high as its certificate, and refuses with that one', () => {
  const p = new Puppets(3);
  const entries = p.chain(1, 2);
  const last = entries.at(-1) as Entry;
  p.tell(1, p.append(1, 1, entries));
  for (const voter of [1, 4]) p.tell(voter, p.response(voter, 1, last));
  p.tell(2, p.requestVote(2, 2));
  expect(p.sent('vote')).toEqual([]);
  expect(p.sent('vote-refusal')[0]?.signed.statement).toMatchObject({
    term: 2,
    base: positionOf(last),
  });
  p.tell(2, p.requestVote(2, 2, p.base(p.certificate('prepare', [last]))));
  expect(p.sent('vote')[0]?.signed.statement.base).toEqual(positionOf(last));
});

test('E3: a longer log is no reason for a vote, only a higher certificate', () => {
  const p = new Puppets(3);
  const entries = p.chain(1, 2);
  const last = entries.at(-1) as Entry;
  p.tell(1, p.append(1, 1, entries));
  for (const voter of [1, 4]) p.tell(voter, p.response(voter, 1, last));
  // The candidate's log is longer, and only accepted: its base is the genesis all the same.
  p.tell(2, p.requestVote(2, 2, p.genesisBase));
  expect(p.sent('vote')).toEqual([]);
});

test('E3: term and certificate are durable before the vote', () => {
  const p = new Puppets(3);
  p.node.writes = false;
  p.tell(2, p.requestVote(2, 2));
  expect(p.sent('vote')).toEqual([]);
  p.node.flush();
  expect(p.node.disk.term?.term).toBe(2);
  expect(p.sent('vote')).toHaveLength(1);
});

test('E3: the certificate for a term is fixed on entering: what is prepared later does not raise it', () => {
  const p = new Puppets(3);
  const entries = p.chain(1, 3);
  const [, second, third] = entries as [Entry, Entry, Entry];
  p.tell(1, p.append(1, 1, entries));
  for (const voter of [1, 4]) p.tell(voter, p.response(voter, 1, second));
  enter(p, 2, [1, 2, 4]);
  // A higher certificate of the old term arrives too late to change this voter's mind in term 2.
  p.tell(4, p.suspect(4, 3, 'silent', p.certificate('prepare', [third], [1, 2, 4])));
  p.tell(2, p.requestVote(2, 2, p.base(p.certificate('prepare', [second], [1, 2, 4]))));
  expect(p.sent('vote')).toHaveLength(1);
});

test('E3: once in a term, a voter takes no part in lower ones', () => {
  const p = new Puppets(3);
  enter(p, 2, [1, 2, 4]);
  p.forget();
  p.tell(1, p.append(1, 1, p.chain(1, 2)));
  p.tell(1, p.requestVote(1, 1));
  expect(p.sent('append-entries-response')).toEqual([]);
  expect(p.sent('vote')).toEqual([]);
});

test('E3: a vote already given survives a restart: the term is on disk, a lower one gets nothing', () => {
  const p = new Puppets(3);
  p.tell(2, p.requestVote(2, 2));
  p.node.crash();
  p.forget();
  p.node.start();
  expect(p.node.core.status().term).toBe(2);
  p.tell(1, p.requestVote(1, 1));
  expect(p.sent('vote')).toEqual([]);
  p.tell(2, p.requestVote(2, 2));
  expect(p.sent('vote')).toHaveLength(1);
});

test('E3: votes count for the base they name, by signer, and refusals count for nothing', () => {
  const p = new Puppets(2);
  enter(p, 2, [1, 3, 4]);
  const other = p.base(p.certificate('prepare', [p.termEntry(1)]));
  p.tell(3, p.vote(3, 2));
  p.tell(3, p.vote(3, 2));
  p.tell(4, p.vote(4, 2, other));
  p.tell(1, refusal(p, 1, 2, p.chain(1, 1)));
  expect(p.node.core.status().role).toBe('candidate');
  p.tell(4, p.vote(4, 2));
  expect(p.node.core.status().role).toBe('leader');
});

test('E3: a candidate heeds one refusal of each voter and asks at most |order| + 1 times', () => {
  const p = new Puppets(2);
  enter(p, 2, [1, 3, 4]);
  let parent = p.genesis;
  const long: Entry[] = [];
  for (let i = 0; i < 8; i++) {
    const next: Entry = i === 0 ? p.termEntry(1) : p.batch(parent, 1);
    long.push(next);
    parent = next;
  }
  for (let i = 0; i < 8; i++) {
    const entry = long[i] as Entry;
    p.tell(3, refusal(p, 3, 2, [entry]));
    p.pass(200);
    const asked = p.sent('fetch-entries').at(-1);
    if (asked === undefined) continue;
    const peer = p.cluster.history.filter(({ message }) => message === asked)[0]?.to;
    const signed = signAs(peer ?? idOf(3), { kind: 'entries', bodyDigest: entry.hash } as const);
    p.tell(Number(peer?.slice(1)), {
      kind: 'entries',
      signed,
      body: { entries: long, headers: [], leader: null, commit: null },
    });
  }
  expect(p.sent('request-vote').length).toBe(2);
});

test('E4: the first entry of a term is of kind `term`, carries the bundle, and sits right above the base', () => {
  const p = new Puppets(2);
  enter(p, 2, [1, 3, 4]);
  for (const voter of [3, 4]) p.tell(voter, p.vote(voter, 2));
  const entry = p.sent('append-entries')[0]?.entries[0];
  expect(entry?.header).toMatchObject({ kind: 'term', index: 2, term: 2, parent: p.genesis.hash });
  expect(entry?.content.kind === 'term' && entry.content.bundle.votes.length).toBe(3);
});

test('E5: a follower that verifies a bundle enters its term, and drops what conflicts with its first entry', () => {
  const p = new Puppets(3);
  const old = p.chain(1, 3);
  p.tell(1, p.append(1, 1, old));
  p.tell(2, p.append(2, 2, [p.termEntry(2)]));
  expect(p.node.core.status().term).toBe(2);
  expect([...p.node.disk.entries.values()].map((entry) => entry.header.term)).toEqual([2]);
});

test("E5: E3's prefix is kept aside and served though the new leader's chain lies elsewhere", () => {
  const p = new Puppets(3);
  const old = p.chain(1, 2);
  const last = old.at(-1) as Entry;
  p.tell(1, p.append(1, 1, old));
  for (const voter of [1, 4]) p.tell(voter, p.response(voter, 1, last));
  p.tell(2, p.append(2, 2, [p.termEntry(2)]));
  expect([...p.node.disk.entries.values()].map((entry) => entry.hash)).toContain(last.hash);
  p.pass(20);
  const signed = signAs(idOf(4), { kind: 'fetch-entries', bodyDigest: last.hash } as const);
  p.tell(4, { kind: 'fetch-entries', signed, body: { from: 2 as never, head: positionOf(last) } });
  expect(p.sent('entries')[0]?.body.entries.map((entry) => entry.hash)).toEqual(
    old.map((entry) => entry.hash),
  );
});

test('E5: a proven base that misses what is committed means more than f traitors: the node stops and says so', () => {
  const p = new Puppets(3);
  const entries = p.chain(1, 2);
  p.tell(1, p.append(1, 1, entries, { commit: p.certificate('commit', entries.slice(-1)) }));
  expect(p.node.core.status().committed.index).toBe(3);
  p.tell(2, p.append(2, 2, [p.termEntry(2)]));
  expect(p.node.halted).toBe('forked');
  p.forget();
  p.pass(5_000);
  expect(p.cluster.history).toEqual([]);
});

test('E5: two commit certificates for one index stop the node', () => {
  const p = new Puppets(3);
  const entries = p.chain(1, 2);
  p.tell(1, p.append(1, 1, entries, { commit: p.certificate('commit', entries.slice(-1)) }));
  const fork = p.batch(entries[0] as Entry, 1);
  const next = p.batch(fork, 1);
  const proof = { term: { type: 'genesis' } as const, commit: p.certificate('commit', [next]) };
  p.tell(4, {
    kind: 'proof',
    signed: signAs(idOf(4), { kind: 'proof', bodyDigest: fork.hash }),
    body: proof,
  });
  p.pass(20);
  const peer = p.cluster.history.findLast(({ message }) => message.kind === 'fetch-entries')?.to;
  const signed = signAs(peer ?? idOf(4), { kind: 'entries', bodyDigest: fork.hash } as const);
  p.tell(Number(peer?.slice(1)), {
    kind: 'entries',
    signed,
    body: { entries: [fork, next], headers: [], leader: null, commit: null },
  });
  expect(p.node.halted).toBe('forked');
});

test('E6: a candidate that restarts in its term neither asks nor proposes: it resigns, with the same bytes', () => {
  const cluster = new Cluster(4);
  cluster.run(200);
  cluster.node(1).crash();
  cluster.node(1).start();
  cluster.history.length = 0;
  cluster.run(100);
  expect(cluster.sentBy(1, 'request-vote')).toEqual([]);
  expect(cluster.sentBy(1, 'append-entries').length).toBe(0);
  cluster.run(300);
  expect(cluster.leader?.id).toBe('n2');
  expect(cluster.node(3).core.status().term).toBe(2);
});

test('E6: SIGTERM at the leader hands over at once', () => {
  const cluster = new Cluster(4);
  cluster.run(200);
  cluster.node(1).step({ type: 'resign', now: cluster.now });
  cluster.settle();
  expect(cluster.leader?.id).toBe('n2');
});
