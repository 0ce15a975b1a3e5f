/** What an attempt tells of a real node, and that it would tell of a node that lets in whom it must not. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { OutsiderAttack } from '../../scripts/attack/attack.ts';
import { STRANGERS } from '../../scripts/attack/attacks/leaky-follower/strangers.ts';
import { EARLY } from '../../scripts/attack/attacks/leaky-follower/early-frames.ts';
import { again, intrude, knock } from '../../scripts/attack/rogue/link-knock.ts';
import { freshKey, introduce, penOf } from '../../scripts/attack/rogue/link-proof.ts';
import { Notes } from '../../scripts/attack/rogue/witness.ts';
import { Random } from '../../src/base/random.ts';
import type { NodeId } from '../../src/consensus/model/ids.ts';
import { BETA, OneNode } from './one-node.ts';

let node: OneNode;
let notes: Notes;
beforeEach(async () => {
  notes = new Notes();
  node = await OneNode.start();
});
afterEach(async () => {
  await node[Symbol.asyncDispose]();
});

const target = (): { node: typeof BETA; address: string } => ({
  node: BETA,
  address: node.address,
});

test('who is turned away is counted by how, and breaks no promise', async () => {
  const pen = penOf(freshKey().secretKey);
  await knock(notes, target(), node.claim('alpha', { pen }), 'a stranger');
  await knock(notes, target(), node.claim('alpha', { id: 'nobody' }), 'a stranger');
  const { did, broke } = notes.report;
  expect(did).toEqual({
    'a stranger: rejected: signature': 1,
    'a stranger: rejected: unknown-id': 1,
  });
  expect(broke).toEqual([]);
});

test('who is let in breaks the promise', async () => {
  await knock(notes, target(), node.claim('alpha'), 'a stranger');
  expect(notes.report.broke[0]).toBe('beta let in a stranger');
});

test('data in the place of a handshake is a leak', async () => {
  await intrude(notes, target(), 'a stranger', async (link) => {
    await introduce(link, node.claim('alpha'));
    const frame = await link.next(10_000);
    return { type: 'leaked', frame: frame ?? new Uint8Array() };
  });
  expect(notes.report.broke.join()).toMatch(/beta sent data \(kind \d+\) to a stranger/u);
});

test('nobody listens: it was not let in', async () => {
  const nobody = { node: BETA, address: node.addressOf('delta') };
  await knock(notes, nobody, node.claim('alpha'), 'a stranger');
  expect(notes.report).toMatchObject({ did: { 'a stranger: not let in': 1 }, broke: [] });
});

test('an attack acts until it is over, and not after', async () => {
  const over = new AbortController();
  let acts = 0;
  await again(over.signal, 1, () => {
    if (++acts === 3) over.abort();
    return Promise.resolve();
  });
  expect(acts).toBe(3);
});

test.each([...STRANGERS, ...EARLY])('$name: a real node turns all of it away', async (attack) => {
  await play(attack);
  const { did, broke } = notes.report;
  expect(broke).toEqual([]);
  for (const deed of Object.keys(did))
    expect(deed).toMatch(/: (rejected: .+|closed: .+|not let in)$/u);
  expect(Object.keys(did).length).toBeGreaterThan(1);
});

/** Higher than `beta`: neither may dial it. */
const captured = ['gamma', 'delta'] as NodeId[];

/** Until it did a few dozen things. */
async function play({ act }: OutsiderAttack): Promise<void> {
  const over = new AbortController();
  let deeds = 0;
  await act({
    genesis: node.genesis,
    protocol: 'tangaroa',
    addresses: new Map(node.genesis.document.voters.map(({ id, address }) => [id, address])),
    clientKey: node.keys.get('client') as Uint8Array,
    readerKey: freshKey().secretKey,
    begun: Promise.resolve(),
    memberKeys: new Map(captured.map((id) => [id, node.keys.get(id) as Uint8Array])),
    random: new Random(1),
    stop: over.signal,
    did: (what, times) => {
      notes.did(what, times);
      if (++deeds >= 24) over.abort();
    },
    broke: (promise) => notes.broke(promise),
  });
}
