/** C2: numbers, windows, bundles; and what a new process with the same key may not break. */
import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { lastNumber } from '../../src/consensus/model/request.ts';
import type { ClientRequest } from '../../src/consensus/model/request.ts';
import { FakeCluster } from './fake-cluster.ts';

const HOUR_MS = 3_600_000;

function firstNumbers(cluster: FakeCluster): bigint[] {
  return cluster.leader.requests.map(({ statement }) => statement.first);
}

describe('C2: where numbers start', () => {
  test('C2: at the clock in microseconds', async () => {
    const cluster = new FakeCluster();
    await cluster.clock.until(cluster.client().put('a', '1'));
    const micros = BigInt(cluster.clock.wallStartMs) * 1_000n;
    const [first = 0n] = firstNumbers(cluster);
    expect(first).toBeGreaterThanOrEqual(micros);
    expect(first).toBeLessThan(micros + 1_000_000n);
  });

  test('C2: a new process whose clock was set back an hour goes on above', async () => {
    const cluster = new FakeCluster();
    const before = cluster.client();
    await cluster.clock.until(before.increment('n'));
    await before.close();
    const used = cluster.machine.executed;
    cluster.clock.wallStartMs -= HOUR_MS;
    cluster.leader.requests.length = 0;
    const answer = await cluster.clock.until(cluster.client().increment('n'));
    expect(answer.value).toBe(2n);
    for (const first of firstNumbers(cluster)) expect(first).toBeGreaterThan(used);
  });

  test('C2: a liar neither raises the start nor keeps it down', async () => {
    for (const said of [0n, (1n << 64n) - 1n]) {
      const cluster = new FakeCluster();
      cluster.machine.useUpTo(5_000_000_000_000_000n);
      cluster.node(2).sessionLie = said;
      await cluster.clock.until(cluster.client().put('a', '1'));
      const [first = 0n] = firstNumbers(cluster);
      expect(first).toBe(5_000_000_000_000_000n + 257n);
    }
  });

  test('C2: nodes that lag and report too little: the opening request finds out', async () => {
    const cluster = new FakeCluster();
    cluster.machine.useUpTo(5_000_000_000_000_000n);
    for (const node of cluster.nodes) node.sessionLie = 1n;
    cluster.machine.floor = 5_000_000_000_000_000n;
    const put = cluster.client().put('a', '1');
    // The model answers with its floor as well; nothing is lost by asking again.
    expect((await cluster.clock.until(put)).verified).toBe(true);
  });

  test('C2: while the session cannot be opened, callers are told why', async () => {
    const cluster = new FakeCluster();
    const all = 6_000_000_000_000_000n;
    for (const node of cluster.nodes) node.sessionLie = 1n;
    cluster.machine.known = ({ statement }) => (statement.first <= all ? VOID_TOO_OLD : null);
    const error = await cluster.clock.failureOf(
      cluster.client().put('a', '1', { timeoutMs: 3_000 }),
    );
    expect(error).toMatchObject({ code: 'too-old', outcome: 'not-applied' });
  });

  test('C2: what another process did with the same key is told, and the next operation goes on', async () => {
    const cluster = new FakeCluster();
    const client = cluster.client();
    await cluster.clock.until(client.increment('n'));
    cluster.machine.useUpTo(cluster.machine.executed + 10n ** 9n);
    const error = await cluster.clock.failureOf(client.increment('n'));
    expect(error).toMatchObject({ code: 'too-old', outcome: 'unknown', retryable: false });
    expect((error as Error).message).toMatch(/another process uses the same client key/u);
    expect((await cluster.clock.until(client.increment('n'))).value).toBe(2n);
  });
});

const VOID_TOO_OLD = { index: 0, results: [Uint8Array.of(0, 8, 0)] };

/** A resent request counts once. */
function distinct(requests: readonly ClientRequest[]): readonly ClientRequest[] {
  return [...new Map(requests.map((request) => [request.digest, request])).values()];
}

function countsOf(requests: readonly ClientRequest[]): readonly number[] {
  return distinct(requests).map(({ statement }) => statement.count);
}

