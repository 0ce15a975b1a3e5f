/** Real processes that do nothing: who is missed, who is expected to end, who is left at the end. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Children } from '../../bench/cluster/children.mjs';
import { startNodeCluster } from '../../bench/cluster/node-cluster.mjs';

const IDLE = new URL('../fixtures/bench/idle.mjs', import.meta.url);
const load = { driver: IDLE, target: null };
let directory = '';
let stop = new AbortController();
let children = new Children(stop.signal);

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tangaroa-bench-test-'));
  stop = new AbortController();
  children = new Children(stop.signal);
});

afterEach(async () => {
  await children.end();
  rmSync(directory, { recursive: true, force: true });
});

const start = (...args: string[]) =>
  startNodeCluster(directory, [{ name: 'one', program: IDLE, args }], load, children);

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('an end that nobody asked for is told with what the process said last', async () => {
  const cluster = start('the disk is gone');
  await expect(cluster.failure).rejects.toThrow(/one ended with exit code 3: the disk is gone/u);
  expect(cluster.processes()).toEqual([]);
});

test('an expected kill is no failure, and the process is started again', async () => {
  const cluster = start();
  const [before] = cluster.processes();
  cluster.expectKill();
  process.kill(before?.pid ?? 0, 'SIGKILL');
  await cluster.restart('one');
  const [after] = cluster.processes();
  expect(after?.pid).not.toBe(before?.pid);
  process.kill(after?.pid ?? 0, 'SIGKILL');
  await expect(cluster.failure).rejects.toThrow(/SIGKILL/u);
});

test('a process tells by how much its event loop was late', async () => {
  const cluster = start();
  const delays = await cluster.loopDelays();
  expect(Object.keys(delays)).toEqual(['one']);
  expect(delays['one']).toBeGreaterThanOrEqual(0);
});

test('after a stop nobody is left, and nobody is started', async () => {
  const cluster = start();
  const [{ pid } = { pid: 0 }] = cluster.processes();
  stop.abort(new Error('stopped'));
  await children.end();
  expect(isAlive(pid)).toBe(false);
  expect(() => start()).toThrow(/stopped/u);
});

test('a process whose benchmark is gone ends by itself', async () => {
  const child = children.spawn(
    'one',
    process.execPath,
    ['--import', new URL('../../bench/cluster/preload.mjs', import.meta.url).href, IDLE.pathname],
    { logFile: join(directory, 'log'), ipc: true },
  );
  child.process.send('loop-delay');
  await once(child.process, 'message');
  child.process.disconnect();
  expect(await child.ended).toMatch(/SIGTERM/u);
});
