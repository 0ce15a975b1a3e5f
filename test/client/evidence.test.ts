/** V1: what a client shows as evidence holds, whoever served it; what does not hold is told apart. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { EvidenceChecker, verifyEvidence } from '../../src/client/evidence-proof.ts';
import type { EvidenceReport } from '../../src/client/evidence.ts';
import { evidenceId, subjectOf } from '../../src/consensus/model/evidence.ts';
import type { ClusterId, NodeId } from '../../src/consensus/model/ids.ts';
import type { EvidenceBody } from '../../src/consensus/model/message.ts';
import { portableDigest } from '../../src/crypto/digest.ts';
import { decodeNodeToClientMessage } from '../../src/wire/client.ts';
import {
  decodeEvidence,
  decodeEvidenceAnswer,
  encodeEvidence,
  encodeEvidenceAnswer,
} from '../../src/wire/evidence.ts';
import { formatEvidenceLine } from '../../src/wire/evidence-file.ts';
import { fakeEd25519, testSecretKey } from '../fixtures-crypto.ts';
import { contradict, signerOf } from '../true-evidence.ts';
import type { EvidencePlan } from '../true-evidence.ts';
import { FakeCluster } from './fake-cluster.ts';

const DEPS = { digest: portableDigest, ed25519: fakeEd25519 };
const { genesis } = new FakeCluster();
const { clusterId } = genesis;

/** Signed with the key of `n3`, whatever its name. */
function make(
  plan: EvidencePlan = {},
  culprit = 'n3' as NodeId,
  of: ClusterId = clusterId,
): EvidenceBody {
  const secretKey = testSecretKey(Number(culprit.slice(1)) - 1);
  return contradict(
    culprit,
    signerOf({ self: culprit, secretKey, clusterId: of }, fakeEd25519),
    plan,
  );
}

const idOf = (body: EvidenceBody): string => evidenceId(clusterId, subjectOf(body), portableDigest);
const lineOf = (body: EvidenceBody, of = clusterId): string =>
  formatEvidenceLine(of, body, portableDigest);

const plans: fc.Arbitrary<EvidencePlan> = fc.record({
  term: fc.integer({ min: 1, max: 2 ** 40 }),
  kind: fc.constantFrom('append-entries', 'append-entries-response'),
  index: fc.integer({ min: 2, max: 2 ** 40 }),
  above: fc.nat(6),
  seed: fc.string({ maxLength: 4 }),
});

