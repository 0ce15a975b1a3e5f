import { describe, expect, test } from 'vitest';
import { Cluster } from './cluster.ts';

describe.each(['leader', 'all'] as const)('Responses to %s', (responses) => {
  test.each([1, 2, 3, 4, 5])(
    '%i nodes elect a leader, order requests, and all apply them',
    (size) => {
      const cluster = new Cluster(size, { responses });
      cluster.elect();
      const wanted = cluster.nodes.map((_, i) => cluster.request(i + 1));
      cluster.run(300);
      for (const node of cluster.nodes) {
        expect(new Set(node.ordered)).toEqual(new Set(wanted));
        expect(node.core.status().pending).toBe(0);
      }
    },
  );
});
