/** V4: evidence is brought to every node, once; what is known costs nothing. */
import { expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
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
