/** Section 3 of the protocol, rule by rule. */
import { expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import type { Entry } from '../../src/consensus/model/entry.ts';
import { positionOf } from '../../src/consensus/model/entry.ts';
import { NONE } from '../../src/consensus/model/position.ts';
import { Cluster, makeRequest, trust } from './cluster.ts';
import { Puppets } from './puppets.ts';

test('N1: the leader sends before its own disk is done, and only its own Response waits', () => {
  const cluster = new Cluster(4);
  cluster.run(200);
  const leader = cluster.node(1);
  leader.writes = false;
  cluster.history.length = 0;
  cluster.request(1);
  expect(cluster.sentBy(1, 'append-entries').length).toBeGreaterThan(0);
  expect(cluster.sentBy(1, 'append-entries-response')).toEqual([]);
  leader.flush();
  expect(cluster.sentBy(1, 'append-entries-response').length).toBeGreaterThan(0);
});

test('N1: at most a window of entries is in flight, and the batch takes all that waits', () => {
  const cluster = new Cluster(4);
  cluster.run(200);
  cluster.passes = () => false;
  for (let i = 0; i < 2 * limits.window; i++) cluster.request(1);
  cluster.settle();
  const sent = new Set(
    cluster
      .sentBy(1, 'append-entries')
      .filter((m) => m.kind === 'append-entries' && m.entries.length > 0),
  );
  expect(sent.size).toBe(limits.window + 1);
  cluster.passes = () => true;
  cluster.run(400);
  expect(cluster.node(2).ordered.length).toBe(2 * limits.window);
  expect(cluster.node(2).applied.length).toBeLessThan(2 * limits.window);
});

test('N1: with two entries in flight a small batch waits for one of them to commit, a large one does not', () => {
  const cluster = new Cluster(4, limits.eagerEntries);
  cluster.run(200);
  cluster.passes = () => false;
  const batches = (): number =>
    new Set(
      cluster
        .sentBy(1, 'append-entries')
        .filter((m) => m.kind === 'append-entries' && m.entries[0]?.content.kind === 'batch'),
    ).size;
  for (let i = 0; i < 10; i++) cluster.request(1);
  cluster.settle();
  expect(batches()).toBe(limits.eagerEntries);
  cluster.request(1, makeRequest('aa', undefined, limits.entryBytesWorthwhile));
  cluster.settle();
  expect(batches()).toBe(limits.eagerEntries + 1);
  cluster.request(1);
  cluster.passes = () => true;
  cluster.run(400);
  expect(cluster.node(2).ordered.length).toBe(12);
});

test("N1: an entry's timestamp is never below its parent's, though the leader's clock went back", () => {
  const cluster = new Cluster(4);
  cluster.run(200);
  cluster.request(1);
  cluster.settle();
  cluster.now = { ...cluster.now, wallMs: cluster.now.wallMs - 3_600_000 };
  cluster.request(1);
  cluster.settle();
  const times = cluster.node(3).applied.map((entry) => entry.header.timestamp);
  expect(times.length).toBe(3);
  expect(times[2]).toBe(times[1]);
});

test('N2: entries of a term start with exactly one term entry', () => {
  const p = new Puppets(2);
  const two = [p.termEntry(1), p.termEntry(1)];
  const chained = [
    two[0] as Entry,
    p.entry(two[0] as Entry, 1, { kind: 'term', bundle: p.bundle(1) }),
  ];
  p.tell(1, p.append(1, 1, chained));
  expect(p.sent('append-entries-response')).toEqual([]);
  expect(p.sent('suspect').map((m) => m.signed.statement.reason)).toEqual(['rogue']);
});

test('N2: no other node than the candidate of the term is followed, whatever it signs', () => {
  const p = new Puppets(2);
  p.tell(3, p.append(3, 1, p.chain(1, 2)));
  expect(p.sent('append-entries-response')).toEqual([]);
});

test('N2: a leader without a verified bundle is not followed', () => {
  const p = new Puppets(2);
  const [first, second] = p.chain(1, 2) as [Entry, Entry];
  p.tell(1, p.append(1, 1, [second], { previous: positionOf(first) }));
  expect(p.sent('append-entries-response')).toEqual([]);
  expect(p.sent('fetch-entries').length).toBe(1);
});

test('N2: one chain a term: another entry at an accepted index is never accepted', () => {
  const p = new Puppets(2);
  const [first, a] = p.chain(1, 2) as [Entry, Entry];
  const b = p.batch(first, 1);
  p.tell(1, p.append(1, 1, [first, a]));
  p.tell(1, p.append(1, 1, [b, p.batch(b, 1)]));
  const named = p.sent('append-entries-response').map((m) => m.signed.statement.accepted.hash);
  expect(named).toEqual([a.hash]);
});

test('N2: an entry from the future waits, is not called rogue, and is accepted when the clock gets there', () => {
  const p = new Puppets(2);
  const drift = p.cluster.configuration.parameters.clockDriftMs;
  const first = p.termEntry(1);
  const ahead = p.entry(
    first,
    1,
    { kind: 'batch', requests: [makeRequest()] },
    p.cluster.now.wallMs + drift + 100,
  );
  p.tell(1, p.append(1, 1, [first, ahead]));
  expect(p.sent('append-entries-response')).toEqual([]);
  p.pass(200);
  expect(p.sent('append-entries-response').at(-1)?.signed.statement.accepted.hash).toBe(ahead.hash);
  expect(p.sent('suspect')).toEqual([]);
});

test('N2: a timestamp below the one before it is the mark of a rogue', () => {
  const p = new Puppets(2);
  const first = p.entry(p.genesis, 1, { kind: 'term', bundle: p.bundle(1) }, 5_000);
  const back = p.entry(first, 1, { kind: 'batch', requests: [makeRequest()] }, 4_999);
  p.tell(1, p.append(1, 1, [first, back]));
  expect(p.sent('append-entries-response')).toEqual([]);
  expect(p.sent('suspect')[0]?.signed.statement.reason).toBe('rogue');
});

test('N2: a configuration entry that nothing justifies is refused', () => {
  const p = new Puppets(2);
  const first = p.termEntry(1);
  const change = p.entry(first, 1, {
    kind: 'configuration',
    configuration: p.cluster.configuration,
  });
  p.tell(1, p.append(1, 1, [first, change]));
  expect(p.sent('append-entries-response')).toEqual([]);
  expect(p.sent('suspect')[0]?.signed.statement.reason).toBe('rogue');
});

test('N2: a gap is fetched from the leader and accepted up to the head it signed', () => {
  const p = new Puppets(2);
  const entries = p.chain(1, 4);
  const last = entries.at(-1) as Entry;
  p.tell(1, p.append(1, 1, [last]));
  const fetch = p.sent('fetch-entries')[0];
  expect(fetch?.body).toEqual({ from: 2, head: positionOf(last) });
  const body = { entries, headers: [], leader: null, commit: null };
  p.tell(1, {
    kind: 'entries',
    signed: {
      ...p.response(1, 1, null).signed,
      statement: { kind: 'entries', bodyDigest: last.hash },
    },
    body,
  });
  expect(p.sent('append-entries-response').at(-1)?.signed.statement.accepted).toEqual(
    positionOf(last),
  );
});

test("N2: a follower's Response is a reason to fetch, never to accept", () => {
  const p = new Puppets(2);
  const entries = p.chain(1, 3);
  p.tell(1, p.append(1, 1, entries.slice(0, 1)));
  p.forget();
  p.tell(3, p.response(3, 1, entries[2] as Entry));
  p.pass(300);
  expect(p.sent('fetch-entries').length).toBeGreaterThan(0);
  const body = { entries: entries.slice(1), headers: [], leader: null, commit: null };
  p.tell(3, {
    kind: 'entries',
    signed: {
      ...p.response(3, 1, null).signed,
      statement: { kind: 'entries', bodyDigest: entries[2]!.hash },
    },
    body,
  });
  expect(
    p.sent('append-entries-response').filter((m) => m.signed.statement.accepted.index > 2),
  ).toEqual([]);
});

test('N2: a certificate of the term counts as accepted whatever was accepted before, and no index is named twice', () => {
  const p = new Puppets(2);
  const [first, a2] = p.chain(1, 2) as [Entry, Entry];
  const b2 = p.batch(first, 1);
  const b3 = p.batch(b2, 1);
  p.tell(1, p.append(1, 1, [first, a2]));
  p.tell(1, p.append(1, 1, [], { head: positionOf(a2), commit: p.certificate('commit', [b3]) }));
  p.pass(20);
  const body = { entries: [first, b2, b3], headers: [], leader: null, commit: null };
  const asked = p.sentTo('fetch-entries').at(-1);
  p.tell(Number(asked?.slice(1)), {
    kind: 'entries',
    signed: {
      signer: asked!,
      signature: new Uint8Array(64),
      statement: { kind: 'entries', bodyDigest: b3.hash },
    },
    body,
  });
  expect(p.node.core.status().committed).toEqual(positionOf(b3));
  const named = p.sent('append-entries-response').map((m) => m.signed.statement.accepted);
  expect(named).toContainEqual(positionOf(b3));
  expect(named.filter(({ index }) => index === 3).map(({ hash }) => hash)).toEqual([a2.hash]);
});

test('N3: a Response is sent only when the entries are durable, and names this term only', () => {
  const p = new Puppets(2);
  p.node.writes = false;
  p.tell(1, p.append(1, 1, p.chain(1, 3)));
  expect(p.sent('append-entries-response')).toEqual([]);
  p.node.flush();
  const said = p.sent('append-entries-response').map((m) => m.signed.statement);
  expect(said).toHaveLength(1);
  expect(said[0]).toMatchObject({ term: 1, accepted: { index: 4 }, prepared: NONE });
});

test('N4: a prepare certificate is durable before a Response names it', () => {
  const p = new Puppets(2);
  const entries = p.chain(1, 3);
  const last = entries.at(-1) as Entry;
  p.tell(1, p.append(1, 1, entries));
  p.node.writes = false;
  p.tell(1, p.response(1, 1, last));
  p.tell(3, p.response(3, 1, last));
  expect(p.sent('append-entries-response').at(-1)?.signed.statement.prepared).toEqual(NONE);
  p.node.flush();
  expect(p.sent('append-entries-response').at(-1)?.signed.statement.prepared).toEqual(
    positionOf(last),
  );
  expect(p.node.disk.prepared?.hash).toBe(last.hash);
});

test('N4: accepted by a quorum is not committed: it takes a quorum that is prepared', () => {
  const p = new Puppets(2);
  const entries = p.chain(1, 2);
  const last = entries.at(-1) as Entry;
  p.tell(1, p.append(1, 1, entries));
  for (const voter of [1, 3, 4]) p.tell(voter, p.response(voter, 1, last));
  expect(p.node.core.status().committed.index).toBe(1);
  p.tell(1, p.response(1, 1, last, last));
  expect(p.node.core.status().committed.index).toBe(1);
  p.tell(3, p.response(3, 1, last, last));
  expect(p.node.core.status().committed).toEqual(positionOf(last));
});

test('N4: one voter counts once, however many Responses it signs', () => {
  const p = new Puppets(2);
  const [first, second, third] = p.chain(1, 3) as [Entry, Entry, Entry];
  p.tell(1, p.append(1, 1, [first, second, third]));
  for (const entry of [first, second, third]) p.tell(3, p.response(3, 1, entry));
  for (const entry of [first, second, third]) p.tell(3, p.response(3, 1, third, entry));
  expect(p.node.core.status().prepared.index).toBe(1);
});

test('N4: Responses that come before their entries count once the chain has grown', () => {
  const p = new Puppets(2);
  const entries = p.chain(1, 2);
  const last = entries.at(-1) as Entry;
  for (const voter of [1, 3]) p.tell(voter, p.response(voter, 1, last, last));
  p.tell(1, p.append(1, 1, entries));
  expect(p.node.core.status().committed).toEqual(positionOf(last));
});

test('N4: a Response for another hash at that index counts for nothing', () => {
  const p = new Puppets(2);
  const entries = p.chain(1, 2);
  const other = p.batch(entries[0] as Entry, 1);
  p.tell(1, p.append(1, 1, entries));
  for (const voter of [1, 3]) p.tell(voter, p.response(voter, 1, other, other));
  expect(p.node.core.status().prepared.index).toBe(1);
});

test('N5: an entry of an earlier term is never certified by counting, only carried by a later one', () => {
  const p = new Puppets(3);
  const first = p.termEntry(1);
  const old = p.batch(first, 1);
  p.tell(1, p.append(1, 1, [first, old]));
  const base = p.base(p.certificate('prepare', [old], [1, 2, 4]));
  const carried = p.entry(old, 2, { kind: 'term', bundle: p.bundle(2, base) });
  p.tell(2, p.append(2, 2, [carried]));
  for (const voter of [1, 2, 4]) p.tell(voter, p.response(voter, 2, old, old));
  expect(p.node.core.status().committed.index).toBe(1);
  for (const voter of [1, 2]) p.tell(voter, p.response(voter, 2, carried, carried));
  expect(p.node.core.status().committed).toEqual(positionOf(carried));
  expect(p.node.applied.map((entry) => entry.hash)).toContain(old.hash);
});

test('N5: a certificate carries the headers up to the highest position counted', () => {
  const p = new Puppets(2);
  const entries = p.chain(1, 3);
  const [first, second, third] = entries as [Entry, Entry, Entry];
  p.tell(1, p.append(1, 1, entries));
  p.tell(1, p.response(1, 1, third));
  p.tell(3, p.response(3, 1, second));
  expect(p.node.disk.prepared?.headers.map((header) => header.index)).toEqual([3, 4]);
  expect(first.header.index).toBe(2);
});

test('N5: what would need more than 64 headers certifies nothing yet', () => {
  const p = new Puppets(2);
  const entries = p.chain(1, limits.certificateHeadersMax + 10);
  const low = entries[0] as Entry;
  const high = entries.at(-1) as Entry;
  p.tell(1, p.append(1, 1, entries));
  p.tell(1, p.response(1, 1, high));
  p.tell(3, p.response(3, 1, low));
  expect(p.node.disk.prepared).toBe(null);
  p.tell(3, p.response(3, 1, entries.at(-20) as Entry));
  expect(p.node.disk.prepared?.headers).toHaveLength(20);
});

test('N6: entries are applied in order and without a gap; AppendEntries brings the newest certificate', () => {
  const p = new Puppets(2);
  const entries = p.chain(1, 5);
  p.tell(1, p.append(1, 1, entries));
  p.tell(
    1,
    p.append(1, 1, [], {
      head: positionOf(entries[4] as Entry),
      commit: p.certificate('commit', entries.slice(3)),
    }),
  );
  expect(p.node.applied.map((entry) => entry.header.index)).toEqual([2, 3, 4, 5]);
});

test('N6: nothing is applied that is not durable here', () => {
  const p = new Puppets(2);
  const entries = p.chain(1, 3);
  p.node.writes = false;
  p.tell(1, p.append(1, 1, entries, { commit: p.certificate('commit', entries.slice(-1)) }));
  expect(p.node.applied).toEqual([]);
  p.node.flush();
  expect(p.node.applied).toHaveLength(3);
});

test('S4: a request beyond the share is answered `overloaded` and starts no timer', () => {
  const p = new Puppets(2);
  const share = p.cluster.configuration.parameters.capacityBytes / 4;
  const size = 1_000_000;
  for (let i = 0; i < share / size + 2; i++) {
    p.step({
      type: 'requested',
      request: trust(makeRequest(i % 2 === 0 ? 'aa' : 'bb', BigInt(i + 1), size)),
    });
  }
  expect(p.node.overloaded.length).toBeGreaterThan(0);
  expect(p.node.core.status().pendingBytes).toBeLessThanOrEqual(share);
});
