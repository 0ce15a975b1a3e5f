/** When a leader makes entries of what waits: the same policy as Tangaroa's (N1). */
import { expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { makeRequest } from '../tangaroa/cluster.ts';
import { Cluster } from './cluster.ts';

test('with two entries in flight a small batch waits for one of them to commit, a large one does not', () => {
  const cluster = new Cluster(3, { eagerEntries: limits.eagerEntries });
  const leader = cluster.elect();
  cluster.passes = () => false;
  const before = leader.state.log.last.index;
  const inFlight = (): number => leader.state.log.last.index - before;
  const ask = (bytes?: number): void => {
    leader.request(makeRequest('aa', undefined, bytes));
    cluster.settle();
  };
  for (let i = 0; i < 10; i++) ask();
  expect(inFlight()).toBe(limits.eagerEntries);
  ask(limits.entryBytesWorthwhile);
  expect(inFlight()).toBe(limits.eagerEntries + 1);
  ask();
  cluster.passes = () => true;
  cluster.run(400);
  expect(leader.ordered.length).toBe(12);
});
