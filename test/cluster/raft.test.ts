/** Clusters of plain Raft from the outside: what a user of one sees, crashes included. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { TangaroaClient } from '../../src/client/client.ts';
import type { Transport } from '../../src/client/ports.ts';
import { nodeClientDeps } from '../../src/node/client-transport.ts';
import { readKeyFile } from '../../src/node/key-files.ts';
import { RealCluster, cli } from './real-cluster.ts';

const LIMIT_MS = 90_000;
const RAFT = ['--protocol', 'raft'];

/** A client for which only this node can be reached. */
async function clientOf(cluster: RealCluster, node: string): Promise<TangaroaClient> {
  const key = path.join(cluster.directory, 'clients/admin.key');
  const { secretKey } = await readKeyFile(key, 'client');
  const { genesis } = cluster;
  const own = genesis.configuration.members.find(({ id }) => id === node)?.address;
  const deps = nodeClientDeps();
  const transport: Transport = (address, events) => {
    if (address === own) return deps.transport(address, events);
    const ended = setImmediate(() => events.closed('cut off'));
    return { bufferedBytes: 0, send: () => undefined, close: () => clearImmediate(ended) };
  };
  return new TangaroaClient({ genesis, secretKey, timeoutMs: 30_000 }, { ...deps, transport });
}

test(
  'answers are one node’s word; a client that reaches only a follower is served too',
  { timeout: LIMIT_MS },
  async () => {
    await using cluster = await RealCluster.make(3, RAFT);
    await cluster.start();
    const leader = await cluster.leader();
    const put = await cluster.run(['put', 'a', '1', '--json']);
    expect(JSON.parse(put.out)).toMatchObject({ verified: false });
    const status = await cluster.run(['status', '--json']);
    expect(JSON.parse(status.out)).toMatchObject({ protocol: 'raft', quorum: true });

    const follower = cluster.nodes.find((id) => id !== leader) as string;
    await using client = await clientOf(cluster, follower);
    const [first, ...others] = await Promise.all(
      Array.from({ length: 100 }, () => client.increment('n')),
    );
    expect(first).toMatchObject({ node: follower, verified: false });
    const values = [first, ...others].map((answer) => Number(answer?.value));
    expect(values.sort((x, y) => x - y)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    // Ordered behind the increments, though another node is asked.
    expect(await cluster.run(['get', 'n'])).toMatchObject({ code: 0, out: '100\n' });
  },
);

test(
  'a majority is enough, fewer acknowledge nothing; who was away catches up',
  { timeout: LIMIT_MS },
  async () => {
    await using cluster = await RealCluster.make(3, RAFT);
    await cluster.start('node1', 'node2');
    const lines = Array.from({ length: 3_000 }, (_, at) =>
      JSON.stringify({ key: `k${at}`, value: 'x'.repeat(500) }),
    );
    writeFileSync(path.join(cluster.cwd, 'sample.jsonl'), `${lines.join('\n')}\n`);
    expect(await cluster.run(['import', 'sample.jsonl'])).toMatchObject({ code: 0 });
    await cluster.end('SIGKILL', 'node2');
    const refused = await cluster.run(['put', 'a', '1', '--timeout', '2s', '--json']);
    expect(refused).toMatchObject({ code: 6, out: '' });
    expect(JSON.parse(refused.err)).toMatchObject({ error: { code: 'no-quorum' } });
    const large = 'y'.repeat(1_048_576);
    const waiting = cluster.run(['put', 'b', '--file', '-', '--timeout', '60s'], { stdin: large });
    await cluster.start('node2', 'node3');
    expect(await waiting).toMatchObject({ code: 0 });
    expect(new Set(await cluster.evenDigests()).size).toBe(1);
    const got = await cluster.run(['get', 'b', '--node', 'node3', '--raw']);
    expect(got.out === large).toBe(true);
  },
);

test(
  'SIGTERM: the leader hands over, drains and exits 0; nobody warns of traitors',
  { timeout: LIMIT_MS },
  async () => {
    await using cluster = await RealCluster.make(3, RAFT);
    await cluster.start();
    await cluster.run(['put', 'a', '1']);
    const leader = await cluster.leader();
    const [ended] = await cluster.end('SIGTERM', leader);
    expect(ended).toEqual({ code: 0, signal: null });
    expect(await cluster.run(['put', 'a', '2'])).toMatchObject({ code: 0 });
    expect(await cluster.leader()).not.toBe(leader);
    expect(cluster.log(leader)).not.toContain('traitor');
    for (const { code } of await cluster.end('SIGINT')) expect(code).toBe(0);
  },
);

test('dev --protocol raft --import --once', { timeout: LIMIT_MS }, async () => {
  await using cluster = await RealCluster.make(3, RAFT);
  const { cwd } = cluster;
  const lines = Array.from({ length: 300 }, (_, at) => `{"key":"k${at}","value":"v${at}"}\n`);
  writeFileSync(path.join(cwd, 'sample.jsonl'), lines.join(''));
  const args = ['dev', '--dir', 'once', '--import', 'sample.jsonl', '--once', '--json'];
  const first = await cli([...args, ...RAFT, '--nodes', '5', '--port', '0'], { cwd });
  expect(first.code).toBe(0);
  expect(first.err).toContain('the protocol is plain Raft: crash faults only');
  expect(JSON.parse(first.out)).toMatchObject({ protocol: 'raft', records: 300, diverged: [] });
  const again = await cli(args, { cwd });
  expect(again.code).toBe(0);
  expect(JSON.parse(again.out)).toMatchObject({ protocol: 'raft', diverged: [] });
});
