import { describe, expect, test } from 'vitest';
import { TangaroaError } from '../../src/client/errors.ts';
import type { NodeReport } from '../../src/client/status.ts';
import { viewCluster } from '../../src/cli/cluster/status-view.ts';
import type { ClusterView } from '../../src/cli/cluster/status-view.ts';
import { statusJson } from '../../src/cli/commands/status.ts';
import { plain } from '../../src/cli/output/style.ts';
import { statusSentences, statusTable } from '../../src/cli/output/status-table.ts';
import type { NodeId } from '../../src/consensus/model/ids.ts';
import type { GenesisDocument } from '../../src/wire/genesis.ts';
import type { ProtocolName } from '../../src/wire/protocol.ts';

const IDS = ['n1', 'n2', 'n3', 'n4'] as NodeId[];
const DOCUMENT = {
  protocol: 'tangaroa',
  voters: IDS.map((id, at) => ({ id, publicKey: '', address: `h:${at}` })),
} as unknown as GenesisDocument;

interface Said {
  readonly applied?: number;
  readonly digest?: string;
  readonly term?: number;
  readonly leader?: string | null;
  readonly suspicions?: readonly unknown[];
  readonly evidence?: readonly unknown[];
}

function report(node: NodeId, said: Said = {}): NodeReport {
  const applied = said.applied ?? 10;
  const position = { index: applied, hash: '' };
  return {
    node,
    ok: true,
    status: {
      node,
      appliedIndex: BigInt(applied),
      report: {
        core: {
          role: node === 'n1' ? 'leader' : 'follower',
          epoch: 0,
          term: said.term ?? 3,
          leader: said.leader === undefined ? 'n1' : said.leader,
          accepted: position,
          prepared: position,
          committed: position,
          evidence: said.evidence ?? [],
          suspicions: said.suspicions ?? [],
        },
        applied: position,
        stateDigest: said.digest ?? 'abcdef0123456789',
        links: IDS.filter((id) => id !== node).map((peer) => ({
          peer,
          connected: peer !== 'n4',
          lastHeardAgoMs: peer === 'n4' ? 12_000 : 40,
        })),
      },
    },
  };
}

function silent(node: NodeId): NodeReport {
  const detail = { outcome: 'not-applied', retryable: true } as const;
  return { node, ok: false, error: new TangaroaError('unreachable', 'connection refused', detail) };
}

const view = (reports: readonly NodeReport[]) => viewCluster(DOCUMENT, [IDS], reports);

describe('status', () => {
  test('says who lags, by how much, and who cannot be reached', () => {
    const cluster = view([
      report(IDS[0] as NodeId, { applied: 1234 }),
      report(IDS[1] as NodeId, { applied: 1234 }),
      report(IDS[2] as NodeId, { applied: 1233 }),
      silent(IDS[3] as NodeId),
    ]);
    expect(statusSentences(cluster)).toEqual([
      'quorum: 3 of 4 nodes answer; n1 leads',
      'n3 lags 1 log entry behind: applied 1,233 of 1,234',
      'n4 cannot be reached: connection refused',
    ]);
    expect(statusTable(cluster, plain).split('\n')).toEqual([
      'node  address  role         epoch  term  accepted  prepared  committed  applied  links  last heard  state digest',
      'n1    h:0      leader           0     3     1,234     1,234      1,234    1,234    2/3   40 ms ago  abcdef012345',
      'n2    h:1      follower         0     3     1,234     1,234      1,234    1,234    2/3   40 ms ago  abcdef012345',
      'n3    h:2      follower         0     3     1,233     1,233      1,233    1,233    2/3   40 ms ago  abcdef012345',
      'n4    h:3      unreachable      -     -         -         -          -        -      -    12 s ago  -',
      '',
    ]);
  });

  test('three of four are a quorum, two are not', () => {
    const [a, b, c, d] = IDS as [NodeId, NodeId, NodeId, NodeId];
    expect(view([report(a), report(b), report(c), silent(d)]).hasQuorum).toBe(true);
    const two = view([report(a), report(b), silent(c), silent(d)]);
    expect(two.hasQuorum).toBe(false);
    expect(statusSentences(two)[0]).toBe('no quorum: 2 of 4 nodes answer; nothing can be written');
  });

  test('in a Raft cluster a majority is a quorum, and what it does not bear is said', () => {
    const five = ['n1', 'n2', 'n3', 'n4', 'n5'] as NodeId[];
    const voters = five.map((id, at) => ({ id, publicKey: '', address: `h:${at}` }));
    const answering = (count: number, protocol: ProtocolName): ClusterView =>
      viewCluster(
        { ...DOCUMENT, protocol, voters },
        [five],
        five.map((id, at) => (at < count ? report(id) : silent(id))),
      );
    expect(answering(3, 'tangaroa').hasQuorum).toBe(false);
    expect(answering(2, 'raft').hasQuorum).toBe(false);
    const three = answering(3, 'raft');
    expect(three.hasQuorum).toBe(true);
    expect(statusJson(three)).toMatchObject({ protocol: 'raft', quorum: true, leader: 'n1' });
    expect(statusSentences(three).slice(0, 2)).toEqual([
      'quorum: 3 of 5 nodes answer; n1 leads',
      'the protocol is plain Raft: crash faults only, one lying node breaks it',
    ]);
  });

  test('a leader of an earlier term leads no more', () => {
    const [a, b, c] = IDS as [NodeId, NodeId, NodeId];
    expect(view([report(a), report(b), report(c, { term: 4, leader: null })]).leader).toBe(null);
    expect(view([report(a), report(b), report(c, { term: 4, leader: 'n2' })]).leader).toBe('n2');
  });

  test('different digests count only at one index', () => {
    const [a, b, c] = IDS as [NodeId, NodeId, NodeId];
    const apart = view([report(a), report(b, { applied: 9, digest: 'ff' }), report(c)]);
    expect(apart.diverged).toEqual([]);
    const diverged = view([report(a), report(b, { digest: 'ff' }), report(c)]);
    expect([...diverged.diverged].sort()).toEqual(['n1', 'n2', 'n3']);
    expect(statusSentences(diverged).join()).toContain('the state differs at the same index');
  });

  test('suspicions are told once a voter, evidence once a culprit, counted by who holds it', () => {
    const [a, b, c] = IDS as [NodeId, NodeId, NodeId];
    const suspicions = [{ voter: 'n3', wanted: 4, reason: 'silent' }];
    const [one, two] = ['1', '2'].map((id) => ({ id, culprit: 'n4', epoch: 0, index: 7 }));
    const other = { id: '3', culprit: 'n3', epoch: 0, index: 8 };
    const cluster = view([
      report(a, { suspicions, evidence: [one, two] }),
      report(b, { suspicions, evidence: [two, other] }),
      report(c),
    ]);
    const sentences = statusSentences(cluster);
    expect(sentences.filter((text) => text === 'n3 wants term 4: silent')).toHaveLength(1);
    expect(sentences.filter((text) => text.includes('evidence'))).toEqual([
      'n2 (1) holds evidence that n3 signed contradictions: tangaroa evidence list',
      'n1 (2), n2 (1) hold evidence that n4 signed contradictions: tangaroa evidence list',
    ]);
    const { nodes } = statusJson(cluster) as { nodes: readonly Record<string, unknown>[] };
    expect(nodes.map(({ evidence, culprits }) => [evidence, culprits])).toEqual([
      [2, ['n4']],
      [2, ['n4', 'n3']],
      [0, []],
      [undefined, undefined],
    ]);
  });
});
