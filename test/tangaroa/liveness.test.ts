/** Executions with at most f traitors in which messages flow and something never happens. */
import { expect, test } from 'vitest';
import type { Entry } from '../../src/consensus/model/entry.ts';
import { positionOf } from '../../src/consensus/model/entry.ts';
import type { LogIndex, NodeId } from '../../src/consensus/model/ids.ts';
import type { EntriesBody, PeerMessage } from '../../src/consensus/model/message.ts';
import { Cluster, idOf, makeRequest, signAs, trust } from './cluster.ts';
import { Puppets } from './puppets.ts';

function entriesFrom(signer: NodeId, body: EntriesBody): PeerMessage {
  return {
    kind: 'entries',
    signed: signAs(signer, { kind: 'entries', bodyDigest: 'e'.repeat(64) as never }),
    body,
  };
}

test('D3, N2: a leader that fills what may be held blocks its own term, not all later ones (follower)', () => {
  const p = new Puppets(3);
  const flood = p.chain(1, 2_100);
  for (let i = 0; i < flood.length; i += 100) p.tell(1, p.append(1, 1, flood.slice(i, i + 100)));
  // A quorum goes on to term 2, whose leader n2 is honest.
  for (const voter of [1, 2, 4]) p.tell(voter, p.suspect(voter, 2));
  const opening = p.termEntry(2);
  p.tell(2, p.append(2, 2, [opening]));
  expect(p.node.core.status()).toMatchObject({
    term: 2,
    leader: 'n2',
    accepted: positionOf(opening),
  });
});

test('D3, N1: a leader that fills what may be held does not break the honest leader after it', () => {
  const p = new Puppets(2);
  const flood = p.chain(1, 2_100);
  for (let i = 0; i < flood.length; i += 100) p.tell(1, p.append(1, 1, flood.slice(i, i + 100)));
  for (const voter of [1, 3, 4]) p.tell(voter, p.suspect(voter, 2));
  for (const voter of [3, 4]) p.tell(voter, p.vote(voter, 2));
  expect(p.node.core.status().role).toBe('leader');
});

test('N6, D3: after a crash of everybody what is applied can still be fetched', () => {
  const cluster = new Cluster(4);
  // n4 is cut off while the others commit, faster than the newest certificate is stored.
  cluster.passes = ({ from, to }) => from !== idOf(4) && to !== idOf(4);
  for (let i = 0; i < 10; i++) {
    cluster.request(1);
    cluster.run(40);
  }
  expect(cluster.node(3).applied.length).toBeGreaterThan(8);
  // All processes die; n1 never comes back.
  for (const node of cluster.nodes) node.crash();
  cluster.queue = [];
  cluster.passes = () => true;
  for (const n of [2, 3, 4]) cluster.node(n).start();
  const request = cluster.request(2);
  cluster.run(300_000);
  expect(cluster.node(2).ordered).toContain(request);
});

test('section 1: a node fetches though answers take longer than two heartbeat intervals', () => {
  const p = new Puppets(4);
  const entries = p.chain(1, 4);
  const head = positionOf(entries[3] as Entry);
  p.tell(1, p.append(1, 1, entries.slice(0, 1)));
  // The traitor n1 answers no fetch; the answers of the others, complete and right, are 260 ms late.
  const due: { at: number; peer: NodeId }[] = [];
  let seen = p.sentTo('fetch-entries').length;
  for (let ms = 0; ms < 60_000; ms += 20) {
    if (ms % 100 === 0) p.tell(1, p.append(1, 1, [], { head }));
    p.pass(20);
    const fetches = p.sentTo('fetch-entries');
    for (const peer of fetches.slice(seen)) due.push({ at: ms + 260, peer });
    seen = fetches.length;
    while (due[0] !== undefined && due[0].at <= ms) {
      const { peer } = due.shift() as { peer: NodeId };
      const body = { entries: entries.slice(1), headers: [], leader: null, commit: null };
      if (peer !== idOf(1)) p.tell(Number(peer.slice(1)), entriesFrom(peer, body));
    }
  }
  expect(p.node.core.status().accepted).toEqual(head);
});

