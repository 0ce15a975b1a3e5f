import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { RealCluster } from './real-cluster.ts';
import type { Ran } from './real-cluster.ts';

const LIMIT_MS = 60_000;
const ONE_LINE = /^tangaroa: [^\n]+\n$/u;
let cluster: RealCluster;

beforeAll(async () => {
  cluster = await RealCluster.make();
}, LIMIT_MS);
afterAll(() => cluster[Symbol.asyncDispose]());

/** Starts a node that is expected to refuse: its exit code, and its last line (the log comes before it). */
async function refused(directory: string, uid?: number): Promise<Ran> {
  const ran = await cluster.run(['start', directory, '--log-level', 'silent'], {
    ...(uid === undefined ? {} : { uid }),
  });
  expect(ran.err).toMatch(ONE_LINE);
  return ran;
}

function addressOf(id: string): { readonly host: string; readonly port: number } {
  const address = cluster.genesis.document.voters.find((voter) => voter.id === id)?.address ?? '';
  const [host = '', port] = address.split(':');
  return { host, port: Number(port) };
}

/** A copy of a node's directory, to be damaged. */
function copyOf(id: string, name: string): string {
  const copy = path.join(cluster.cwd, name);
  cpSync(cluster.dataDirectory(id), copy, { recursive: true });
  return copy;
}

test('a port that is taken', { timeout: LIMIT_MS }, async () => {
  const { host, port } = addressOf('node1');
  const squatter = createServer().listen(port, host);
  await new Promise((resolve) => squatter.once('listening', resolve));
  const { code, err } = await refused(cluster.dataDirectory('node1'));
  await new Promise((resolve) => squatter.close(resolve));
  expect(code).toBe(EXIT_CODES.environment);
  expect(err).toContain(`${host}:${port} is taken by another process`);
});

test('a second process on the same directory', { timeout: LIMIT_MS }, async () => {
  await cluster.start('node1');
  const { code, err } = await refused(cluster.dataDirectory('node1'));
  await cluster.end('SIGTERM', 'node1');
  expect(code).toBe(EXIT_CODES.environment);
  expect(err).toContain('node1');
});

test('no directory, or one that is none', { timeout: LIMIT_MS }, async () => {
  const { code, err } = await refused('nowhere');
  expect(code).toBe(EXIT_CODES.environment);
  expect(err).toContain('nowhere');
  mkdirSync(path.join(cluster.cwd, 'empty'));
  expect((await refused('empty')).code).not.toBe(EXIT_CODES.internal);
});

test('a corrupted key file', { timeout: LIMIT_MS }, async () => {
  const copy = copyOf('node2', 'bad-key');
  const file = path.join(copy, readdirSync(copy).find((name) => name.endsWith('.key')) ?? '');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/[0-9a-f]{8} /u, 'ffffffff '));
  const { code, err } = await refused(copy);
  expect(code).toBe(EXIT_CODES.damaged);
  expect(err).toContain(path.basename(file));
  chmodSync(file, 0o644);
  expect((await refused(copy)).err).toContain('chmod 600');
});

test('V3: the key of another node beside a log', { timeout: LIMIT_MS }, async () => {
  await cluster.start('node1');
  await cluster.end('SIGTERM');
  const copy = copyOf('node1', 'other-key');
  cpSync(path.join(cluster.dataDirectory('node2'), 'node.key'), path.join(copy, 'node.key'));
  const { code, err } = await refused(copy);
  expect(code).toBe(EXIT_CODES.damaged);
  expect(err).toMatch(/other-key.node\.key: is the key of node 'node2'.* by node 'node1'/u);
});

test('a genesis that does not match the data', { timeout: LIMIT_MS }, async () => {
  await cluster.start('node2', 'node3', 'node4');
  expect((await cluster.run(['put', 'a', '1'])).code).toBe(0);
  await cluster.end('SIGTERM');
  const copy = copyOf('node2', 'other-genesis');
  const file = path.join(copy, 'genesis.json');
  const document = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  writeFileSync(file, JSON.stringify({ ...document, nonce: 'ab'.repeat(32) }));
  const { code, err } = await refused(copy);
  expect(code).toBe(EXIT_CODES.damaged);
  expect(err).toContain('genesis');
});

