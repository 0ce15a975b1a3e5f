/** What went wrong in the published Tangaroa and its descendants, each as a test (architecture, houses worth visiting). */
import { expect, test } from 'vitest';
import { positionOf } from '../../src/consensus/model/entry.ts';
import type { Entry } from '../../src/consensus/model/entry.ts';
import type { Term } from '../../src/consensus/model/ids.ts';
import { Cluster, idOf, makeRequest, signAs, trust } from './cluster.ts';
import { Puppets } from './puppets.ts';

test('ancestors: a refusal is no vote', () => {
  const p = new Puppets(1);
  p.pass(20);
  const certificate = p.certificate('prepare', [p.termEntry(1)]);
  const base = p.base(certificate);
  for (const voter of [2, 3, 4]) {
    const statement = {
      kind: 'vote-refusal',
      epoch: 0,
      term: 1,
      baseRank: base.rank,
      base: base.position,
    } as never;
    p.tell(voter, { kind: 'vote-refusal', signed: signAs(idOf(voter), statement), certificate });
  }
  expect(p.node.core.status().role).not.toBe('leader');
});

test('ancestors: signers are counted, not messages: one voter’s votes for two bases are no quorum', () => {
  const p = new Puppets(1);
  p.pass(20);
  const other = p.base(p.certificate('prepare', [p.termEntry(1)]));
  p.tell(2, p.vote(2, 1));
  p.tell(2, p.vote(2, 1, other));
  p.tell(2, p.vote(2, 1));
  expect(p.node.core.status().role).toBe('candidate');
});

test('ancestors: a Response of another term acknowledges nothing in this one', () => {
  const p = new Puppets(3);
  const old = p.chain(1, 2);
  p.tell(1, p.append(1, 1, old));
  const base = p.base(p.certificate('prepare', [old[1] as Entry], [1, 2, 4]));
  const opening = p.entry(old[1] as Entry, 2, { kind: 'term', bundle: p.bundle(2, base) });
  p.tell(2, p.append(2, 2, [opening]));
  for (const voter of [1, 2, 4]) p.tell(voter, p.response(voter, 1, opening, opening));
  expect(p.node.core.status().prepared.index).toBe(1);
});

test('ancestors: an invalid client request in an entry makes its leader rogue', () => {
  const p = new Puppets(2);
  p.step({
    type: 'accused',
    culprit: idOf(1),
    epoch: 0 as never,
    term: 1 as Term,
    reason: 'a client request that its client did not sign',
  });
  expect(p.sent('suspect')[0]?.signed.statement.reason).toBe('rogue');
});

test('ancestors: the log is matched by hash: the right index and term on another prefix does not match', () => {
  const p = new Puppets(2);
  const first = p.termEntry(1);
  const [a, b] = [p.batch(first, 1), p.batch(first, 1)];
  p.tell(1, p.append(1, 1, [first, a]));
  p.tell(1, p.append(1, 1, [p.batch(b, 1)], { previous: positionOf(b) }));
  expect(p.sent('append-entries-response').at(-1)?.signed.statement.accepted).toEqual(
    positionOf(a),
  );
});

test('ancestors: a late, shorter AppendEntries truncates nothing', () => {
  const p = new Puppets(2);
  const entries = p.chain(1, 4);
  p.tell(1, p.append(1, 1, entries, { sequence: 2 }));
  p.tell(1, p.append(1, 1, entries.slice(0, 2), { sequence: 1 }));
  p.tell(1, p.append(1, 1, entries.slice(0, 2), { sequence: 3 }));
  expect(p.sent('append-entries-response').at(-1)?.signed.statement.accepted).toEqual(
    positionOf(entries[3] as Entry),
  );
  expect(p.node.disk.entries.size).toBe(4);
});

test('ancestors: nothing at or below the commit index is ever truncated', () => {
  const p = new Puppets(2);
  const entries = p.chain(1, 3);
  p.tell(1, p.append(1, 1, entries, { commit: p.certificate('commit', entries.slice(-1)) }));
  const fork = p.batch(entries[0] as Entry, 1);
  p.tell(1, p.append(1, 1, [fork, p.batch(fork, 1), p.batch(fork, 1)].slice(0, 2)));
  expect(p.node.core.status().committed).toEqual(positionOf(entries[2] as Entry));
  expect(p.node.applied.map((entry) => entry.hash)).toEqual(entries.map((entry) => entry.hash));
});

test('ancestors: one client cannot depose leaders for ever: what it spoils is void, what is void starts no timer', () => {
  const cluster = new Cluster(4);
  cluster.run(200);
  // It signs two requests under one number and shows each to some nodes only.
  for (let i = 0; i < 20; i++) {
    const number = BigInt(10_000 + i);
    for (const n of [1, 2, 3, 4]) {
      const request = makeRequest('dd', number, 100, n % 2 === 0 ? 'even' : 'odd');
      cluster.node(n).step({ type: 'requested', now: cluster.now, request: trust(request) });
    }
    cluster.run(1_000);
  }
  expect(cluster.nodes.map((node) => node.core.status().term)).toEqual([1, 1, 1, 1]);
  expect(cluster.nodes.map((node) => node.core.status().pending)).toEqual([0, 0, 0, 0]);
});

test('ancestors: terms do not jump because somebody asks for votes in a far one', () => {
  const p = new Puppets(2);
  p.tell(4, { ...p.requestVote(4, 400), suspicion: null });
  p.tell(4, p.suspect(4, 1_000_000));
  expect(p.node.core.status().term).toBe(1);
});
