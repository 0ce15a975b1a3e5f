import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ClassicLevel } from 'classic-level';
import { toHex, utf8 } from '../../src/base/bytes.ts';
import { DEFAULT_PARAMETERS } from '../../src/consensus/model/configuration.ts';
import type { NodeId } from '../../src/consensus/model/ids.ts';
import { HostFailure } from '../../src/host/failure.ts';
import type { HostFailureCode } from '../../src/host/failure.ts';
import type { Log } from '../../src/host/ports.ts';
import { DamagedState } from '../../src/machine/database.ts';
import { openClient } from '../../src/node/client-transport.ts';
import { createDataDirectory } from '../../src/node/data-directory.ts';
import { nativeDigest, nodeEd25519 } from '../../src/node/native-crypto.ts';
import { DamageError } from '../../src/node/log-errors.ts';
import { openingFailure, runningFailure } from '../../src/node/node-failure.ts';
import { startNode } from '../../src/node/node.ts';
import type { RunningNode } from '../../src/node/node.ts';
import { makeGenesis } from '../../src/wire/genesis.ts';
import type { Genesis } from '../../src/wire/genesis.ts';
import { until } from './harness.ts';

const ed25519 = nodeEd25519();
const NAMES = ['alpha', 'beta', 'gamma', 'delta'] as NodeId[];