test(
  'a truncated log is damage, and the record or file is named',
  { timeout: LIMIT_MS },
  async () => {
    const copy = copyOf('node3', 'truncated');
    const [file] = readdirSync(path.join(copy, 'log'))
      .filter((name) => name.endsWith('.log'))
      .map((name) => path.join(copy, 'log', name));
    if (file === undefined) throw new Error('LevelDB keeps no journal any more');
    truncateSync(file, Math.floor(statSync(file).size / 2));
    const { code, err } = await refused(copy);
    expect(code).toBe(EXIT_CODES.damaged);
    expect(err).toMatch(/the log is damaged: (entry|write) \d+ /u);
  },
);

test(
  'D1: a damaged state is found, and made again from the log',
  { timeout: LIMIT_MS },
  async () => {
    await cluster.start();
    const rows = Array.from(
      { length: 200 },
      (_, i) => `{"key":"k${i}","value":"${'v'.repeat(99)}${i}"}`,
    );
    const imported = await cluster.run(['import', '-'], { stdin: rows.join('\n') });
    expect(imported).toMatchObject({ code: 0 });
    // At a start LevelDB makes a table of its write-ahead log.
    for (const _ of ['once', 'again']) {
      await cluster.end('SIGTERM');
      await cluster.start();
    }
    await cluster.end('SIGTERM');
    const state = path.join(cluster.dataDirectory('node1'), 'state');
    for (const name of readdirSync(state).filter((each) => each.endsWith('.ldb'))) {
      const bytes = readFileSync(path.join(state, name));
      bytes.write('XXXXXXXX', Math.floor(bytes.length / 3));
      writeFileSync(path.join(state, name), bytes);
    }
    const { code, err } = await refused(cluster.dataDirectory('node1'));
    expect(code).toBe(EXIT_CODES.damaged);
    expect(err).toMatch(/state.\d+\.ldb: is not what was written .* delete its directory 'state'/u);
    rmSync(state, { recursive: true });
    await cluster.start();
    expect(cluster.log('node1')).toContain('"code":"replaying"');
    expect(new Set(await cluster.evenDigests()).size).toBe(1);
    await cluster.end('SIGTERM');
  },
);

test('D1: the end of the log is gone, or log and state are', { timeout: LIMIT_MS }, async () => {
  const copy = copyOf('node3', 'cut');
  const [file = ''] = readdirSync(path.join(copy, 'log'))
    .filter((name) => name.endsWith('.log'))
    .map((name) => path.join(copy, 'log', name));
  truncateSync(file, statSync(file).size - 1);
  const cut = await refused(copy);
  expect(cut.code).toBe(EXIT_CODES.damaged);
  expect(cut.err).toMatch(/the log is damaged: write \d+ is missing/u);
  for (const name of ['log', 'state']) rmSync(path.join(copy, name), { recursive: true });
  const gone = await refused(copy);
  expect(gone.code).toBe(EXIT_CODES.damaged);
  expect(gone.err).toMatch(/the log is damaged: write 1 is missing/u);
});

/** Everybody may write everywhere as root; nobody may not. */
const NOBODY = 65_534;

test('a directory that cannot be written', { timeout: LIMIT_MS }, async () => {
  const copy = copyOf('node4', 'read-only');
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) {
    chmodSync(cluster.cwd, 0o755);
    for (const name of readdirSync(copy, { recursive: true, encoding: 'utf8' }))
      chownSync(path.join(copy, name), NOBODY, NOBODY);
    chownSync(copy, NOBODY, NOBODY);
  }
  chmodSync(copy, 0o500);
  const { code, err } = await refused(copy, isRoot ? NOBODY : undefined);
  chmodSync(copy, 0o700);
  expect(code).toBe(EXIT_CODES.environment);
  expect(err).toContain('read-only: this user may not write there');
});

test('the nodes that were not touched still work', { timeout: LIMIT_MS }, async () => {
  await cluster.start();
  expect((await cluster.run(['get', 'a'])).out).toBe('1\n');
  expect(await cluster.evenDigests()).toHaveLength(4);
});
