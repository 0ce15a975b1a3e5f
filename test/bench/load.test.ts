/** The loops against clients that answer when the test says so. What is asserted is counts, never times. */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { closedLoop } from '../../bench/load/closed.mjs';
import { openLoop } from '../../bench/load/open.mjs';
import { KEYS, everyKey, sourceOf } from '../../bench/load/sources.mjs';
import { Window } from '../../bench/load/window.mjs';

const driver = {
  clients: [],
  counts: () => Promise.resolve({}),
  leader: () => Promise.resolve(null),
};

function clientOf(put: () => Promise<unknown>) {
  const none = () => Promise.resolve(null);
  return { put, get: none, getLocal: none };
}

async function openFor(ms: number, window: Window): Promise<void> {
  window.begin();
  await sleep(ms);
  window.end();
}

test('an open loop keeps asking while nothing is answered, and charges for all that was due', async () => {
  const held: (() => void)[] = [];
  const client = clientOf(() => new Promise<void>((resolve) => held.push(resolve)));
  const window = new Window(driver, []);
  window.begin();
  const source = sourceOf({ operation: 'put', valueBytes: 8 });
  const looping = openLoop({ perSecond: 2_000, clients: [client], source }, window);
  while (held.length < 100) await sleep(1);
  held[0]?.();
  await nextTurn();
  window.end();
  // Only when it is over does the system answer.
  held.forEach((answer) => answer());
  const open = await looping;
  expect(open?.due).toBeGreaterThanOrEqual(100);
  expect(open?.unanswered).toBe((open?.due ?? 0) - 1);
  const { operations, latency } = await window.result(open);
  expect(operations).toBe(1);
  // Latencies of all that was due, from when it was due: who was due early waited long, who was due late did not.
  const { p50 = 0, max = 0, curve = [] } = latency ?? {};
  expect(p50).toBeGreaterThan(curve[0] ?? Infinity);
  expect(max).toBeGreaterThan(p50);
});

test('who was due and failed waited, too', async () => {
  const client = clientOf(() => Promise.reject(new Error('no answer in time')));
  const window = new Window(driver, []);
  const record = vi.spyOn(window, 'record');
  const source = sourceOf({ operation: 'put', valueBytes: 8 });
  const load = { perSecond: 2_000, clients: [client], source };
  const [open] = await Promise.all([openLoop(load, window), openFor(20, window)]);
  expect(open?.due).toBeGreaterThan(0);
  expect(record).toHaveBeenCalledTimes(open?.due ?? 0);
});

test('a closed loop never has more under way than it was told', async () => {
  let [under, most] = [0, 0];
  const client = clientOf(async () => {
    most = Math.max(most, ++under);
    await sleep(1);
    under--;
  });
  const window = new Window(driver, []);
  await Promise.all([
    openFor(50, window),
    closedLoop([client, client], sourceOf({ operation: 'put', valueBytes: 8 }), 7, window),
  ]);
  expect(most).toBe(7);
  expect(under).toBe(0);
});

test('what fails is counted apart, and a window in which nothing was acknowledged is no measurement', async () => {
  const client = clientOf(() => Promise.reject(new Error('no quorum')));
  const window = new Window(driver, []);
  await Promise.all([
    openFor(20, window),
    closedLoop([client], sourceOf({ operation: 'put', valueBytes: 8 }), 1, window),
  ]);
  await expect(window.result()).rejects.toThrow(/nothing was acknowledged.*no quorum/u);
});

test('a read whose answer is not what was written fails', async () => {
  const client = clientOf(() => Promise.resolve());
  for (const operation of ['get', 'get-local'] as const) {
    const call = sourceOf({ operation, valueBytes: 200 }).next();
    await expect(call?.({ ...client, get: async () => 199 })).rejects.toThrow(/not 200/u);
  }
});

test('every key that a read may ask for is written before', async () => {
  const written = new Set<string>();
  const client = { ...clientOf(() => Promise.resolve()), get: async (key: string) => size(key) };
  const size = (key: string) => (written.has(key) ? 16 : null);
  const put = async (key: string) => void written.add(key);
  const keys = everyKey(16);
  for (let call = keys.next(); call !== null; call = keys.next()) await call({ ...client, put });
  expect(written.size).toBe(KEYS);
  const reads = sourceOf({ operation: 'get', valueBytes: 16 });
  for (let count = 0; count < 10_000; count++) await reads.next()?.(client);
});

test('nineteen of twenty operations of the mix are reads', async () => {
  let [reads, writes] = [0, 0];
  const client = {
    put: async () => void writes++,
    get: async () => {
      reads++;
      return 16;
    },
    getLocal: () => Promise.resolve(null),
  };
  const mix = sourceOf({ operation: 'mixed', valueBytes: 16 });
  for (let count = 0; count < 20_000; count++) await mix.next()?.(client);
  expect(writes / (reads + writes)).toBeCloseTo(0.05, 2);
});
