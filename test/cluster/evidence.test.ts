/** V1, V4 from the outside: a member that contradicts itself, and all that an operator does with the evidence. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { EvidenceReport } from '../../src/client/evidence.ts';
import type { Effect } from '../../src/consensus/core.ts';
import type { Hash, LogIndex, Sequence } from '../../src/consensus/model/ids.ts';
import type { PeerMessage } from '../../src/consensus/model/message.ts';
import type { Protocol } from '../../src/host/protocol.ts';
import { startNode } from '../../src/node/node.ts';
import { composeTangaroa } from '../../src/node/protocols.ts';
import { cli, MAIN, RealCluster } from './real-cluster.ts';

const LIMIT_MS = 90_000;
const ID = /^[0-9a-f]{64}$/u;

/** An honest node, but for two heartbeats that it sends as leader: they name different entries at one index. */
function equivocator(honest: Protocol<PeerMessage>): Protocol<PeerMessage> {
  const { core, signer } = honest;
  let isDone = false;
  const heartbeat = (digit: string): Effect => {
    const { epoch, term } = core.status();
    const head = { index: 4_000 as LogIndex, hash: digit.repeat(64) as Hash };
    const sequence = 1_000_000 as Sequence;
    const kind = 'append-entries';
    const signed = signer.sign({ kind, epoch, term, previous: head, head, sequence });
    return {
      type: 'send',
      to: 'all',
      message: { kind, signed, entries: [], commit: null },
      after: null,
    };
  };
  return {
    ...honest,
    core: {
      wants: (message, from) => core.wants(message, from),
      status: () => core.status(),
      step: (input) => {
        const effects = core.step(input);
        const { role, committed } = core.status();
        if (isDone || role !== 'leader' || committed.index < 3) return effects;
        isDone = true;
        return [...effects, heartbeat('a'), heartbeat('b')];
      },
    },
  };
}

/** Asks until what the nodes hold is as wanted. */
async function until(
  cluster: RealCluster,
  isThere: (report: EvidenceReport) => boolean,
): Promise<EvidenceReport> {
  await using client = await cluster.client('reader');
  for (;;) {
    const report = await client.evidence();
    if (isThere(report)) return report;
    await sleep(100);
  }
}

/** Whoever was asked, of all pieces. */
function heldBy({ proven }: EvidenceReport): readonly string[] {
  return [...new Set(proven.flatMap((evidence) => evidence.heldBy))].sort();
}

test(
  'evidence is found, told to who was down, shown, exported, verified, and there after a restart',
  { timeout: LIMIT_MS },
  async () => {
    await using cluster = await RealCluster.make();
    const directory = cluster.dataDirectory('node1');
    const rogue = await startNode(
      { directory },
      {
        log: () => undefined,
        compose: (data, ed25519) => composeTangaroa(data, ed25519, equivocator),
      },
    );
    try {
      await cluster.start('node2', 'node3');
      expect(await cluster.run(['put', 'a', '1'])).toMatchObject({ code: 0 });
      await until(cluster, (report) => heldBy(report).includes('node3'));
      // Down when it was found.
      await cluster.start('node4');
      const { proven } = await until(cluster, (report) => heldBy(report).includes('node4'));
      expect(proven.map(({ culprit, index }) => [culprit, index])).toEqual([['node1', 4_000]]);

      const list = await cluster.run(['evidence', 'list', '--json']);
      expect(list).toMatchObject({ code: 0, err: '' });
      const listed = JSON.parse(list.out) as { evidence: { id: string; culprit: string }[] };
      expect(listed.evidence).toMatchObject([{ culprit: 'node1', kind: 'append-entries' }]);
      const id = listed.evidence[0]?.id ?? '';
      expect(id).toMatch(ID);
      const table = await cluster.run(['evidence', 'list']);
      expect(table.out).toContain(`${id.slice(0, 16)}  node1`);
      const status = await cluster.run(['status']);
      expect(status.err).toContain('evidence that node1 signed contradictions');

      const shown = await cluster.run(['evidence', 'show', id.slice(0, 6), '--explain']);
      expect(shown).toMatchObject({ code: 0, err: '' });
      expect(shown.out).toContain('node1 signed two AppendEntries of epoch 0, term ');
      expect(shown.out).toMatch(
        /^at the index +a{16}… +≠ b{16}…$|^at the index +b{16}… +≠ a{16}…$/mu,
      );

      const exported = await cluster.run(['evidence', 'export', '--output', 'proof.jsonl']);
      expect(exported).toMatchObject({ code: 0, out: '' });
      expect(exported.err).toBe('exported 1 piece of evidence to proof.jsonl\n');
      await rogue.stop();

      // Restarted, and the culprit gone: the log keeps it.
      await cluster.end('SIGKILL');
      await cluster.start('node2', 'node3', 'node4');
      const again = await until(cluster, (report) => heldBy(report).length === 3);
      expect(again.proven.map((evidence) => evidence.id)).toEqual([id]);
      expect(again.unproven).toEqual([]);

      await checkOffline(cluster, id);
      await checkWatch(cluster, id);
    } finally {
      await rogue.stop();
    }
  },
);