describe('C2: window and bundles', () => {
  test('C2: what waits goes out under one signature', async () => {
    const cluster = new FakeCluster();
    const client = cluster.client();
    await cluster.clock.until(client.put('first', '1'));
    await cluster.clock.until(
      Promise.all(Array.from({ length: 40 }, (_, i) => client.put(`k${i}`, 'v'))),
    );
    expect(cluster.machine.bundles).toEqual([1, 1, 40]);
  });

  test('C2: no request reaches above the window, and acknowledged-up-to moves', async () => {
    const cluster = new FakeCluster();
    const client = cluster.client();
    const all = Array.from({ length: 2_000 }, (_, i) => client.increment('n', BigInt(i)));
    await cluster.clock.until(Promise.all(all));
    let acknowledged = 0n;
    for (const { statement } of cluster.leader.requests) {
      const top = statement.acknowledged + BigInt(limits.sessionWindow);
      expect(lastNumber(statement)).toBeLessThanOrEqual(top);
      expect(statement.acknowledged).toBeLessThan(statement.first);
      expect(statement.acknowledged).toBeGreaterThanOrEqual(acknowledged);
      acknowledged = statement.acknowledged;
    }
    expect(cluster.leader.requests.length).toBeLessThan(60);
    expect((await cluster.clock.until(client.get('n'))).value).toBe(1_999_000n);
  });

  test('C2: a request that hangs holds the window, and nothing goes beyond it', async () => {
    const cluster = new FakeCluster();
    const client = cluster.client();
    await cluster.clock.until(client.put('first', '1'));
    cluster.leader.stalls = true;
    const all = Array.from({ length: 1_000 }, () => client.increment('n'));
    await cluster.clock.advance(3_000);
    const sent = distinct(cluster.leader.requests.slice(2));
    expect(sent.reduce((sum, { statement }) => sum + statement.count, 0)).toBe(
      limits.sessionWindow,
    );
    cluster.leader.stalls = false;
    cluster.goOn();
    await cluster.clock.until(Promise.all(all));
    expect((await cluster.clock.until(client.get('n'))).value).toBe(1_000n);
  });

  test('under load a third request waits for one of two', async () => {
    const cluster = new FakeCluster();
    const client = cluster.client();
    await cluster.clock.until(client.put('first', '1'));
    cluster.leader.stalls = true;
    const all: Promise<unknown>[] = [];
    for (let burst = 0; burst < 4; burst++) {
      for (let i = 0; i < 20; i++) all.push(client.increment('n'));
      await cluster.clock.advance(10);
    }
    expect(countsOf(cluster.leader.requests.slice(2))).toEqual([20, 20]);
    cluster.leader.stalls = false;
    cluster.goOn();
    await cluster.clock.until(Promise.all(all));
    expect((await cluster.clock.until(client.get('n'))).value).toBe(80n);
  });

  test('while the load is light up to four requests are on their way', async () => {
    const cluster = new FakeCluster();
    const client = cluster.client();
    await cluster.clock.until(client.put('first', '1'));
    cluster.leader.stalls = true;
    const all: Promise<unknown>[] = [];
    for (let i = 0; i < 6; i++) {
      all.push(client.increment('n'));
      await cluster.clock.advance(10);
    }
    expect(countsOf(cluster.leader.requests.slice(2))).toEqual([1, 1, 1, 1]);
    cluster.leader.stalls = false;
    cluster.goOn();
    await cluster.clock.until(Promise.all(all));
    expect((await cluster.clock.until(client.get('n'))).value).toBe(6n);
  });

  test('commands that may be answered at length share a request with fewer', async () => {
    const cluster = new FakeCluster();
    const client = cluster.client();
    await cluster.clock.until(client.put('first', '1'));
    const all = Array.from({ length: 100 }, (_, i) => [
      client.put(`k${i}`, 'v'),
      client.get('first'),
    ]);
    await cluster.clock.until(Promise.all(all.flat()));
    expect(cluster.machine.bundles.slice(2)).toEqual([129, 71]);
  });

  test('large commands share a request only as far as it goes', async () => {
    const cluster = new FakeCluster();
    const client = cluster.client();
    const value = new Uint8Array(500_000);
    await cluster.clock.until(
      Promise.all(Array.from({ length: 7 }, (_, i) => client.put(`k${i}`, value))),
    );
    expect(cluster.machine.bundles.slice(1)).toEqual([2, 2, 2, 1]);
  });

  test('what a shared request has no room to answer is asked for again, alone', async () => {
    const cluster = new FakeCluster();
    const client = cluster.client();
    await cluster.clock.until(client.put('big', new Uint8Array(60_000)));
    cluster.machine.resultBytesMax = 100_000;
    const answers = await cluster.clock.until(
      Promise.all(Array.from({ length: 5 }, () => client.get('big'))),
    );
    expect(answers.every(({ value }) => (value as Uint8Array).length === 60_000)).toBe(true);
  });
});

describe('bounds of this client', () => {
  test('a full queue is a typed error at once; room comes back', async () => {
    const cluster = new FakeCluster();
    const client = cluster.client({ queueCommandsMax: 10 });
    const first = Array.from({ length: 10 }, () => client.increment('n'));
    const error = await cluster.clock.failureOf(client.increment('n'));
    expect(error).toMatchObject({ code: 'overloaded', outcome: 'not-applied', retryable: true });
    await cluster.clock.until(Promise.all(first));
    expect((await cluster.clock.until(client.increment('n'))).value).toBe(11n);
    expect(client.pending).toBe(0);
  });

  test('so is a queue full of bytes', async () => {
    const cluster = new FakeCluster();
    const client = cluster.client({ queueBytesMax: 1_000 });
    void client.put('a', new Uint8Array(900));
    const error = await cluster.clock.failureOf(client.put('b', new Uint8Array(900)));
    expect(error).toMatchObject({ code: 'overloaded' });
  });
});