test('S1 stalled, S4: a former leader suspects nobody for requests that it will not forward', () => {
  const cluster = new Cluster(4);
  cluster.run(200);
  // n1 orders nothing any more that others see; meanwhile n4 alone gives it a request.
  cluster.passes = ({ from, message }) =>
    from !== idOf(1) || !['append-entries', 'entries'].includes(message.kind);
  const request = makeRequest();
  const body = { requests: [request] };
  cluster.node(1).step({
    type: 'received',
    now: cluster.now,
    from: idOf(4),
    message: trust({
      kind: 'forward',
      signed: signAs(idOf(4), { kind: 'forward', bodyDigest: 'f'.repeat(64) as never }),
      body,
    }),
  });
  cluster.node(1).step({ type: 'drained', now: cluster.now });
  cluster.run(2_000);
  cluster.passes = () => true;
  cluster.run(20_000);
  // Either it was ordered, or n1 forgot it; n1 keeping it and calling each leader stalled is neither.
  expect(cluster.node(1).core.status()).toMatchObject({ term: 2, suspicions: [] });
});

test('E6, M6: a node that lost the accepted record of a stored term entry learns the bundle when it comes again', () => {
  const p = new Puppets(3);
  const entries = p.chain(1, 3);
  const opening = p.append(1, 1, entries.slice(0, 1));
  p.tell(1, opening);
  // The crash fell between the ticket of the entry and the ticket of the accepted position.
  p.node.crash();
  p.node.disk.accepted = null;
  p.node.start();
  p.tell(1, p.append(1, 1, [], { head: positionOf(entries[0] as Entry) }));
  p.tell(1, opening);
  p.tell(1, p.append(1, 1, entries.slice(1)));
  expect(p.node.core.status()).toMatchObject({ leader: 'n1', accepted: { index: 4 } });
});

test('N2: Entries that a peer proves by the leader’s statement are held though the leader claimed a higher head', () => {
  const p = new Puppets(4);
  const entries = p.chain(1, 3);
  const statement = p.append(1, 1, entries);
  p.tell(1, p.append(1, 1, entries.slice(0, 1)));
  // The traitor n1 shows n4 a head that nobody else has heard of.
  const bogus = { index: 99 as LogIndex, hash: 'b'.repeat(64) as never };
  p.tell(1, p.append(1, 1, [], { head: bogus }));
  for (const voter of [2, 3]) p.tell(voter, p.response(voter, 1, entries[2] as Entry));
  for (let i = 0; i < 40; i++) {
    p.pass(100);
    const peer = p.sentTo('fetch-entries').at(-1);
    if (peer === undefined || peer === idOf(1)) continue;
    const body = { entries: entries.slice(1), headers: [], leader: statement.signed, commit: null };
    p.tell(Number(peer.slice(1)), entriesFrom(peer, body));
  }
  expect(p.node.core.status().accepted).toEqual(positionOf(entries[2] as Entry));
});