describe('a line of a file', () => {
  test('proves to whoever has the genesis what it says', () => {
    const body = make();
    const verdict = verifyEvidence(lineOf(body), genesis, DEPS);
    expect(verdict).toMatchObject({
      ok: true,
      evidence: {
        id: idOf(body),
        culprit: 'n3',
        epoch: 0,
        term: 7,
        kind: 'append-entries',
        index: 412,
        body,
        line: lineOf(body),
      },
    });
    if (verdict.ok) expect(new Set(verdict.evidence.hashes).size).toBe(2);
  });

  test('round-trips for all evidence that holds', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const body = make(plan);
        expect(verifyEvidence(lineOf(body), genesis, DEPS)).toMatchObject({
          ok: true,
          evidence: { body, id: idOf(body), line: lineOf(body) },
        });
      }),
    );
  });

  test('is refused with any one character changed', () => {
    const checker = new EvidenceChecker(genesis, DEPS);
    const changes = fc.record({ plan: plans, at: fc.nat(), to: fc.integer({ min: 0, max: 127 }) });
    fc.assert(
      fc.property(changes, ({ plan, at, to }) => {
        const line = lineOf(make(plan));
        const place = at % line.length;
        const character = String.fromCharCode(to);
        if (line[place] === character) return;
        const changed = line.slice(0, place) + character + line.slice(place + 1);
        expect(checker.line(changed).ok).toBe(false);
      }),
      { numRuns: 3_000 },
    );
  });

  test('is refused with any one byte of the content changed, and the fields made to match', () => {
    const checker = new EvidenceChecker(genesis, DEPS);
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const body = make();
        const bytes = encodeEvidence(body);
        const place = at % bytes.length;
        bytes[place] = (bytes[place] as number) ^ by;
        const decoded = decodeEvidence(bytes);
        if (decoded.ok) expect(checker.line(lineOf(decoded.value))).toMatchObject({ ok: false });
      }),
      { numRuns: 1_000 },
    );
  });

  test('of another cluster is told from one that does not hold', () => {
    const other = 'ab'.repeat(32) as ClusterId;
    expect(
      verifyEvidence(lineOf(make({}, 'n3' as NodeId, other), other), genesis, DEPS),
    ).toMatchObject({
      ok: false,
      fault: 'other-cluster',
    });
    // Passed off as this cluster's: nobody signed that.
    const relabelled = lineOf(make({}, 'n3' as NodeId, other));
    expect(verifyEvidence(relabelled, genesis, DEPS)).toEqual({
      ok: false,
      fault: 'not-proven',
      reason: 'bad append-entries signature of n3',
    });
    expect(verifyEvidence('{}', genesis, DEPS)).toMatchObject({ ok: false, fault: 'unreadable' });
  });

  test('in the name of a stranger, or against plain Raft’s nodes, proves nothing', () => {
    expect(verifyEvidence(lineOf(make({}, 'n9' as NodeId)), genesis, DEPS)).toMatchObject({
      fault: 'not-proven',
      reason: 'n9 is no voter of epoch 0',
    });
    const raft = new FakeCluster(4, 'raft').genesis;
    const body = make({}, 'n3' as NodeId, raft.clusterId);
    expect(verifyEvidence(lineOf(body, raft.clusterId), raft, DEPS)).toMatchObject({
      fault: 'not-proven',
      reason: 'nodes of a Raft cluster sign nothing',
    });
  });
});

async function gather(cluster: FakeCluster): Promise<EvidenceReport> {
  return cluster.clock.until(cluster.client().evidence());
}

/** Proven ids with who holds them. */
function held({ proven }: EvidenceReport): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(proven.map(({ id, heldBy }) => [id, heldBy]));
}

