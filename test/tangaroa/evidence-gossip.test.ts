/** V4: evidence is brought to every node, once; what is known costs nothing. */
import { expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { Random } from '../../src/base/random.ts';
import { isSameEvidence } from '../../src/consensus/model/evidence.ts';
import type { Hash, LogIndex, NodeId } from '../../src/consensus/model/ids.ts';
import type { EvidenceBody, PeerMessage } from '../../src/consensus/model/message.ts';
import { Cluster, idOf, signAs, trust } from './cluster.ts';
import { Puppets } from './puppets.ts';

/** Evidence that another node gathered, about an AppendEntries of term 1 unless told otherwise. */
function gathered(p: Puppets, culprit: number, index: number, inTerm = 1): EvidenceBody {
  const said = (hash: string): EvidenceBody['first'] => ({
    signed: p.append(culprit, inTerm, [], {
      head: { index: index as LogIndex, hash: hash.repeat(64) as Hash },
    }).signed,
    headers: [],
  });
  return {
    culprit: idOf(culprit),
    epoch: 0 as never,
    index: index as LogIndex,
    first: said('a'),
    second: said('b'),
  };
}

function passedOn(from: number, body: EvidenceBody): PeerMessage {
  const signed = signAs(idOf(from), { kind: 'evidence', bodyDigest: 'e'.repeat(64) as Hash });
  return { kind: 'evidence', signed, body };
}

/** Indexes of the evidence that went to a node, in the order in which it did. */
function toldTo(p: Puppets, node: number): readonly number[] {
  return p.cluster.history.flatMap(({ to, message }) =>
    to === idOf(node) && message.kind === 'evidence' ? [message.body.index] : [],
  );
}

test('V4: evidence goes to everybody once, and what is known is neither verified nor passed on again', () => {
  const p = new Puppets(2);
  const body = gathered(p, 4, 7);
  p.tell(3, passedOn(3, body));
  for (const node of [1, 3, 4]) expect(toldTo(p, node)).toEqual([7]);
  p.forget();
  // Another pair of statements about the same index says nothing new.
  const other = { ...body, first: body.second, second: body.first };
  for (const said of [body, other]) {
    expect(p.wants(passedOn(1, said))).toBe(false);
    p.step({ type: 'received', from: idOf(1), message: trust(passedOn(1, said)) });
  }
  p.pass(5_000);
  expect(p.sent('evidence')).toEqual([]);
  expect(p.node.core.status().evidence).toHaveLength(1);
  expect(p.wants(passedOn(1, gathered(p, 4, 7, 5)))).toBe(true);
});

test('V4: whose link comes up is told all evidence, a piece each heartbeat interval, and nothing again', () => {
  const p = new Puppets(2);
  for (const index of [5, 6, 7]) p.tell(3, passedOn(3, gathered(p, 4, index)));
  p.forget();
  p.pass(5_000);
  expect(toldTo(p, 3)).toEqual([]);
  p.step({ type: 'connected', peer: idOf(3) });
  expect(toldTo(p, 3)).toEqual([]);
  const { heartbeatIntervalMs } = p.cluster.configuration.parameters;
  for (const told of [[5], [5, 6], [5, 6, 7]]) {
    p.pass(heartbeatIntervalMs);
    expect(toldTo(p, 3)).toEqual(told);
  }
  p.pass(50 * heartbeatIntervalMs);
  expect(toldTo(p, 3)).toEqual([5, 6, 7]);
  expect(toldTo(p, 1)).toEqual([]);
});

test('V4: a link that comes up again and again is told no more at once, and not always the same', () => {
  const p = new Puppets(2);
  for (const index of [5, 6, 7]) p.tell(3, passedOn(3, gathered(p, 4, index)));
  p.forget();
  const { heartbeatIntervalMs } = p.cluster.configuration.parameters;
  for (let round = 0; round < 4; round++) {
    for (let i = 0; i < 20; i++) p.step({ type: 'connected', peer: idOf(3) });
    p.pass(heartbeatIntervalMs);
  }
  expect(toldTo(p, 3)).toEqual([5, 6, 7, 5]);
  p.pass(50 * heartbeatIntervalMs);
  expect(toldTo(p, 3)).toEqual([5, 6, 7, 5, 6, 7]);
});

test('V4: a link that is up for one interval in as many as there are pieces brings each in the end', () => {
  const p = new Puppets(2);
  for (const index of [5, 6, 7]) p.tell(3, passedOn(3, gathered(p, 4, index)));
  const { heartbeatIntervalMs } = p.cluster.configuration.parameters;
  const arrived: number[] = [];
  for (let round = 0; round < 3; round++) {
    p.step({ type: 'connected', peer: idOf(3) });
    p.forget();
    p.pass(heartbeatIntervalMs);
    arrived.push(...toldTo(p, 3));
    // The link is down again, of which no core hears.
    p.pass(2 * heartbeatIntervalMs);
  }
  expect(arrived).toEqual([5, 6, 7]);
});

test('V4: a node that was down while evidence was found has it soon after it is back', () => {
  const p = new Puppets(2);
  const cluster = new Cluster(4);
  cluster.node(3).crash();
  const now = cluster.now;
  const message = trust(passedOn(4, gathered(p, 4, 900)));
  cluster.node(2).step({ type: 'received', now, from: idOf(4), message });
  cluster.settle();
  const holders = (): readonly NodeId[] =>
    cluster.nodes.filter(({ core }) => core.status().evidence.length > 0).map(({ id }) => id);
  cluster.node(3).start();
  cluster.run(400);
  expect(holders()).toEqual(['n1', 'n2', 'n4']);
  cluster.node(2).step({ type: 'connected', now: cluster.now, peer: idOf(3) });
  cluster.run(400);
  expect(holders()).toEqual(['n1', 'n2', 'n3', 'n4']);
});

test('V4, D1: what was gathered is told after a restart too', () => {
  const p = new Puppets(2);
  p.tell(3, passedOn(3, gathered(p, 4, 7)));
  p.node.crash();
  p.node.start();
  p.forget();
  expect(p.node.core.status().evidence).toHaveLength(1);
  p.step({ type: 'connected', peer: idOf(3) });
  p.pass(1_000);
  expect(toldTo(p, 3)).toEqual([7]);
});

test('V4: evidence against one takes no room of evidence against another', () => {
  const p = new Puppets(2, 7);
  for (let i = 1; i <= 3 * limits.evidencePerCulpritMax; i++)
    p.tell(4, passedOn(4, gathered(p, 5, i)));
  p.tell(4, passedOn(4, gathered(p, 6, 1)));
  const { evidence } = p.node.core.status();
  expect(evidence.filter(({ culprit }) => culprit === 'n5')).toHaveLength(
    limits.evidencePerCulpritMax,
  );
  expect(evidence.filter(({ culprit }) => culprit === 'n6')).toHaveLength(1);
});

test('V4, S1: a node that starts in the term of a convicted leader is told, and wants the next term again', () => {
  const p = new Puppets(2);
  const body = gathered(p, 1, 7);
  p.tell(3, passedOn(3, body));
  expect(p.sent('suspect')).toHaveLength(1);
  p.node.crash();
  p.node.start();
  p.forget();
  p.tell(3, passedOn(3, body));
  expect(p.sent('suspect').map(({ signed }) => signed.statement)).toMatchObject([
    { wanted: 2, reason: 'rogue' },
  ]);
  expect(p.sent('evidence')).toEqual([]);
  expect(p.wants(passedOn(3, body))).toBe(false);
});

/** Pieces appear here and there while messages are lost, and nodes crash and come back; then every link is new. */
function gossip(seed: number): Cluster {
  const random = new Random(seed);
  const p = new Puppets(1, 7);
  const cluster = new Cluster(7);
  cluster.passes = () => random.chance(1, 2);
  for (let step = 0; step < 60; step++) {
    const node = cluster.node(random.between(1, 7));
    if (random.chance(1, 6)) node.crash();
    else if (!node.up) node.start();
    const body = gathered(p, random.between(6, 7), random.between(1, 14));
    const message = trust(passedOn(6, body));
    if (node.core.wants(message, idOf(6)))
      node.step({ type: 'received', now: cluster.now, from: idOf(6), message });
    if (random.chance(1, 3)) cluster.run(20);
  }
  cluster.passes = () => true;
  for (const node of cluster.nodes) if (!node.up) node.start();
  for (const node of cluster.nodes)
    for (const { id } of cluster.nodes)
      if (id !== node.id) node.step({ type: 'connected', now: cluster.now, peer: id });
  return cluster;
}

test('V4: whatever is lost, every node comes to hold each piece, or eight others; then nothing is said', () => {
  let pieces = 0;
  for (let seed = 1; seed <= 15; seed++) {
    const cluster = gossip(seed);
    const { heartbeatIntervalMs } = cluster.configuration.parameters;
    cluster.run((2 * limits.evidencePerCulpritMax + 2) * heartbeatIntervalMs);
    const held = cluster.nodes.map(({ core }) => core.status().evidence);
    const all = held.flat();
    for (const [at, own] of held.entries())
      for (const piece of all) {
        const against = own.filter(({ culprit }) => culprit === piece.culprit);
        const has = against.some((body) => isSameEvidence(body, piece));
        const where = `seed ${seed}: n${at + 1}, ${piece.culprit} at ${piece.index}`;
        expect(has || against.length === limits.evidencePerCulpritMax, where).toBe(true);
        expect(against.length, where).toBeLessThanOrEqual(limits.evidencePerCulpritMax);
      }
    pieces += all.length;
    cluster.history.length = 0;
    cluster.run(50 * heartbeatIntervalMs);
    expect(cluster.history.filter(({ message }) => message.kind === 'evidence')).toEqual([]);
  }
  expect(pieces).toBeGreaterThan(500);
});
