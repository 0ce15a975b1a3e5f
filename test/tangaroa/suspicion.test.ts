/** Section 4 of the protocol, rule by rule. */
import { expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { positionOf } from '../../src/consensus/model/entry.ts';
import type { TransferLeadership } from '../../src/consensus/model/message.ts';
import { Cluster, idOf, makeRequest, signAs, trust } from './cluster.ts';
import { Puppets } from './puppets.ts';

const ELECTION_MS = 800;
const REQUEST_MS = 1200;

function reasons(p: Puppets): readonly string[] {
  return p
    .sent('suspect')
    .map(({ signed }) => `${signed.statement.wanted} ${signed.statement.reason}`);
}

function transfer(from: number, inTerm: number, wanted: number): TransferLeadership {
  const statement = { kind: 'transfer-leadership', epoch: 0, term: inTerm, wanted } as never;
  return { kind: 'transfer-leadership', signed: signAs(idOf(from), statement) };
}

test('S1 silent: a voter that hears no leader for the election timeout says so, and only then', () => {
  const p = new Puppets(2);
  p.pass(ELECTION_MS - 20);
  expect(reasons(p)).toEqual([]);
  p.pass(20);
  expect(reasons(p)).toEqual(['2 silent']);
});

test('S1 silent, M2: heartbeats with a fresh sequence keep it calm, a replayed one does not', () => {
  const p = new Puppets(2);
  const first = p.termEntry(1);
  const opening = p.append(1, 1, [first], { sequence: 1 });
  p.tell(1, opening);
  for (let i = 2; i < 12; i++) {
    p.pass(ELECTION_MS - 40);
    p.tell(1, p.append(1, 1, [], { head: positionOf(first), sequence: i }));
  }
  expect(reasons(p)).toEqual([]);
  const old = p.append(1, 1, [], { head: positionOf(first), sequence: 11 });
  p.pass(ELECTION_MS - 40);
  p.tell(1, old);
  p.pass(40);
  expect(reasons(p)).toEqual(['2 silent']);
});

test('S1 silent: a heartbeat of a candidate without a bundle keeps nobody calm', () => {
  const p = new Puppets(2);
  for (let i = 1; i < 20; i++) {
    p.pass(100);
    p.tell(1, p.append(1, 1, [], { head: positionOf(p.termEntry(1)), sequence: i }));
  }
  expect(reasons(p)).toEqual(['2 silent']);
});

test('S1 stalled: a leader that heartbeats and orders nothing is suspected after the request timeout', () => {
  const p = new Puppets(2);
  const first = p.termEntry(1);
  p.tell(1, p.append(1, 1, [first], { sequence: 1 }));
  p.step({ type: 'requested', request: trust(makeRequest()) });
  for (let i = 0; i < REQUEST_MS / 100 - 1; i++) {
    p.pass(100);
    p.tell(1, p.append(1, 1, [], { head: positionOf(first), sequence: 2 + i }));
  }
  expect(reasons(p)).toEqual([]);
  p.pass(100);
  expect(reasons(p)).toEqual(['2 stalled']);
});

test('S1 stalled: an executed request, and one that it made void, start no timer', () => {
  const p = new Puppets(2);
  const first = p.termEntry(1);
  const request = makeRequest('aa', 7n);
  const reused = makeRequest('aa', 7n, 100, 'other');
  p.tell(1, p.append(1, 1, [first], { sequence: 1 }));
  p.step({ type: 'requested', request: trust(request) });
  p.step({ type: 'requested', request: trust(reused) });
  expect(p.node.core.status().pending).toBe(2);
  const batch = p.batch(first, 1, [request]);
  p.tell(1, p.append(1, 1, [batch], { commit: p.certificate('commit', [batch]) }));
  expect(p.node.core.status().pending).toBe(0);
});

test('S1 stalled: a voter behind a commit certificate decides once it has applied up to it', () => {
  const p = new Puppets(2);
  const first = p.termEntry(1);
  const request = makeRequest('aa', 9n);
  const batch = p.batch(first, 1, [request]);
  p.tell(1, p.append(1, 1, [first], { sequence: 1 }));
  p.step({ type: 'requested', request: trust(request) });
  // It learns that something committed which it does not hold; that may be the request itself.
  for (let i = 0; i < REQUEST_MS / 100 + 3; i++) {
    p.tell(
      1,
      p.append(1, 1, [], {
        head: positionOf(batch),
        sequence: 2 + i,
        commit: p.certificate('commit', [batch]),
      }),
    );
    p.pass(100);
  }
  expect(reasons(p)).toEqual([]);
});

test('S1 resigned: the next term at once from the term’s candidate, from nobody else', () => {
  const p = new Puppets(2);
  p.tell(3, transfer(3, 1, 2));
  expect(reasons(p)).toEqual([]);
  p.tell(1, transfer(1, 1, 2));
  expect(reasons(p)).toEqual(['2 resigned']);
});

test('S1 resigned: a higher term only after a calm request timeout, and below term + |order|', () => {
  const early = new Puppets(2);
  early.tell(1, transfer(1, 1, 3));
  expect(reasons(early)).toEqual([]);
  const p = new Puppets(2);
  const first = p.termEntry(1);
  for (let i = 0; i < 14; i++) {
    p.tell(1, p.append(1, 1, i === 0 ? [first] : [], { head: positionOf(first), sequence: i + 1 }));
    p.pass(100);
  }
  p.tell(1, transfer(1, 1, 5));
  expect(reasons(p)).toEqual([]);
  p.tell(1, transfer(1, 1, 4));
  expect(reasons(p)).toEqual(['4 resigned']);
});

test('S1 joined: f voters move nobody, a blocking set does, to the (f+1)-th highest wanted term', () => {
  const p = new Puppets(2);
  p.tell(3, p.suspect(3, 1000));
  expect(reasons(p)).toEqual([]);
  p.tell(4, p.suspect(4, 3));
  expect(reasons(p)).toEqual(['3 joined']);
});

test('S2: a term opens when a quorum wants it, and not before', () => {
  const p = new Puppets(2);
  p.tell(3, p.suspect(3, 4));
  p.tell(4, p.suspect(4, 3));
  // It joined with 3: three voters want at least 3.
  expect(p.node.core.status().term).toBe(3);
  const q = new Puppets(2, 7);
  for (const voter of [3, 4, 5]) q.tell(voter, q.suspect(voter, 2));
  expect(reasons(q)).toEqual(['2 joined']);
  expect(q.node.core.status().term).toBe(1);
  q.tell(6, q.suspect(6, 2));
  expect(q.node.core.status().term).toBe(2);
});

test('S2: one traitor cannot inflate terms, however many wishes it signs', () => {
  const cluster = new Cluster(4);
  cluster.run(200);
  const p = new Puppets(1);
  for (let wanted = 2; wanted < 200; wanted++) {
    for (const node of cluster.nodes.slice(0, 3)) {
      node.step({
        type: 'received',
        now: cluster.now,
        from: idOf(4),
        message: trust(p.suspect(4, wanted)),
      });
    }
    cluster.settle();
  }
  expect(cluster.nodes.slice(0, 3).map((node) => node.core.status().term)).toEqual([1, 1, 1]);
});

test('S2: until it enters, a voter that suspects goes on serving its term', () => {
  const p = new Puppets(2);
  p.pass(ELECTION_MS);
  expect(reasons(p)).toEqual(['2 silent']);
  const entries = p.chain(1, 2);
  p.tell(1, p.append(1, 1, entries));
  expect(p.sent('append-entries-response').at(-1)?.signed.statement.accepted.index).toBe(3);
});

test('S3: timeouts double with each term entered, up to 2^6, and fall again after a calm time', () => {
  const p = new Puppets(2, 4);
  for (let wanted = 2; wanted <= 12; wanted++) {
    for (const voter of [1, 3, 4]) p.tell(voter, p.suspect(voter, wanted));
    expect(p.node.core.status().backoff).toBe(Math.min(wanted - 1, 6));
  }
  const q = new Puppets(3, 4);
  for (const voter of [1, 2, 4]) q.tell(voter, q.suspect(voter, 2));
  q.forget();
  q.pass(2 * ELECTION_MS - 20);
  expect(reasons(q)).not.toContain('3 silent');
  q.pass(20);
  expect(reasons(q)).toContain('3 silent');
  const calm = new Cluster(4);
  calm.run(200);
  calm.node(1).crash();
  calm.run(2500);
  expect(calm.node(2).core.status().backoff).toBe(1);
  calm.run(4 * 2 * REQUEST_MS + 500);
  expect(calm.node(2).core.status().backoff).toBe(0);
});

test('S3: one client that is never served ends with the leader’s term, not with the cluster', () => {
  const cluster = new Cluster(4);
  cluster.run(200);
  cluster.passes = ({ message }) => message.kind !== 'forward';
  for (const n of [1, 2, 3, 4]) cluster.request(n, makeRequest('cc', 77n));
  cluster.run(4_000);
  for (const node of cluster.nodes) expect(node.ordered).toHaveLength(1);
});

test('S1, S2: nobody wants a term above the highest, whoever brought the cluster there', () => {
  // Node 4 is the candidate of that term.
  const p = new Puppets(4);
  for (const voter of [1, 2, 3]) p.tell(voter, p.suspect(voter, limits.termMax));
  expect(p.node.core.status().term).toBe(limits.termMax);
  for (let i = 0; i < 10; i++) p.pass(ELECTION_MS);
  p.step({ type: 'resign' });
  expect(reasons(p).filter((reason) => !reason.startsWith(`${limits.termMax} `))).toEqual([]);
  expect(p.sent('transfer-leadership')).toEqual([]);
});
