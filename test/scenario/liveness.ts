/** What every scenario ends in: a whole network, and everything that clients want done. */
import { limits } from '../../src/base/limits.ts';
import { faultsTolerated } from '../../src/consensus/model/quorum.ts';
import type { World } from './world.ts';
import { TICK_MS } from './world.ts';

/** Everybody is connected and up, every disk writes, and clients ask everybody (C4), one of them for something new. */
export function makeWhole(world: World): void {
  world.heal();
  for (const { id, up } of world.running) if (!up) world.restart(id);
  for (const { id } of world.running) world.sync(id);
  world.book.request('last');
  for (const [name, { digest }] of world.book.requests) {
    const without = world.honestNodes.filter((node) => !node.ordered.includes(digest));
    world.propose(
      name,
      without.map(({ id }) => id),
    );
  }
}

/** The requests that not all honest nodes have executed. */
export function outstanding(world: World): readonly string[] {
  const ordered = world.honestNodes.map((node) => new Set(node.ordered));
  return world.book.requests
    .filter(([, { digest }]) => !ordered.every((digests) => digests.has(digest)))
    .map(([name]) => name);
}

/**
 * The term that is under way, those of f traitors in a row, one that fails because not everybody is in it yet, and one
 * that serves: each no longer than twice the longer timeout, which doubles from term to term (S3).
 */
export function patienceMs({ honestNodes, ids, configuration }: World): number {
  const { electionTimeoutMs, requestTimeoutMs } = configuration.parameters;
  const longestMs = 2 * Math.max(electionTimeoutMs, requestTimeoutMs);
  const backoff = Math.max(...honestNodes.map(({ core }) => core.status().backoff));
  let ms = 0;
  for (let term = 0; term < faultsTolerated(ids.length) + 3; term++)
    ms += longestMs * 2 ** Math.min(backoff + term, limits.backoffMax);
  return Math.ceil(ms / TICK_MS) * TICK_MS;
}