/** With the genesis document and the file, and nothing that runs. */
async function checkOffline(cluster: RealCluster, id: string): Promise<void> {
  const away = path.join(cluster.cwd, 'away');
  mkdirSync(away);
  copyFileSync(path.join(cluster.directory, 'genesis.json'), path.join(away, 'genesis.json'));
  const text = readFileSync(path.join(cluster.cwd, 'proof.jsonl'), 'utf8');
  const verify = (file: string, ...flags: readonly string[]) =>
    cli(['evidence', 'verify', file, '--cluster', 'genesis.json', ...flags], { cwd: away });
  writeFileSync(path.join(away, 'proof.jsonl'), text);
  const held = await verify('proof.jsonl', '--json');
  expect(held.code).toBe(0);
  expect(JSON.parse(held.out)).toMatchObject({ line: 1, ok: true, id, culprit: 'node1' });
  // Another signature, which the file's own fields do not tell.
  const line = JSON.parse(text) as { bytes: string };
  const bytes = Buffer.from(line.bytes, 'base64');
  const last = bytes.length - 5;
  bytes[last] = (bytes[last] ?? 0) ^ 1;
  const forged = JSON.stringify({ ...line, bytes: bytes.toString('base64') });
  writeFileSync(path.join(away, 'forged.jsonl'), `${forged}\n`);
  const refused = await verify('forged.jsonl');
  expect(refused).toMatchObject({ code: 13 });
  expect(refused.out).toBe('line 1  DOES NOT HOLD: bad append-entries signature of node1\n');
}

async function checkWatch(cluster: RealCluster, id: string): Promise<void> {
  const child = spawn(process.execPath, [MAIN, 'evidence', 'watch', '--json'], {
    cwd: cluster.cwd,
    env: { ...process.env, TANGAROA_CLUSTER: cluster.directory },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  child.kill('SIGINT');
  const [code] = (await once(child, 'exit')) as [number | null];
  expect(code).toBe(0);
  expect(JSON.parse(chunk.toString())).toMatchObject({ id, culprit: 'node1' });
}

test('a Raft cluster has no evidence, and says why', { timeout: LIMIT_MS }, async () => {
  await using cluster = await RealCluster.make(3, ['--protocol', 'raft']);
  await cluster.start();
  const list = await cluster.run(['evidence', 'list']);
  expect(list).toMatchObject({ code: 0, err: '' });
  expect(list.out).toContain('The protocol is plain Raft: its nodes sign nothing');
  const shown = await cluster.run(['evidence', 'show', '--json']);
  expect(shown).toMatchObject({ code: 4, out: '' });
  expect(JSON.parse(shown.err)).toMatchObject({ error: { code: 'no-evidence' } });
});
