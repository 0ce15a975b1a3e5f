/** Proof in one table, suspicion in another, and what `watch` says once. */
import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { viewEvidence } from '../../src/cli/cluster/evidence-view.ts';
import type { EvidenceView } from '../../src/cli/cluster/evidence-view.ts';
import { viewCluster } from '../../src/cli/cluster/status-view.ts';
import { EvidenceNews } from '../../src/cli/commands/evidence-watch.ts';
import { listJson } from '../../src/cli/output/evidence-json.ts';
import { evidenceTables } from '../../src/cli/output/evidence-table.ts';
import { plain } from '../../src/cli/output/style.ts';
import { TangaroaError } from '../../src/client/errors.ts';
import type { EvidenceReport, HeldEvidence } from '../../src/client/evidence.ts';
import type { NodeReport } from '../../src/client/status.ts';
import type { NodeId } from '../../src/consensus/model/ids.ts';
import type { GenesisDocument } from '../../src/wire/genesis.ts';

const IDS = ['n1', 'n2', 'n3', 'n4'] as NodeId[];
const DOCUMENT = {
  protocol: 'tangaroa',
  voters: IDS.map((id, at) => ({ id, publicKey: '', address: `h:${at}` })),
} as unknown as GenesisDocument;

interface Said {
  readonly suspicions?: readonly unknown[];
  readonly applied?: number;
  readonly digest?: string;
  /** Peers that it does not hear. */
  readonly deafTo?: readonly string[];
}

function report(
  node: string,
  { suspicions = [], applied = 10, digest = 'd', deafTo = [] }: Said = {},
): NodeReport {
  const position = { index: applied, hash: '' };
  const links = IDS.filter((id) => id !== node).map((peer) => ({
    peer,
    connected: !deafTo.includes(peer),
    lastHeardAgoMs: deafTo.includes(peer) ? 12_000 : 40,
  }));
  const core = {
    role: 'follower',
    epoch: 0,
    term: 3,
    leader: 'n1',
    committed: position,
    suspicions,
  };
  const said = { core, applied: position, stateDigest: digest, links };
  return {
    node: node as NodeId,
    ok: true,
    status: { node: node as NodeId, appliedIndex: 0n, report: said },
  };
}

function silent(node: string): NodeReport {
  const detail = { outcome: 'not-applied', retryable: true } as const;
  const error = new TangaroaError('unreachable', 'connection refused', detail);
  return { node: node as NodeId, ok: false, error };
}

function held(id: string, culprit = 'n4', heldBy = ['n1', 'n2']): HeldEvidence {
  const subject = { culprit, epoch: 0, term: 7, kind: 'append-entries', index: 1_412 };
  const hashes = ['a', 'b'].map((digit) => digit.repeat(64));
  return { ...subject, id: id.padEnd(64, '0'), hashes, heldBy } as unknown as HeldEvidence;
}

function view(nodes: readonly NodeReport[], more: Partial<EvidenceReport> = {}): EvidenceView {
  const cluster = viewCluster(DOCUMENT, [IDS], nodes);
  return viewEvidence({ signs: true, proven: [], unproven: [], nodes, ...more }, cluster);
}

const calm = IDS.map((id) => report(id));

