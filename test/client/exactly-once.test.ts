/**
 * Every increment that was acknowledged is applied exactly once, every other at most once, and those that say
 * `not-applied` never: under loss, duplication, reordering, broken links, restarts, lost leaders and clients that
 * give up or start anew with a clock set back.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { TangaroaError } from '../../src/client/errors.ts';
import { FakeCluster } from './fake-cluster.ts';

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('increment' as const),
      times: fc.integer({ min: 1, max: 90 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.integer({ min: 1, max: 900 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stop' as const), node: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('start' as const), node: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('break' as const), node: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('elect' as const), node: fc.nat(3) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('again' as const), backMs: fc.nat(3_600_000) }),
  },
);

/** What became of all increments so far. Each increments a key of its own, so that each can be told. */
interface Ledger {
  readonly done: Set<string>;
  readonly never: Set<string>;
  readonly maybe: Set<string>;
}

async function run(
  seed: number,
  loss: number,
  steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[],
) {
  const cluster = new FakeCluster();
  const { clock } = cluster;
  const random = new Random(seed);
  cluster.plan = () => {
    if (random.chance(loss, 100)) return [];
    const delay = (): number => random.between(1, random.chance(1, 20) ? 600 : 12);
    return random.chance(1, 10) ? [delay(), delay()] : [delay()];
  };
  let client = cluster.client();
  let count = 0;
  const alone = !steps.some((each) => each.do === 'again');
  const ledger: Ledger = { done: new Set(), never: new Set(), maybe: new Set() };
  const pending: Promise<void>[] = [];

  const increment = (timeoutMs: number): void => {
    const key = `k${count++}`;
    const settle = async (): Promise<void> => {
      try {
        const { value } = await client.increment(key, 1n, { timeoutMs });
        expect(value).toBe(1n);
        ledger.done.add(key);
      } catch (error) {
        if (!(error instanceof TangaroaError)) throw error;
        expect(error.outcome).not.toBe('applied');
        // One process never voids its own requests.
        if (alone) expect(error.code).not.toMatch(/too-old|sequence-reused/u);
        (error.outcome === 'unknown' ? ledger.maybe : ledger.never).add(key);
      }
    };
    pending.push(settle());
  };

  for (const each of steps) {
    if (each.do === 'increment')
      for (let i = 0; i < each.times; i++) increment(random.chance(1, 4) ? 400 : 60_000);
    else if (each.do === 'wait') await clock.advance(each.ms);
    else if (each.do === 'stop') cluster.node(each.node + 1).stop();
    else if (each.do === 'start') cluster.node(each.node + 1).start();
    else if (each.do === 'break') cluster.node(each.node + 1).breakLinks();
    else if (each.do === 'elect') cluster.elect(cluster.node(each.node + 1));
    else {
      // A new process with the same key: the old one is gone, its requests may still be on their way.
      await client.close();
      clock.wallStartMs -= each.backMs;
      client = cluster.client();
    }
  }
  for (const node of cluster.nodes) node.start();
  cluster.plan = () => [1];
  await clock.until(Promise.all(pending), 200_000);
  await client.close();

  const applied = new Set<string>();
  for (const [hex, { value }] of cluster.machine.items) {
    expect(value, 'nothing is applied twice').toBe(1n);
    applied.add(Buffer.from(hex, 'hex').toString());
  }
  for (const key of ledger.done) expect(applied.has(key), `${key} was acknowledged`).toBe(true);
  for (const key of ledger.never) expect(applied.has(key), `${key} was not applied`).toBe(false);
  for (const key of applied) expect(ledger.done.has(key) || ledger.maybe.has(key)).toBe(true);
  return { acknowledged: ledger.done.size, count };
}

test('C2, M3: exactly once, whatever the network does', async () => {
  let acknowledged = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.constantFrom(0, 5, 20, 40),
      fc.array(step, { minLength: 1, maxLength: 25 }),
      async (seed, loss, steps) => {
        acknowledged += (await run(seed, loss, steps)).acknowledged;
      },
    ),
    { numRuns: 40 },
  );
  // The runs were not empty.
  expect(acknowledged).toBeGreaterThan(500);
});
