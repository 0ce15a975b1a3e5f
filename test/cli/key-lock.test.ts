import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockKey } from '../../src/cli/cluster/key-lock.ts';

let directory = '';
let keyFile = '';
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'tangaroa-lock-'));
  keyFile = path.join(directory, 'writer.key');
  writeFileSync(keyFile, '');
});
afterEach(() => rmSync(directory, { recursive: true }));

const AT_ONCE = { shown: 'writer.key', waitMs: 0, isStopped: () => false };

test('a second user of the key is told which process has it; released, it is free', async () => {
  const lock = await lockKey(keyFile, AT_ONCE);
  await expect(lockKey(keyFile, AT_ONCE)).rejects.toMatchObject({
    code: 'key-in-use',
    message: `client key writer.key is in use by process ${process.pid}`,
  });
  lock.release();
  expect(readdirSync(directory)).toEqual(['writer.key']);
  (await lockKey(keyFile, AT_ONCE)).release();
});

test('who waits gets it', async () => {
  const lock = await lockKey(keyFile, AT_ONCE);
  const waiting = lockKey(keyFile, { shown: '', waitMs: 60_000, isStopped: () => false });
  lock.release();
  (await waiting).release();
});

test('the lock of a killed process, of a reused process id, or a torn one, is taken over', async () => {
  const child = fork(path.join(import.meta.dirname, 'fixtures/sleeper.mjs'));
  await once(child, 'spawn');
  const lockFile = `${keyFile}.lock`;
  writeFileSync(lockFile, `${child.pid} \n`);
  await expect(lockKey(keyFile, AT_ONCE)).rejects.toMatchObject({ code: 'key-in-use' });
  child.kill('SIGKILL');
  await once(child, 'exit');
  for (const stale of [`${child.pid} \n`, `${process.pid} 1\n`, '', 'garbage\n', '0 \n', '-1 \n']) {
    writeFileSync(lockFile, stale);
    const lock = await lockKey(keyFile, AT_ONCE);
    expect(readFileSync(lockFile, 'utf8')).toMatch(new RegExp(`^${process.pid} `, 'u'));
    lock.release();
    expect(existsSync(lockFile)).toBe(false);
  }
});

test.runIf(process.platform !== 'win32')('a pipe in its place is not waited for', async () => {
  execFileSync('sh', ['-c', 'mkfifo "$0"', `${keyFile}.lock`]);
  const lock = await lockKey(keyFile, AT_ONCE);
  lock.release();
  expect(readdirSync(directory)).toEqual(['writer.key']);
});

test('a file of megabytes in its place is a torn one', async () => {
  writeFileSync(`${keyFile}.lock`, `${process.pid} ${'1'.repeat(4_194_304)}`);
  (await lockKey(keyFile, AT_ONCE)).release();
});

test('a key that does not exist is an error of its own', async () => {
  await expect(lockKey(`${keyFile}.none`, AT_ONCE)).rejects.toThrow('no such file');
});
