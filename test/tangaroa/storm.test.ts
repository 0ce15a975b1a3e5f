/** Cores under random loss, reordering, duplication, crashes and lost writes; then healed, and progress is demanded. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Random } from '../../src/base/random.ts';
import type { Hash } from '../../src/consensus/model/ids.ts';
import { Cluster, idOf } from './cluster.ts';
import type { Sent } from './cluster.ts';

function storm(seed: number, size: number): void {
  const random = new Random(seed);
  const cluster = new Cluster(size);
  const lossPercent = random.below(30);
  const accepted = new Set<Hash>();
  cluster.run(random.below(400));
  for (let round = 0; round < 40; round++) {
    const cut = random.chance(1, 3) ? idOf(random.between(1, size)) : null;
    cluster.passes = ({ from, to }: Sent) =>
      from !== cut && to !== cut && !random.chance(lossPercent, 100);
    const crashed = random.chance(1, 4) ? cluster.node(random.between(1, size)) : null;
    const slow = random.chance(1, 4) ? cluster.node(random.between(1, size)) : null;
    if (slow !== null) slow.writes = false;
    for (let i = random.below(4); i > 0; i--) {
      const node = cluster.node(random.between(1, size));
      if (node.up) cluster.request(random.between(1, size));
    }
    if (random.chance(1, 2)) shuffle(cluster.queue, random);
    if (crashed !== null) crashed.crash();
    cluster.run(random.pick([20, 100, 500, 2000]));
    if (slow !== null && slow.up) {
      slow.writes = true;
      slow.flush();
    }
    if (crashed !== null && !crashed.up) crashed.start();
    for (const node of cluster.nodes) for (const digest of node.ordered) accepted.add(digest);
  }
  cluster.passes = () => true;
  cluster.run(60_000);
  const last = cluster.nodes.map((_, i) => cluster.request(i + 1));
  cluster.run(40_000);
  for (const node of cluster.nodes) {
    expect(node.halted, `${node.id} halted, seed ${seed}`).toBe(null);
    const ordered = new Set(node.ordered);
    for (const digest of [...accepted, ...last]) {
      expect(ordered.has(digest), `${node.id} lacks a request, seed ${seed}`).toBe(true);
    }
    expect(node.core.status().evidence, `honest nodes convict nobody, seed ${seed}`).toEqual([]);
    expect(node.reports.includes('rogue'), `nobody is called rogue, seed ${seed}`).toBe(false);
  }
}

function shuffle(items: unknown[], random: Random): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [items[i], items[j]] = [items[j], items[i]];
  }
}

test('agreement, durability and progress in a storm', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 31 }), fc.constantFrom(1, 3, 4, 4, 5, 7), storm),
    { numRuns: Number(process.env['STORMS'] ?? 12) },
  );
});