/** Ports that were free a moment ago, all different. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

let root: string;
let genesis: Genesis;
let clientKey: Uint8Array;
const running = new Set<RunningNode>();
const lines: string[] = [];
const log: Log = (level, code, text, detail) =>
  lines.push(`${level} ${String(detail?.['node'])} ${code}: ${text}`);

const directoryOf = (name: string): string => path.join(root, name);

async function start(name: string, listen?: string): Promise<RunningNode> {
  const options = { directory: directoryOf(name), ...(listen === undefined ? {} : { listen }) };
  const node = await startNode(options, { log });
  running.add(node);
  return node;
}

async function stop(node: RunningNode): Promise<void> {
  running.delete(node);
  await node.stop();
}

beforeEach(async () => {
  lines.length = 0;
  root = await mkdtemp(path.join(tmpdir(), 'tangaroa-node-'));
  const ports = await freePorts(NAMES.length);
  const keys = NAMES.map(() => new Uint8Array(randomBytes(32)));
  clientKey = new Uint8Array(randomBytes(32));
  genesis = makeGenesis(
    {
      protocol: 'tangaroa',
      name: 'test',
      nonce: toHex(new Uint8Array(randomBytes(32))),
      createdMs: Date.now(),
      voters: NAMES.map((id, i) => ({
        id,
        publicKey: toHex(ed25519.publicKey(keys[i] as Uint8Array)),
        address: `127.0.0.1:${ports[i]}`,
      })),
      clients: [{ name: 'writer', publicKey: toHex(ed25519.publicKey(clientKey)), role: 'writer' }],
      parameters: DEFAULT_PARAMETERS,
    },
    nativeDigest,
  );
  for (const [i, name] of NAMES.entries())
    await createDataDirectory(directoryOf(name), {
      genesis,
      name,
      secretKey: keys[i] as Uint8Array,
    });
});
afterEach(async () => {
  await Promise.all([...running].map(stop));
  await rm(root, { recursive: true });
});

describe('a node', () => {
  it('four of them serve a client, one that stops is missed by nobody, and all come back', async () => {
    const nodes = await Promise.all(NAMES.map((name) => start(name)));
    const client = openClient({ genesis, secretKey: clientKey });
    const put = await client.put(utf8('a'), utf8('1'));
    expect(put.revision).toBeGreaterThan(0);

    const leader = nodes.find((node) => node.status().core.role === 'leader');
    if (leader === undefined) throw new Error('nobody leads');
    const { term } = leader.status().core;
    await stop(leader);
    await leader.stopped;
    await client.increment(utf8('n'));
    const others = nodes.filter((node) => node !== leader);
    expect(others.every((node) => node.status().core.term > term)).toBe(true);

    const back = await start(leader.id);
    const all = [...others, back];
    await until(() => new Set(all.map((node) => node.status().applied.index)).size === 1);
    expect(new Set(all.map((node) => node.status().stateDigest)).size).toBe(1);

    await Promise.all(all.map(stop));
    const again = await Promise.all(NAMES.map((name) => start(name)));
    const got = await client.get(utf8('a'));
    expect(got.value).toEqual(utf8('1'));
    expect((await client.increment(utf8('n'))).value).toBe(2n);
    await client.close();
    expect(again.every((node) => node.status().core.evidence.length === 0)).toBe(true);
    expect(lines.filter((line) => line.startsWith('error'))).toEqual([]);
  });

  it('says that its port is taken, lets go of its directory, and starts when it is free', async () => {
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
    const { port } = squatter.address() as AddressInfo;
    await expect(start('alpha', `127.0.0.1:${port}`)).rejects.toMatchObject({
      name: 'ListenError',
      code: 'address-in-use',
    });
    await new Promise((resolve) => squatter.close(resolve));
    const node = await start('alpha', `127.0.0.1:${port}`);
    expect(node.address).toBe(`127.0.0.1:${port}`);
  });

  it('says what is wrong with the address it is given', async () => {
    await expect(start('alpha', 'nowhere')).rejects.toMatchObject({ code: 'bad-address' });
  });

  it('runs once on a directory', async () => {
    const node = await start('alpha');
    await expect(start('alpha', '127.0.0.1:0')).rejects.toMatchObject({ code: 'data-locked' });
    await stop(node);
    await start('alpha');
  });

  it('stops when its disk is full, says so, frees its directory, and starts again with room', async () => {
    const nodes = await Promise.all(NAMES.map((name) => start(name)));
    await using client = openClient({ genesis, secretKey: clientKey });
    await client.put(utf8('a'), utf8('0'));

    const full = Object.assign(new Error('IO error: No space left on device'), {
      code: 'LEVEL_IO_ERROR',
    });
    // One disk after another: a quorum goes on, so the node whose turn it is has something to write.
    let isFull = '';
    const write = ClassicLevel.prototype.batch;
    const batch = vi.spyOn(ClassicLevel.prototype, 'batch');
    batch.mockImplementation(function (this: ClassicLevel) {
      if (path.basename(path.dirname(this.location)) === isFull) throw full;
      return write.call(this);
    });
    for (const [i, node] of nodes.entries()) {
      isFull = NAMES[i] as string;
      const put = client.put(utf8('a'), utf8(`${i + 1}`));
      await expect(node.failed).rejects.toMatchObject({ name: 'DiskError', code: 'disk-full' });
      await expect(node.stopped).rejects.toMatchObject({ code: 'disk-full' });
      await stop(node);
      isFull = '';
      await start(NAMES[i] as string);
      await put;
    }
    batch.mockRestore();
    expect((await client.get(utf8('a'))).value).toEqual(utf8(`${nodes.length}`));
  });
});

describe('what stopped a node', () => {
  const failure = (code: HostFailureCode, cause?: unknown): unknown =>
    runningFailure('dir', new HostFailure(code, 'words', cause));

  it.each<[string, unknown, object]>([
    [
      'a full disk',
      failure('store-failed', Object.assign(new Error('x'), { code: 'ENOSPC' })),
      { name: 'DiskError', code: 'disk-full', path: path.join('dir', 'log') },
    ],
    [
      'a damaged record of the log',
      failure('machine-failed', new DamageError('entry 7', 'is gone')),
      { name: 'DamageError', record: 'entry 7' },
    ],
    [
      'a damaged record of the state',
      failure('machine-failed', new DamagedState('item a', 'cut short')),
      { name: 'DiskError', code: 'data-damaged', path: path.join('dir', 'state') },
    ],
    ['more liars than the protocol bears', failure('halted'), { name: 'HaltedError' }],
    ['our own bug', failure('internal', new Error('x')), { name: 'HostFailure', code: 'internal' }],
  ])('%s', (_, error, expected) => expect(error).toMatchObject(expected));

  it('how many liars are too many, the core said: none is borne in plain Raft', () => {
    const { message } = failure('halted') as Error;
    expect(message).toContain('does not start again');
    expect(message).not.toMatch(/voters|Byzantine/u);
  });

  it('a damaged state that cannot be opened can be made again', () => {
    const error = openingFailure('dir', new DamagedState('position', 'cut short'));
    expect(error).toMatchObject({ code: 'data-damaged' });
    expect(String(error)).toContain('made again from the log');
  });
});
