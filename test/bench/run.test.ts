/** The whole benchmark on the smallest cluster: one node, a fraction of a second. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Result } from '../../bench/run/result.mjs';

const MAIN = fileURLToPath(new URL('../../bench/main.mjs', import.meta.url));
const SMALL = ['--seconds', '0.3', '--warm-up', '0.1', '--rounds', '1', '--minutes', '5'];
let directory = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tangaroa-bench-test-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const bench = (args: readonly string[], env = process.env) =>
  promisify(execFile)(process.execPath, [MAIN, ...args], { env });

test('puts in a closed and in an open loop, and the page of the same run made later', async () => {
  const json = join(directory, 'result.json');
  const small = [...SMALL, '--subjects', 'tangaroa:1', '--directory', directory];
  const { stdout } = await bench([...small, '--in-flight=1', '--rates=50', '--json', json]);
  expect(stdout).toContain('put 200 B, 1 in flight');
  // Nothing of the cluster is left.
  expect(readdirSync(directory)).toEqual(['result.json']);

  const result = JSON.parse(readFileSync(json, 'utf8')) as Result;
  expect(result.failures).toEqual([]);
  expect(result.rows.map(({ workload }) => workload.id)).toContain('put-200-open-50');
  for (const { figures } of result.rows) {
    expect(figures['perSecond']?.median).toBeGreaterThan(0);
    expect(figures['syncs']?.median).toBeGreaterThan(0);
    if (process.platform === 'linux') expect(figures['rssMib']?.median).toBeGreaterThan(10);
  }

  const html = join(directory, 'page.html');
  const again = await bench(['--from', json, '--compare', json, '--html', html]);
  expect(again.stdout).toContain('Beside the earlier run');
  expect(readFileSync(html, 'utf8')).toMatch(/^<!doctype html>/u);
}, 60_000);

test('programs that are put together for the ablation serve puts', async () => {
  const json = join(directory, 'result.json');
  const rungs = ['--subjects=broadcast:4,phases:4', '--in-flight=1', '--directory', directory];
  await bench(['ablation', ...SMALL, ...rungs, '--json', json]);
  const { rows, failures } = JSON.parse(readFileSync(json, 'utf8')) as Result;
  expect(failures).toEqual([]);
  expect(rows.map(({ subject }) => subject.id)).toEqual(['broadcast:4', 'phases:4']);
}, 120_000);

test('a cluster that cannot be started is a failure that is told, and exit code 1', async () => {
  // Nobody finds etcd without a path.
  const env = { ...process.env, PATH: '' };
  const args = [...SMALL, '--subjects=etcd:1', '--in-flight=1', '--directory', directory];
  await expect(bench(args, env)).rejects.toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/FAILED in round 1.*could not be started/u) as string,
  });
}, 60_000);

test('wrong arguments: exit code 2, and nothing is started', async () => {
  await expect(bench(['overhead', '--subjects=paxos:3'])).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining("'paxos:3' is not a subject") as string,
  });
});