describe('list', () => {
  test('shows proof in one table, and apart from it what is said', () => {
    const suspicions = [{ voter: 'n3', wanted: 4, reason: 'silent' }];
    const nodes = [
      report('n1', { suspicions, deafTo: ['n4'] }),
      report('n2', { suspicions: [...suspicions, { voter: 'n2', wanted: 5, reason: 'stalled' }] }),
      report('n3', { deafTo: ['n4'], applied: 9 }),
      silent('n4'),
    ];
    const text = evidenceTables(view(nodes, { proven: [held('8f3a90c2b41d5e66')] }), plain);
    expect(text.split('\n')).toEqual([
      'PROOF: two signed statements each that no honest node makes; verified here',
      'id                culprit  epoch  term  index  signed twice   held by',
      '8f3a90c2b41d5e66  n4           0     7  1,412  AppendEntries  n1, n2',
      '',
      'SUSPICION: by one word alone, never proof; a slow network looks the same',
      'about  what is said                                      by',
      'n2     wants term 5: a request was not executed in time  n2',
      'n3     wants term 4: the leader was silent               n1, n2',
      'n4     is not heard: 12 s ago for the last time          n1, n3',
      'n3     lags 1 log entry behind                           n3',
      'n4     cannot be reached: connection refused             this command',
      '',
    ]);
  });

  test('says that there is nothing, and that there never is where nobody signs', () => {
    expect(evidenceTables(view(calm), plain)).toBe(
      'PROOF: none\nNo node that answers holds evidence.\n\nSUSPICION: none\nNobody is called slow or silent.\n',
    );
    expect(evidenceTables(view(calm, { signs: false }), plain)).toMatch(
      /^PROOF: none, ever\nThe protocol is plain Raft: its nodes sign nothing/u,
    );
  });

  test('tells apart what a node could not prove, and different states (V2)', () => {
    const unproven = [
      {
        node: 'n2' as NodeId,
        id: held('ab').id,
        reason: 'it names this evidence and does not serve it',
      },
      { node: 'n3' as NodeId, id: null, reason: 'it names evidence without an id' },
    ];
    const nodes = [report('n1', { digest: 'x' }), ...calm.slice(1)];
    const text = evidenceTables(view(nodes, { unproven }), plain);
    const proof = text.slice(0, text.indexOf('NOT PROVEN'));
    expect(proof).toBe('PROOF: none\nNo node that answers holds evidence.\n\n');
    expect(text).toContain(
      'n2        ab00000000000000  it names this evidence and does not serve it',
    );
    expect(text).toContain('n3        -                 it names evidence without an id');
    expect(text).toMatch(/DIVERGENCE: [^\n]*never proof\nn1, n2, n3, n4: keep their data/u);
  });

  test('is one object as JSON, with 64-bit numbers as strings', () => {
    const nodes = [
      report('n1', { suspicions: [{ voter: 'n3', wanted: 4, reason: 'silent' }] }),
      ...calm.slice(1, 3),
      silent('n4'),
    ];
    expect(listJson(view(nodes, { proven: [held('8f')] }))).toMatchObject({
      signs: true,
      evidence: [
        {
          id: '8f'.padEnd(64, '0'),
          culprit: 'n4',
          epoch: '0',
          term: '7',
          index: '1412',
          heldBy: ['n1', 'n2'],
        },
      ],
      unproven: [],
      suspicions: [
        { type: 'wants-term', about: 'n3', wanted: '4', reason: 'silent', by: ['n1'] },
        { type: 'unreachable', about: 'n4', reason: 'connection refused', by: [] },
      ],
      diverged: [],
      nodes: 4,
      answering: 3,
    });
  });
});

describe('watch', () => {
  test('says each piece once, as it appears', () => {
    const news = new EvidenceNews();
    const [a, b] = [held('aa'), held('bb', 'n3')];
    expect(news.tell(view(calm), false)).toEqual({ out: '', err: '' });
    expect(news.tell(view(calm, { proven: [a] }), false).out).toBe(
      'aa00000000000000  n4 signed two AppendEntries of epoch 0, term 7 with different entries at index 1,412 (held by n1, n2)\n',
    );
    const both = news.tell(view(calm, { proven: [a, b] }), true);
    expect(JSON.parse(both.out)).toMatchObject({ id: b.id, culprit: 'n3' });
    expect(news.tell(view(calm, { proven: [a, b] }), true)).toEqual({ out: '', err: '' });
  });

  test('says when nodes fall silent and come back, and what one could not prove, once', () => {
    const news = new EvidenceNews();
    const less = [...calm.slice(0, 3), silent('n4')];
    const unproven = [{ node: 'n2' as NodeId, id: null, reason: 'why' }];
    const told = [view(less), view(less, { unproven }), view(less, { unproven }), view(calm)].map(
      (each) => news.tell(each, false).err,
    );
    expect(told).toEqual([
      '3 of 4 nodes answer, not n4 (connection refused)\n',
      'n2 names evidence that is not proven: why\n',
      '',
      '4 of 4 nodes answer\n',
    ]);
  });

  test('of a culprit without end no more is said than honest nodes keep', () => {
    const news = new EvidenceNews();
    let lines = 0;
    for (let round = 0; round < 100; round++) {
      const proven = [0, 1, 2].map((i) => held(`${round}e${i}`));
      lines += news.tell(view(calm, { proven }), false).out.split('\n').length - 1;
    }
    expect(lines).toBe(4 * limits.evidencePerCulpritMax);
    expect(news.tell(view(calm, { proven: [held('cc', 'n3')] }), false).out).toContain('n3 signed');
  });
});
