/** D1: whatever prefix of its writes a crash leaves, the strict recovery finds what the node promised to hold. */
import { expect, test } from 'vitest';
import fc from 'fast-check';
import { certifiedPosition } from '../../src/consensus/model/certificate.ts';
import { positionOf } from '../../src/consensus/model/entry.ts';
import { checkHeld } from '../../src/node/log-tail.ts';
import { Cluster } from './cluster.ts';

function check(cluster: Cluster): void {
  for (const { disk } of cluster.nodes) {
    const low = disk.commit === null ? positionOf(cluster.genesis) : certifiedPosition(disk.commit);
    const { accepted, prepared, term } = disk;
    if (accepted !== null && accepted.term === term?.term)
      checkHeld(disk.entries, accepted.position, low);
    if (prepared !== null) checkHeld(disk.entries, certifiedPosition(prepared), low);
  }
}

test.each([1, 2, 3, 4, 5, 6, 7])(
  'D1, section 1: %i voters, lost messages and crashes',
  (size) => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat(999)), (stream) => {
        const next = () => stream.next().value as number;
        const cluster = new Cluster(size);
        const faulty = size < 4 ? 0 : Math.floor((size - 1) / 3);
        cluster.passes = () => next() > 60;
        for (let i = 0; i < 60; i++) {
          const node = cluster.node(1 + (next() % size));
          const action = next() % 10;
          if (action < 5 && node.up) cluster.request(1 + cluster.nodes.indexOf(node));
          else if (action < 7) {
            if (node.up) node.crash();
            else node.start();
          } else if (action < 8) node.writes = !node.writes;
          else if (action < 9) node.flush();
          cluster.run(20 * (next() % 40));
          check(cluster);
          expect(cluster.nodes.map(({ halted }) => halted)).toEqual(cluster.nodes.map(() => null));
        }
        cluster.passes = () => true;
        for (const [i, node] of cluster.nodes.entries()) {
          if (!node.up && i >= faulty) node.start();
          node.writes = true;
          node.flush();
        }
        const request = cluster.request(size);
        cluster.run(200_000);
        check(cluster);
        for (const node of cluster.nodes) if (node.up) expect(node.ordered).toContain(request);
      }),
      { numRuns: 6 },
    );
  },
  60_000,
);
