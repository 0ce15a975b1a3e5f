/** Timeouts, signals and close: each operation ends once, and says what is known of it. */
import { describe, expect, test } from 'vitest';
import type { TangaroaError } from '../../src/client/errors.ts';
import { FakeCluster } from './fake-cluster.ts';

async function stalled() {
  const cluster = new FakeCluster();
  const client = cluster.client();
  await cluster.clock.until(client.put('first', '1'));
  cluster.leader.stalls = true;
  return { cluster, client, clock: cluster.clock };
}

describe('timeouts', () => {
  test('what was sent is of unknown outcome, what was not is certain', async () => {
    const { client, clock } = await stalled();
    const sent = client.put('a', '1', { timeoutMs: 500 });
    const behind = Array.from({ length: 400 }, () => client.increment('n', 1n, { timeoutMs: 500 }));
    const outcomes = await clock.until(Promise.allSettled([sent, ...behind]));
    const errors = outcomes.map((each) => (each as PromiseRejectedResult).reason as TangaroaError);
    expect(errors.every(({ code }) => code === 'timeout')).toBe(true);
    expect(errors[0]).toMatchObject({ outcome: 'unknown', retryable: true });
    expect(errors.at(-1)).toMatchObject({ outcome: 'not-applied', retryable: true });
    expect(client.pending).toBe(0);
  });

  test('neither early nor late', async () => {
    const { client, clock } = await stalled();
    const startMs = clock.monotonicMs();
    await clock.failureOf(client.put('a', '1', { timeoutMs: 1_000 }));
    const tookMs = clock.monotonicMs() - startMs;
    expect(tookMs).toBeGreaterThanOrEqual(1_000);
    expect(tookMs).toBeLessThanOrEqual(1_060);
  });

  test('the default is the client’s', async () => {
    const cluster = new FakeCluster();
    for (const node of cluster.nodes) node.stop();
    const client = cluster.client({ timeoutMs: 700 });
    expect(await cluster.clock.failureOf(client.get('a'), 800)).toMatchObject({
      code: 'no-quorum',
    });
  });

  test('C2: what was given up surfaces no later than the next operation succeeds', async () => {
    const { cluster, client, clock } = await stalled();
    const withheld = cluster.order.bind(cluster);
    const late: Parameters<typeof withheld>[0][] = [];
    cluster.order = (request) => void late.push(request);
    await clock.failureOf(client.increment('n', 1n, { timeoutMs: 500 }));
    cluster.order = withheld;
    cluster.leader.stalls = false;
    expect((await clock.until(client.increment('n', 10n))).value).toBe(10n);
    for (const request of late) cluster.order(request);
    await clock.advance(100);
    expect((await clock.until(client.get('n'))).value).toBe(10n);
  });

  test('others of the same request go on', async () => {
    const { cluster, client, clock } = await stalled();
    const patient = client.increment('n');
    const hasty = client.increment('n', 1n, { timeoutMs: 200 });
    expect(await clock.failureOf(hasty)).toMatchObject({ code: 'timeout', outcome: 'unknown' });
    cluster.leader.stalls = false;
    cluster.goOn();
    expect((await clock.until(patient)).value).toBe(1n);
  });
});

describe('signals', () => {
  test('one that has fired already: nothing is sent', async () => {
    const { cluster, client, clock } = await stalled();
    cluster.leader.requests.length = 0;
    const signal = AbortSignal.abort(new Error('enough'));
    const error = await clock.failureOf(client.put('a', '1', { signal }));
    expect(error).toMatchObject({ code: 'aborted', outcome: 'not-applied' });
    expect((error as TangaroaError).cause).toMatchObject({ message: 'enough' });
    expect(cluster.leader.requests).toEqual([]);
    const read = client.get('a', { signal, consistency: 'local' });
    expect(await clock.failureOf(read)).toMatchObject({ code: 'aborted' });
  });

  test('before and after it was sent', async () => {
    const { client, clock } = await stalled();
    const early = new AbortController();
    const unsent = client.put('a', '1', { signal: early.signal });
    early.abort();
    expect(await clock.failureOf(unsent)).toMatchObject({
      code: 'aborted',
      outcome: 'not-applied',
    });
    const late = new AbortController();
    const sent = client.put('a', '1', { signal: late.signal });
    await clock.advance(50);
    late.abort();
    expect(await clock.failureOf(sent)).toMatchObject({ code: 'aborted', outcome: 'unknown' });
    expect(client.pending).toBe(0);
  });

  test('listeners do not pile up', async () => {
    const cluster = new FakeCluster();
    const client = cluster.client();
    let listeners = 0;
    const signal = {
      aborted: false,
      addEventListener: () => void listeners++,
      removeEventListener: () => void listeners--,
    };
    const puts = Array.from({ length: 20 }, () => client.put('a', '1', { signal }));
    expect(listeners).toBe(20);
    await cluster.clock.until(Promise.all(puts));
    expect(listeners).toBe(0);
  });
});

describe('close', () => {
  test('ends what is outstanding, what waits and what comes', async () => {
    const { cluster, client, clock } = await stalled();
    const sent = client.put('a', '1');
    const read = client.get('a', { consistency: 'local', node: client.nodes[1] });
    await clock.advance(50);
    cluster.node(2).mute = true;
    const waits = client.get('a', { consistency: 'local', node: client.nodes[1] });
    const fresh = client.put('b', '1');
    const outcomes = Promise.allSettled([sent, waits, fresh]);
    await client.close();
    await client.close();
    const [a, b, c] = (await clock.until(outcomes)) as PromiseRejectedResult[];
    expect(a?.reason).toMatchObject({ code: 'closed', outcome: 'unknown' });
    expect(b?.reason).toMatchObject({ code: 'closed', outcome: 'not-applied' });
    expect(c?.reason).toMatchObject({ code: 'closed', outcome: 'not-applied' });
    await clock.until(read);
    const late = await clock.failureOf(client.put('c', '1'));
    expect(late).toMatchObject({ code: 'closed', outcome: 'not-applied' });
    await clock.advance(20_000);
    expect(cluster.nodes.map(({ links }) => links)).toEqual([0, 0, 0, 0]);
  });

  test('while it connects, and as a disposable', async () => {
    const cluster = new FakeCluster();
    {
      await using client = cluster.client();
      expect(client.pending).toBe(0);
    }
    await cluster.clock.advance(1_000);
    expect(cluster.nodes.map(({ links }) => links)).toEqual([0, 0, 0, 0]);
    const dials = cluster.nodes.map((node) => node.dials);
    await cluster.clock.advance(10_000);
    expect(cluster.nodes.map((node) => node.dials)).toEqual(dials);
  });
});
