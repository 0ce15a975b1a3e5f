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

const LIMIT_MS = 120_000;
const ID = /^[0-9a-f]{64}$/u;

type Heard = Extract<Effect, { type: 'send' }>;

/**
 * An honest node, but that it names two entries at one index: as leader in two heartbeats, else in two Responses. Again
 * every so often, until it hears of the evidence against itself: a term may end between the two.
 */
function equivocator(honest: Protocol<PeerMessage>): Protocol<PeerMessage> {
  const { core, signer } = honest;
  let saidMs = 0;
  const say = (message: PeerMessage): Heard => ({ type: 'send', to: 'all', message, after: null });
  const contradict = (digit: string, sequence: number): Heard => {
    const { epoch, term, role, committed } = core.status();
    const head = { index: 4_000 as LogIndex, hash: digit.repeat(64) as Hash };
    if (role !== 'leader') {
      const kind = 'append-entries-response';
      const statement = { kind, epoch, term, accepted: head, prepared: committed } as const;
      return say({ kind, signed: signer.sign(statement) });
    }
    const kind = 'append-entries';
    const counted = { previous: head, head, sequence: sequence as Sequence };
    const signed = signer.sign({ kind, epoch, term, ...counted });
    return say({ kind, signed, entries: [], commit: null });
  };
  return {
    ...honest,
    core: {
      wants: (message, from) => core.wants(message, from),
      certified: () => core.certified(),
      status: () => core.status(),
      step: (input) => {
        const effects = core.step(input);
        const { evidence, committed } = core.status();
        const nowMs = input.now.monotonicMs;
        // What is committed was linked to a quorum.
        if (evidence.length > 0 || committed.index < 3 || nowMs - saidMs < 1_000) return effects;
        saidMs = nowMs;
        return [...effects, contradict('a', 1_000_000), contradict('b', 1_000_001)];
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
      for (const { culprit, index } of proven) expect([culprit, index]).toEqual(['node1', 4_000]);

      const list = await cluster.run(['evidence', 'list', '--json']);
      expect(list).toMatchObject({ code: 0, err: '' });
      const listed = JSON.parse(list.out) as { evidence: { id: string }[] };
      const ids = listed.evidence.map((evidence) => evidence.id);
      expect(ids).toEqual(proven.map((evidence) => evidence.id));
      const id = ids[0] ?? '';
      expect(id).toMatch(ID);
      const table = await cluster.run(['evidence', 'list']);
      expect(table.out).toContain(`${id.slice(0, 16)}  node1`);
      const status = await cluster.run(['status']);
      expect(status.err).toContain('evidence that node1 signed contradictions');

      const shown = await cluster.run(['evidence', 'show', id.slice(0, 6), '--explain']);
      expect(shown).toMatchObject({ code: 0, err: '' });
      expect(shown.out).toMatch(/^node1 signed two AppendEntries\w* of epoch 0, term /u);
      expect(shown.out).toMatch(
        /^at the index +a{16}… +≠ b{16}…$|^at the index +b{16}… +≠ a{16}…$/mu,
      );

      const exported = await cluster.run(['evidence', 'export', id, '--output', 'proof.jsonl']);
      expect(exported).toMatchObject({ code: 0, out: '' });
      expect(exported.err).toBe('exported 1 piece of evidence to proof.jsonl\n');
      await rogue.stop();

      // Restarted, and the culprit gone: the log keeps it.
      await cluster.end('SIGKILL');
      await cluster.start('node2', 'node3', 'node4');
      const again = await until(cluster, (report) => heldBy(report).length === 3);
      expect(again.proven.map((evidence) => evidence.id)).toEqual(ids);
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
  expect(refused.out).toMatch(
    /^line 1 {2}DOES NOT HOLD: bad append-entries(?:-response)? signature of node1\n$/u,
  );
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
  const [first = ''] = chunk.toString().split('\n');
  expect(JSON.parse(first)).toMatchObject({ id, culprit: 'node1' });
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
