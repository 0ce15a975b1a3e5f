/** Real rounds, short: that they are played, told and leave nothing behind. What they measure is not looked at. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run, root } from '../../scripts/run.mjs';
import { ATTACKS } from '../../scripts/attack/catalogue.ts';
import { listJson } from '../../scripts/attack/report/help.ts';
import { EXIT, exitCodeOf } from '../../scripts/attack/result/exit.ts';
import { parseReport } from '../../scripts/attack/result/format.ts';

const TIMEOUT_MS = 180_000;
const directory = mkdtempSync(path.join(tmpdir(), 'tangaroa-lab-'));
const main = path.join(root, 'dist/attack/scripts/attack/main.js');

let listed: Awaited<ReturnType<typeof run>>;

beforeAll(async () => {
  const args = [path.join(root, 'scripts/attack.mjs'), '--list', '--json'];
  listed = await run(process.execPath, args, { timeoutMs: TIMEOUT_MS });
}, TIMEOUT_MS);

afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('the lab compiles, and lists its attacks', () => {
  expect(listed).toMatchObject({ status: 0, output: listJson(ATTACKS) });
});

/** Processes of this round by the directory that their command line, or their environment, names; Linux only. */
function leftProcesses(): readonly string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/u.test(pid) || Number(pid) === process.pid) return false;
    try {
      const read = (name: string): string => readFileSync(`/proc/${pid}/${name}`, 'utf8');
      return `${read('cmdline')}${read('environ')}`.includes(directory);
    } catch {
      // It has ended meanwhile, or is nobody of ours.
      return false;
    }
  });
}

test(
  'a signal ends it, leaves nothing behind, and what was played is told',
  async () => {
    const child = spawn(process.execPath, [main, 'nobody', '--seconds', '600'], {
      env: { ...process.env, TMPDIR: directory },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      let told = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (told += text));
      while (!readdirSync(directory).some((name) => name.startsWith('tangaroa-attack-')))
        await sleep(20);
      const exited = once(child, 'close');
      // As a terminal and the launcher do, which both tell it.
      for (const signal of ['SIGINT', 'SIGINT'] as const) child.kill(signal);
      expect(await exited).toEqual([EXIT.stopped, null]);
      expect(told).toContain('nothing was played');
      expect(told).toContain('0 of 1 rounds were played before it was stopped');
      // There are no figures to be warned of.
      expect(told).not.toContain('noise');
      expect(leftProcesses()).toEqual([]);
      expect(readdirSync(directory)).toEqual([]);
    } finally {
      child.kill('SIGKILL');
    }
  },
  TIMEOUT_MS,
);

test.each(['nobody', 'suspect-flood'])(
  '%s',
  async (name) => {
    const json = path.join(directory, `${name}.json`);
    const { status, output } = await run(
      process.execPath,
      [main, name, '--seconds', '1', '--seed', '5', '--json', json],
      { timeoutMs: TIMEOUT_MS, env: { TMPDIR: directory } },
    );
    const report = parseReport(readFileSync(json, 'utf8'));
    const [result] = report.results;
    expect(output).toContain(`npm run attack -- ${name} --seconds 1 --seed 5`);
    expect(status).toBe(exitCodeOf([report]));
    expect(result?.failures).toEqual([]);
    const [round] = result!.rounds;
    expect(round?.seed).toBe(5);
    expect(round?.curve.length).toBeGreaterThan(10);
    expect(Object.values(round!.rogue.did).some((times) => times > 0)).toBe(true);
    expect(round?.audits.length).toBeGreaterThan(0);
    for (const { found, lost, changed, foreign } of round!.audits) {
      expect(found).toBeGreaterThan(0);
      expect({ lost, changed, foreign }).toEqual({ lost: 0, changed: 0, foreign: 0 });
    }
    expect(leftProcesses()).toEqual([]);
    expect(readdirSync(directory).filter((file) => !file.endsWith('.json'))).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  '--evidence keeps what was proven, for whoever has the genesis beside it',
  async () => {
    const proofs = path.join(directory, 'proofs');
    const args = [main, 'contradict', '--seconds', '2', '--seed', '7', '--evidence', proofs];
    await run(process.execPath, args, { timeoutMs: TIMEOUT_MS, env: { TMPDIR: directory } });
    const name = path.join(proofs, 'contradict-tangaroa-7');
    const command = path.join(root, 'dist/cli/main.js');
    const { status, output } = await run(
      process.execPath,
      [command, 'evidence', 'verify', `${name}.jsonl`, '--cluster', `${name}.genesis.json`],
      { timeoutMs: TIMEOUT_MS },
    );
    expect(output).toMatch(/holds: [0-9a-f]{16} node4 signed two AppendEntriesResponses/u);
    expect(status).toBe(0);
  },
  TIMEOUT_MS,
);
