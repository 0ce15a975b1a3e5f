import { expect, test } from 'vitest';
import { RealCluster } from './real-cluster.ts';

const LIMIT_MS = 90_000;

test.each([
  { protocol: 'tangaroa', nodes: 4 },
  { protocol: 'raft', nodes: 3 },
])(
  '$protocol: put and get; SIGKILL of the leader during increments: exact count; then of all: same',
  { timeout: LIMIT_MS },
  async ({ protocol, nodes }) => {
    await using cluster = await RealCluster.make(nodes, ['--protocol', protocol]);
    await cluster.start();
    const put = await cluster.run(['put', 'greeting', 'kia ora']);
    expect(put).toMatchObject({ code: 0, err: '' });
    expect(await cluster.run(['get', 'greeting'])).toEqual({ code: 0, out: 'kia ora\n', err: '' });

    await using client = await cluster.client('admin');
    const leader = await cluster.leader();
    let acknowledged = 0n;
    let sent = 0n;
    let killedAt: bigint | null = null;
    // Until well after the leader was killed, however long that takes.
    const worker = async (): Promise<void> => {
      while (killedAt === null || acknowledged < killedAt + 200n) {
        sent++;
        await client.increment('visits');
        acknowledged++;
        if (acknowledged === 100n) {
          killedAt = acknowledged;
          await cluster.end('SIGKILL', leader);
        }
      }
    };
    await Promise.all(Array.from({ length: 20 }, worker));
    expect(acknowledged).toBe(sent);
    expect((await client.get('visits')).value).toBe(sent);
    expect(await cluster.leader()).not.toBe(leader);

    await cluster.end('SIGKILL');
    await cluster.start();
    expect((await client.get('visits')).value).toBe(sent);
    expect(await cluster.run(['get', 'greeting'])).toMatchObject({ code: 0, out: 'kia ora\n' });
    const digests = await cluster.evenDigests();
    expect(digests).toHaveLength(nodes);
    expect(new Set(digests).size).toBe(1);
  },
);

test(
  'without one of four it goes on; without two nothing is acknowledged, and it goes on when one returns',
  { timeout: LIMIT_MS },
  async () => {
    await using cluster = await RealCluster.make();
    await cluster.start('node1', 'node2', 'node3');
    expect(await cluster.run(['put', 'a', '1'])).toMatchObject({ code: 0 });
    await cluster.end('SIGKILL', 'node3');
    const refused = await cluster.run(['put', 'a', '2', '--timeout', '2s', '--json']);
    expect(refused).toMatchObject({ code: 6, out: '' });
    const { error } = JSON.parse(refused.err) as { error: { code: string; message: string } };
    expect(error.code).toBe('no-quorum');
    for (const id of ['node3', 'node4']) expect(error.message).toContain(`${id} at 127.0.0.1:`);
    expect(error.message).not.toContain('node1 at');
    const status = await cluster.run(['status']);
    expect(status.code).toBe(6);
    expect(status.err).toContain('no quorum: 2 of 4 nodes answer');
    expect(status.err).toContain('node4 cannot be reached');

    const waiting = cluster.run(['put', 'b', '3', '--timeout', '60s']);
    await cluster.start('node4');
    expect(await waiting).toMatchObject({ code: 0 });
    expect(await cluster.run(['get', 'b'])).toMatchObject({ out: '3\n' });
    await cluster.start('node3');
    expect(new Set(await cluster.evenDigests()).size).toBe(1);
  },
);

test(
  'SIGTERM: the leader hands over, drains and exits 0; nobody waits for a timeout of suspicion',
  { timeout: LIMIT_MS },
  async () => {
    await using cluster = await RealCluster.make();
    await cluster.start();
    await cluster.run(['put', 'a', '1']);
    const leader = await cluster.leader();
    const [ended] = await cluster.end('SIGTERM', leader);
    expect(ended).toEqual({ code: 0, signal: null });
    expect(await cluster.run(['put', 'a', '2'])).toMatchObject({ code: 0 });
    expect(await cluster.leader()).not.toBe(leader);
    expect(cluster.log(leader)).toContain('resigned');
    for (const { code } of await cluster.end('SIGINT')) expect(code).toBe(0);
  },
);
