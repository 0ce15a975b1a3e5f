import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MAIN, cli } from './real-cluster.ts';

const LIMIT_MS = 90_000;
const RECORDS = 300;
const run = promisify(execFile);
let cwd = '';
beforeAll(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'tangaroa-dev-'));
  const lines = Array.from({ length: RECORDS }, (_, at) => `{"key":"k${at}","value":"v${at}"}\n`);
  writeFileSync(path.join(cwd, 'sample.jsonl'), lines.join(''));
});
const started: ChildProcess[] = [];
afterAll(async () => {
  // Only where a test failed half-way is any left; its nodes stop when it is gone.
  for (const child of started.filter(
    ({ exitCode, signalCode }) => exitCode === null && signalCode === null,
  )) {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  rmSync(cwd, { recursive: true });
});

/** `dev` in the background: what it says, and how it ends. */
function spawnDev(args: readonly string[]) {
  const child = spawn(process.execPath, [MAIN, 'dev', ...args], {
    cwd,
    // As from a shell: under npm, commands are printed as npx calls them.
    env: { ...process.env, npm_command: undefined },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  started.push(child);
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  const says = async (text: string): Promise<void> => {
    while (!said.includes(text)) {
      if (child.exitCode !== null) throw new Error(`dev ended: ${said}`);
      await sleep(50);
    }
  };
  return { child, ended, says, said: () => said };
}

/** Process ids of the nodes, by the lock-free way: the kernel's list of this process's children. */
function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.split(' ').filter(Boolean).map(Number);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/mu.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function untilGone(pids: readonly number[]): Promise<void> {
  while (pids.some(isAlive)) await sleep(50);
}

test(
  'dev --import FILE --once: imports, compares four digests, ends; and again on the same data',
  { timeout: LIMIT_MS },
  async () => {
    const args = ['dev', '--dir', 'once', '--import', 'sample.jsonl', '--once'];
    const first = await cli([...args, '--port', '0', '--json'], { cwd });
    expect(first.code).toBe(0);
    const report = JSON.parse(first.out) as {
      records: number;
      diverged: string[];
      nodes: { applied: string; stateDigest: string; role: string }[];
    };
    expect(report).toMatchObject({ records: RECORDS, diverged: [] });
    expect(report.nodes).toHaveLength(4);
    expect(new Set(report.nodes.map((node) => node.applied)).size).toBe(1);
    expect(new Set(report.nodes.map((node) => node.stateDigest)).size).toBe(1);
    expect(report.nodes.filter((node) => node.role === 'leader')).toHaveLength(1);

    const second = await cli(args, { cwd });
    expect(second.code).toBe(0);
    expect(second.out).toMatch(/^records {2}seconds {2}records\/s\n +300 /u);
    expect(second.out.match(/follower/gu)).toHaveLength(3);
    expect(second.err).toContain('on the data in once');
    const other = await cli([...args, '--nodes', '5'], { cwd });
    expect(other).toMatchObject({ code: 2 });
    expect(other.err).toContain('--nodes 5, but the cluster in once has 4');
  },
);

test(
  'dev tells what to try, reports a node that dies, and leaves nobody behind: not after SIGINT, not after SIGKILL',
  { timeout: LIMIT_MS },
  async () => {
    const dev = spawnDev(['--dir', 'd', '--port', '0']);
    await dev.says('Ctrl-C stops all nodes.');
    // Exactly what it printed, pasted into a shell.
    const printed = [...dev.said().matchAll(/^ {2}(node .*)$/gmu)].map(([, command]) => command);
    expect(printed).toHaveLength(5);
    const pasted = await run('bash', ['-ec', printed.join('\n')], { cwd });
    expect(pasted.stdout).toMatch(/^\d+\.\d+\nkia ora\n1\n.*node1 /su);
    const nodes = childrenOf(dev.child.pid ?? 0);
    expect(nodes).toHaveLength(4);
    process.kill(nodes[3] ?? 0, 'SIGKILL');
    await dev.says('node4 was killed by SIGKILL; its log is d/logs/node4.log; the others go on;');
    expect(dev.said()).toMatch(/start it again with: node \S+ start d\/node4\n/u);
    expect(await cli(['get', 'greeting', '--cluster', 'd'], { cwd })).toMatchObject({
      out: 'kia ora\n',
    });
    process.kill(nodes[2] ?? 0, 'SIGKILL');
    await dev.says('node3.log; 2 of 4 nodes are left here, and writes take 3; start it again with');
    dev.child.kill('SIGINT');
    expect(await dev.ended).toBe(0);
    await untilGone(nodes);

    const again = spawnDev(['--dir', 'd']);
    await again.says('Ctrl-C stops all nodes.');
    const second = childrenOf(again.child.pid ?? 0);
    again.child.kill('SIGKILL');
    await untilGone(second);
    expect(second).toHaveLength(4);
  },
);

test('a taken port is one line, and nothing is made', { timeout: LIMIT_MS }, async () => {
  const dev = spawnDev(['--dir', 'ports', '--port', '0']);
  await dev.says('Ctrl-C stops all nodes.');
  const port = /nodes run at 127\.0\.0\.1:(\d+)/u.exec(dev.said())?.[1] ?? '';
  const taken = await cli(['dev', '--dir', 'other', '--port', port], { cwd });
  expect(taken).toMatchObject({ code: 8, out: '' });
  expect(taken.err).toMatch(/^tangaroa: 127\.0\.0\.1:\d+ is taken by another process; [^\n]*\n$/u);
  expect(() => readFileSync(path.join(cwd, 'other/genesis.json'))).toThrow('ENOENT');
  const same = await cli(['dev', '--dir', 'ports'], { cwd });
  expect(same.err).toContain('is this cluster running already?');

  // One process a key (C2): an import that waits for its input holds the key.
  const holder = spawn(process.execPath, [MAIN, 'import', '-', '--cluster', 'ports'], { cwd });
  const lock = path.join(cwd, 'ports/clients/writer.key.lock');
  while (!isThere(lock)) await sleep(50);
  const refused = await cli(['put', 'a', '1', '--cluster', 'ports'], { cwd });
  expect(refused.code).toBe(8);
  expect(refused.err).toContain(`writer.key is in use by process ${holder.pid}`);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  expect(await cli(['put', 'a', '1', '--cluster', 'ports'], { cwd })).toMatchObject({ code: 0 });
  dev.child.kill('SIGTERM');
  expect(await dev.ended).toBe(0);
});

function isThere(file: string): boolean {
  try {
    return readFileSync(file, 'utf8') !== '';
  } catch {
    return false;
  }
}