test('E3: a traitor’s refusal that nobody can serve does not keep a candidate from an honest one', () => {
  const p = new Puppets(3);
  // Term 1: chain A, prepared by the traitor n1 alone and dropped by everybody since; chain B was prepared in term 2.
  const a = p.chain(1, 2);
  const opening = p.termEntry(2);
  const b = p.batch(opening, 2);
  for (const voter of [1, 2, 4]) p.tell(voter, p.suspect(voter, 3));
  expect(p.node.core.status()).toMatchObject({ term: 3, role: 'candidate' });
  const refusal = (voter: number, top: Entry): PeerMessage => {
    const certificate = p.certificate('prepare', [top], [1, 2, 4]);
    const { rank, position } = p.base(certificate);
    const statement = {
      kind: 'vote-refusal',
      epoch: 0 as never,
      term: 3 as never,
      baseRank: rank,
      base: position,
    } as const;
    return { kind: 'vote-refusal', signed: signAs(idOf(voter), statement), certificate };
  };
  p.tell(1, refusal(1, a[1] as Entry));
  p.tell(2, refusal(2, b));
  for (let i = 0; i < 100; i++) {
    p.pass(40);
    const fetch = p.sent('fetch-entries').at(-1);
    const peer = p.sentTo('fetch-entries').at(-1);
    if (fetch === undefined || peer === undefined || peer === idOf(1)) continue;
    // Honest peers serve chain B and nothing else.
    if (fetch.body.head.hash !== b.hash) continue;
    const body = { entries: [opening, b], headers: [], leader: null, commit: null };
    p.tell(Number(peer.slice(1)), entriesFrom(peer, body));
  }
  expect(p.sent('request-vote').map((m) => m.signed.statement.base)).toContainEqual(positionOf(b));
});

test('E2: the candidate’s base may be a certificate that came with a Suspect', () => {
  const p = new Puppets(3);
  const entries = p.chain(1, 2);
  p.tell(1, p.append(1, 1, entries));
  const certificate = p.certificate('prepare', [entries[1] as Entry], [1, 2, 4]);
  p.tell(4, p.suspect(4, 3, 'silent', certificate));
  for (const voter of [1, 2]) p.tell(voter, p.suspect(voter, 3));
  const asked = p.sent('request-vote')[0]?.signed.statement;
  expect(asked?.base).toEqual(positionOf(entries[1] as Entry));
});

test('M3: a leader that missed Responses gets them again from those who have committed', () => {
  const cluster = new Cluster(4);
  cluster.run(200);
  cluster.node(4).crash();
  // What n2 says last about this entry is lost on the way to n1 (a full queue, L2); n2 and n3 commit it.
  cluster.passes = ({ from, to, message }) =>
    !(
      from === idOf(2) &&
      to === idOf(1) &&
      message.kind === 'append-entries-response' &&
      message.signed.statement.prepared.index >= 3
    );
  const request = cluster.request(1);
  expect(cluster.node(1).ordered).toEqual([]);
  cluster.settle();
  cluster.passes = () => true;
  expect(cluster.node(2).ordered).toEqual([request]);
  cluster.run(5_000);
  expect(cluster.node(1).ordered).toEqual([request]);
});

test('D3: a node that finds more than it may hold on its disk goes on from there', () => {
  const p = new Puppets(4);
  const entries = p.chain(1, 2_300);
  p.node.crash();
  for (const entry of entries.slice(0, 2_100)) p.node.disk.entries.set(entry.hash, entry);
  p.node.start();
  const commit = p.certificate('commit', entries.slice(-1), [1, 2, 3]);
  p.tell(1, p.append(1, 1, [], { head: positionOf(entries.at(-1) as Entry), commit }));
  for (let i = 0; i < 200; i++) {
    p.pass(40);
    const fetch = p.sent('fetch-entries').at(-1);
    const peer = p.sentTo('fetch-entries').at(-1);
    if (fetch === undefined || peer === undefined) continue;
    const above = entries.filter(({ header }) => header.index >= fetch.body.from);
    const headers = above.slice(1_024).map(({ header }) => header);
    if (headers.length > 1_024) headers.length = 0;
    const part = headers.length > 0 ? above.slice(0, 1_024) : above.slice(0, 1_280);
    // A stored certificate every 256 entries proves what is further down.
    const proof = headers.length > 0 ? commit : p.certificate('commit', part.slice(-1), [1, 2, 3]);
    const body = { entries: part, headers, leader: null, commit: proof };
    p.tell(Number(peer.slice(1)), entriesFrom(peer, body));
  }
  expect(p.node.core.status().committed).toEqual(positionOf(entries.at(-1) as Entry));
});