describe('evidence of a running cluster', () => {
  test('is merged by id, with the nodes that hold it', async () => {
    const cluster = new FakeCluster();
    const [a, b, c] = [make({ term: 9 }), make({ term: 8 }), make({}, 'n2' as NodeId)];
    const same = { ...a, first: a.second, second: a.first };
    cluster.node(1).evidence = [a, c];
    cluster.node(2).evidence = [same, b];
    cluster.node(4).evidence = [a];
    const report = await gather(cluster);
    expect(held(report)).toEqual({
      [idOf(c)]: ['n1'],
      [idOf(b)]: ['n2'],
      [idOf(a)]: ['n1', 'n2', 'n4'],
    });
    expect(report.proven.map(({ culprit, term }) => [culprit, term])).toEqual([
      ['n2', 7],
      ['n3', 8],
      ['n3', 9],
    ]);
    expect(report).toMatchObject({ signs: true, unproven: [] });
    expect(report.nodes.map(({ ok }) => ok)).toEqual([true, true, true, true]);
  });

  test('a node that is down is told of, and hides nothing', async () => {
    const cluster = new FakeCluster();
    cluster.node(1).stop();
    cluster.node(2).evidence = [make()];
    const report = await gather(cluster);
    expect(held(report)).toEqual({ [idOf(make())]: ['n2'] });
    expect(report.nodes.map(({ ok }) => ok)).toEqual([false, true, true, true]);
  });

  test('what a lying node serves is shown as that node’s, and true evidence all the same', async () => {
    const cluster = new FakeCluster();
    const body = make();
    const forged = { ...body, culprit: 'n4' as NodeId };
    const lies: Readonly<Record<string, () => Uint8Array>> = {
      'what it serves does not hold: evidence that somebody else signed': () =>
        encodeEvidenceAnswer(forged),
      'what it serves is other evidence than it names': () =>
        encodeEvidenceAnswer(make({ index: 5 })),
      'it names this evidence and does not serve it': () => encodeEvidenceAnswer(null),
      'what it serves is no evidence: 7 is neither absent (0) nor present (1)': () =>
        Uint8Array.of(7),
    };
    cluster.node(2).evidence = [body];
    for (const [reason, serve] of Object.entries(lies)) {
      cluster.node(1).evidenceLie = [idOf(body), idOf(forged)];
      cluster.node(1).serveEvidence = serve;
      const report = await gather(cluster);
      expect(held(report)).toEqual({ [idOf(body)]: ['n2'] });
      expect(report.unproven).toContainEqual({ node: 'n1', id: idOf(body), reason });
      expect(report.unproven.map(({ node }) => node)).toEqual(['n1', 'n1']);
    }
  });

  test('a node that names nonsense, or without end, is heard as far as an honest one goes', async () => {
    const cluster = new FakeCluster();
    cluster.node(1).evidenceLie = [7, 'ID', null];
    cluster.node(2).evidenceLie = Array.from({ length: 5_000 }, (_, i) =>
      String(i).padStart(64, '0'),
    );
    const report = await gather(cluster);
    expect(report.proven).toEqual([]);
    const namedMax = 4 * limits.evidencePerCulpritMax;
    expect(report.unproven.filter(({ node }) => node === 'n1')).toHaveLength(3);
    expect(report.unproven.filter(({ node }) => node === 'n2')).toHaveLength(namedMax + 1);
    const asked = cluster.node(2).reads.filter(({ query }) => query[0] === 0xfe);
    expect(asked).toHaveLength(limits.readsPerClientMax / 4);
  });

  test('a node that did not serve what it named is not waited for again', async () => {
    const cluster = new FakeCluster();
    const named = Array.from({ length: 12 }, (_, i) => String(i).padStart(64, '0'));
    const bodies = Array.from({ length: 20 }, (_, i) => make({ term: 8 + i }));
    cluster.node(1).evidenceLie = [...bodies.map(idOf), ...named];
    cluster.node(1).refusesReads = 'forbidden';
    cluster.node(2).evidence = bodies;
    const report = await gather(cluster);
    const asked = cluster.node(1).reads.filter(({ query }) => query[0] === 0xfe);
    expect(asked).toHaveLength(limits.readsPerClientMax / 4);
    // Its own word of who holds it is nobody's, and what nobody proved is told of all the same.
    const refuted = report.unproven.map(({ id }) => id);
    expect(report.proven).toHaveLength(20);
    for (const { id, heldBy } of report.proven)
      expect(heldBy).toEqual(refuted.includes(id) ? ['n2'] : ['n1', 'n2']);
    for (const id of named) expect(refuted).toContain(id);
    expect(report.unproven.at(-1)?.reason).toBe('it was not asked: it did not prove another one');
  });

  /** What `n1` serves of these pieces is lost. */
  function slow(cluster: FakeCluster, isSlow: (id: string) => boolean): void {
    cluster.plan = (frame) => {
      const decoded = decodeNodeToClientMessage(frame, { clusterId, digest: portableDigest });
      if (!decoded.ok || decoded.value.kind !== 'read-reply') return [1];
      const { signed, result } = decoded.value;
      const served = decodeEvidenceAnswer(result);
      if (signed.signer !== 'n1' || !served.ok || served.value === null) return [1];
      return isSlow(idOf(served.value)) ? [] : [1];
    };
  }

  test('a slow node is asked on while others of its answers come, and for what was late once more', async () => {
    const cluster = new FakeCluster();
    const bodies = Array.from({ length: 32 }, (_, i) => make({ term: 8 + i }));
    cluster.node(1).evidence = bodies;
    const [first = ''] = bodies.map(idOf);
    // One of the first 16 is lost until the client gave it up once, and nobody else has any.
    const lost = new Set([first]);
    const client = cluster.client();
    slow(cluster, (id) => lost.has(id));
    const gathered = client.evidence({ timeoutMs: 2_000 });
    await cluster.clock.advance(2_050);
    lost.clear();
    const report = await cluster.clock.until(gathered);
    expect(report.unproven).toEqual([]);
    expect(report.proven).toHaveLength(32);
  });

  test('what a slow node does not answer for is told of, once, and only that', async () => {
    const cluster = new FakeCluster();
    const bodies = Array.from({ length: 32 }, (_, i) => make({ term: 8 + i }));
    cluster.node(1).evidence = bodies;
    const [first = '', other = ''] = bodies.map(idOf);
    cluster.node(2).evidence = [bodies[1]!];
    slow(cluster, (id) => id === first || id === other);
    const report = await gather(cluster);
    expect(report.proven).toHaveLength(31);
    expect(report.unproven).toMatchObject([{ node: 'n1', id: first }]);
    expect(report.unproven[0]?.reason).toMatch(/^it did not serve it: n1 does not serve: /u);
    // Its silence is no word against what another one proves.
    expect(held(report)[other]).toEqual(['n1', 'n2']);
  });

  test('a node that answers for nothing, or too often late, is asked for no more', async () => {
    const cluster = new FakeCluster();
    const bodies = Array.from({ length: 32 }, (_, i) => make({ term: 8 + i }));
    cluster.node(1).evidence = bodies;
    const asked = (): number =>
      new Set(
        cluster
          .node(1)
          .reads.filter(({ query }) => query[0] === 0xfe)
          .map(({ statement }) => statement.nonce),
      ).size;
    slow(cluster, () => true);
    const silent = await gather(cluster);
    expect(silent.unproven).toHaveLength(32);
    expect(silent.unproven.at(-1)?.reason).toBe('it was not asked: it was late with another one');
    expect(asked()).toBe(16);

    // One is served meanwhile: once all that are asked for at once were late, the rest is not asked for.
    const [served = ''] = bodies.map(idOf);
    slow(cluster, (id) => id !== served);
    const report = await gather(cluster);
    expect(Object.keys(held(report))).toEqual([served]);
    expect(report.unproven).toHaveLength(31);
    expect(asked()).toBe(16 + 17);
  });

  test('a node that does not serve what it names is told of, and the next one is asked', async () => {
    const cluster = new FakeCluster();
    cluster.node(1).evidence = [make()];
    cluster.node(1).refusesReads = 'forbidden';
    cluster.node(2).evidence = [make()];
    const report = await gather(cluster);
    expect(held(report)).toEqual({ [idOf(make())]: ['n2'] });
    expect(report.unproven).toMatchObject([{ node: 'n1', id: idOf(make()) }]);
    expect(report.unproven[0]?.reason).toMatch(/^it did not serve it: .*because forbidden/u);
  });

  test('a client that gives up gets no half answer', async () => {
    const cluster = new FakeCluster();
    cluster.node(1).evidence = [make()];
    cluster.node(1).serveEvidence = () => {
      client.close().catch(() => undefined);
      return encodeEvidenceAnswer(null);
    };
    const client = cluster.client();
    await expect(cluster.clock.until(client.evidence())).rejects.toMatchObject({ code: 'closed' });
  });

  test('what was verified once is not asked for again', async () => {
    const cluster = new FakeCluster();
    for (const node of cluster.nodes) node.evidence = [make()];
    const client = cluster.client();
    const asked = (): number =>
      cluster.nodes.flatMap(({ reads }) => reads).filter(({ query }) => query[0] === 0xfe).length;
    await cluster.clock.until(client.evidence());
    expect(asked()).toBe(1);
    const again = await cluster.clock.until(client.evidence());
    expect(asked()).toBe(1);
    expect(held(again)).toEqual({ [idOf(make())]: ['n1', 'n2', 'n3', 'n4'] });
  });

  test('there is none in a cluster of plain Raft, whatever a node names', async () => {
    const cluster = new FakeCluster(3, 'raft');
    cluster.node(1).evidence = [make()];
    const report = await gather(cluster);
    expect(report).toMatchObject({ signs: false, proven: [] });
    expect(cluster.node(1).reads.some(({ query }) => query[0] === 0xfe)).toBe(false);
  });
});
