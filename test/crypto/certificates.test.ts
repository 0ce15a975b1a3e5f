/** N5, S2, E2, E4: what a quorum signed, checked with the public keys alone. Each case changes one thing. */
import { describe, expect, it } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import type { Base, Certificate, VoteBundle } from '../../src/consensus/model/certificate.ts';
import { baseOf, certifiedPosition, rankOf } from '../../src/consensus/model/certificate.ts';
import { positionOf } from '../../src/consensus/model/entry.ts';
import type { Entry } from '../../src/consensus/model/entry.ts';
import type { Epoch, Hash, LogIndex, NodeId, Term } from '../../src/consensus/model/ids.ts';
import { NONE } from '../../src/consensus/model/position.ts';
import type { Position } from '../../src/consensus/model/position.ts';
import type {
  ResponseStatement,
  Signed,
  VoteStatement,
} from '../../src/consensus/model/statement.ts';
import type { TestCluster } from '../fixtures-crypto.ts';
import {
  batchOf,
  bundleOf,
  certificateOf,
  chainOf,
  entryOn,
  makeTestCluster,
  requestOf,
  responseOf,
  suspicionOf,
  item,
} from '../fixtures-crypto.ts';

const cluster = makeTestCluster(4);
const { nodes, verifier } = cluster;
const chain = chainOf(cluster, 4);
const good = certificateOf(cluster, 'prepare', chain.slice(1), [0, 1, 3]);
const [first, second, third] = [0, 1, 2].map((i) => item(good.responses, i)) as [
  Signed<ResponseStatement>,
  Signed<ResponseStatement>,
  Signed<ResponseStatement>,
];

function reasonOf(certificate: Certificate, in_: TestCluster = cluster): string {
  const verdict = in_.makeVerifier().certificate(certificate);
  return verdict.type === 'invalid' || verdict.type === 'unknown' ? verdict.reason : verdict.type;
}

/** The same Responses with the statement of one changed, and signed again by its signer. */
function withResponse(
  certificate: Certificate,
  at: number,
  change: Partial<ResponseStatement>,
): Certificate {
  const responses = certificate.responses.map((response, i) =>
    i === at
      ? cluster.signer(response.signer).sign({ ...response.statement, ...change })
      : response,
  );
  return { ...certificate, responses };
}

function resign(response: Signed<ResponseStatement>, signer: NodeId): Signed<ResponseStatement> {
  return cluster.signer(signer).sign(response.statement);
}

describe('N5: a certificate', () => {
  it('with positions that differ from signer to signer is valid', () => {
    expect(reasonOf(good)).toBe('verified');
    expect(reasonOf(certificateOf(cluster, 'commit', chain.slice(1), [2, 0, 3]))).toBe('verified');
  });

  it('of one header that all of a quorum named, or of all voters, is valid', () => {
    expect(reasonOf(certificateOf(cluster, 'prepare', chain.slice(4)))).toBe('verified');
    expect(reasonOf(certificateOf(cluster, 'prepare', chain, [0, 0, 0, 4]))).toBe('verified');
  });

  it('counts accepted positions for prepare and prepared ones for commit', () => {
    expect(reasonOf({ ...good, phase: 'commit' })).toMatch(/not on the certificate's chain/u);
    const commit = certificateOf(cluster, 'commit', chain.slice(1), [0, 1, 3]);
    const accepted = { accepted: NONE };
    expect(reasonOf(withResponse(commit, 0, accepted))).toBe('verified');
    expect(reasonOf({ ...withResponse(commit, 0, accepted), phase: 'prepare' })).toMatch(
      /not on the certificate's chain/u,
    );
  });

  it('has a quorum of signers', () => {
    expect(reasonOf({ ...good, responses: good.responses.slice(1) })).toBe('no quorum');
    expect(reasonOf({ ...good, responses: [] })).toMatch(/highest position|no quorum/u);
  });

  it('counts signers, never messages', () => {
    const twice = [first, second, second, third];
    expect(reasonOf({ ...good, responses: twice })).toMatch(/distinct/u);
    // The same voter with two different Responses is one signer too.
    const other = responseOf(
      cluster,
      item(nodes, 1),
      1,
      positionOf(item(chain, 2)),
      positionOf(item(chain, 1)),
    );
    expect(reasonOf({ ...good, responses: [second, other, third] })).toMatch(/distinct/u);
  });

  it('is sorted by signer: one form', () => {
    expect(reasonOf({ ...good, responses: good.responses.toReversed() })).toMatch(/sorted/u);
  });

  it('is signed by voters of the configuration', () => {
    const stranger = resign(third, 'n99' as NodeId);
    expect(reasonOf({ ...good, responses: [first, second, stranger] })).toBe('n99 is no voter');
    const learner = makeTestCluster(5, {
      sets: [
        [0, 1, 2, 3],
        [0, 1, 2, 3],
      ],
    });
    const own = chainOf(learner, 1);
    const certificate = certificateOf(learner, 'prepare', own.slice(1), [0, 0, 0]);
    const byLearner = responseOf(learner, item(learner.nodes, 4), 1, positionOf(item(own, 1)));
    const responses = [...certificate.responses.slice(0, 2), byLearner];
    expect(reasonOf({ ...certificate, responses }, learner)).toBe('n04 is no voter');
  });

  it('has a quorum in every set of a joint configuration', () => {
    const joint = makeTestCluster(7, {
      sets: [
        [0, 1, 2, 3],
        [3, 4, 5, 6],
      ],
    });
    const own = chainOf(joint, 1).slice(1);
    const by = (...voters: readonly number[]): Certificate => ({
      ...certificateOf(joint, 'prepare', own),
      responses: voters.map((i) =>
        responseOf(joint, item(joint.nodes, i), 1, positionOf(item(own, 0))),
      ),
    });
    expect(reasonOf(by(0, 1, 2, 4, 5, 6), joint)).toBe('verified');
    expect(reasonOf(by(0, 1, 3, 4, 5), joint)).toBe('verified');
    expect(reasonOf(by(0, 1, 2, 3, 4), joint)).toBe('no quorum');
    expect(reasonOf(by(0, 3, 4, 5, 6), joint)).toBe('no quorum');
  });

  it.each([0, 1, 2])('has a valid signature under Response %i', (at) => {
    const forged = good.responses.map((response, i) =>
      i === at ? { ...response, signature: response.signature.toReversed() } : response,
    );
    expect(reasonOf({ ...good, responses: forged })).toMatch(/bad append-entries-response/u);
    const foreign = good.responses.map((response, i) =>
      i === at
        ? {
            ...response,
            signature: cluster.signer(item(nodes, 3)).sign(response.statement).signature,
          }
        : response,
    );
    expect(reasonOf({ ...good, responses: foreign })).toMatch(/bad append-entries-response/u);
  });

  it('counts Responses of its own term and epoch only', () => {
    expect(reasonOf(withResponse(good, 1, { term: 2 as Term }))).toMatch(/epoch or term/u);
    expect(reasonOf(withResponse(good, 1, { epoch: 1 as Epoch }))).toMatch(/epoch or term/u);
  });

  it('is of the epoch and term of its first header: no entry of an earlier term is certified by counting', () => {
    // Term 2 stands on chain[2]; its Responses name its own entries and reach down to term 1 by hash.
    const opened = entryOn(
      item(chain, 2),
      { kind: 'term', bundle: bundleOf(cluster, 2) },
      { term: 2 },
    );
    const long = [item(chain, 2), opened];
    const headers = long.map(({ header }) => header);
    const responses = cluster.quorum.map((id) => responseOf(cluster, id, 2, positionOf(opened)));
    const above = {
      phase: 'prepare',
      headers: [item(headers, 1)],
      hash: opened.hash,
      responses,
    } as const;
    expect(reasonOf(above)).toBe('verified');
    const below = { phase: 'prepare', headers, hash: item(chain, 2).hash, responses } as const;
    expect(reasonOf(below)).toMatch(/epoch or term/u);
  });

  it.each([
    ['another chain', { index: 3 as LogIndex, hash: 'ab'.repeat(32) as Hash }],
    ['an index below the certified one', positionOf(item(chain, 0))],
    ['nothing', NONE],
    ['an index above the headers', { index: 7 as LogIndex, hash: item(chain, 4).hash }],
  ] as const)('counts no position on %s', (_, accepted: Position) => {
    expect(reasonOf(withResponse(good, 0, { accepted }))).toMatch(
      /not on the certificate's chain/u,
    );
  });

  it('has headers that follow each other by index and parent', () => {
    const headers = [...good.headers];
    headers[2] = { ...item(headers, 2), parent: 'ab'.repeat(32) as Hash };
    expect(reasonOf({ ...good, headers })).toMatch(/no chain/u);
    expect(reasonOf({ ...good, headers: good.headers.toSpliced(1, 1) })).toMatch(/no chain/u);
    const skipped = entryOn(item(chain, 1), batchOf(requestOf(cluster)), { index: 5 });
    const ends = [item(chain, 1), skipped];
    expect(reasonOf(certificateOf(cluster, 'prepare', ends, [1, 1, 1]))).toMatch(/no chain/u);
  });

  it('has no header beyond the highest position counted', () => {
    const headers = good.headers.slice(0, 2);
    const responses = good.responses.map((response) =>
      cluster
        .signer(response.signer)
        .sign({ ...response.statement, accepted: positionOf(item(chain, 1)) }),
    );
    expect(reasonOf({ ...good, headers, responses })).toMatch(/beyond the highest/u);
    expect(reasonOf({ ...good, headers: headers.slice(0, 1), responses })).toBe('verified');
  });

  it(`has 1 to ${limits.certificateHeadersMax} headers`, () => {
    const long = chainOf(cluster, limits.certificateHeadersMax);
    const most = certificateOf(cluster, 'prepare', long.slice(1));
    expect(most.headers.length).toBe(limits.certificateHeadersMax);
    expect(reasonOf(most)).toBe('verified');
    expect(reasonOf(certificateOf(cluster, 'prepare', long))).toMatch(/65 headers/u);
    expect(reasonOf({ ...good, headers: [] })).toMatch(/without headers/u);
  });

  it('has the hash of its first header', () => {
    expect(reasonOf({ ...good, hash: item(chain, 2).hash })).toMatch(/hash/u);
  });

  it('of another epoch is not judged', () => {
    const later = makeTestCluster(4, { epoch: 1, genesis: { index: 9, term: 5 } });
    const other = certificateOf(later, 'prepare', chainOf(later, 1));
    expect(verifier.certificate(other)).toEqual({ type: 'other-epoch', epoch: 1 });
    expect(reasonOf(other, later)).toBe('verified');
  });
});

describe('S2: a suspicion certificate', () => {
  const reason = (wanted: number, asked: number, voters?: readonly NodeId[]): string => {
    const verdict = cluster
      .makeVerifier()
      .suspicion(suspicionOf(cluster, wanted, voters), asked as Term);
    return 'reason' in verdict ? verdict.reason : verdict.type;
  };

  it('is a quorum that wants the term or a later one', () => {
    expect(reason(5, 5)).toBe('verified');
    expect(reason(7, 5)).toBe('verified');
    expect(reason(4, 5)).toMatch(/wants no term as high as 5/u);
    expect(reason(5, 5, nodes.slice(0, 2))).toBe('no quorum');
    expect(reason(5, 5, ['n99' as NodeId, ...nodes.slice(1)].sort())).toMatch(/no voter/u);
    expect(reason(5, 5, [item(nodes, 0), item(nodes, 1), item(nodes, 1)])).toMatch(/distinct/u);
  });

  it('counts each Suspect by its own wanted term', () => {
    const suspects = [3, 9, 4].flatMap(
      (wanted, i) => suspicionOf(cluster, wanted, [item(nodes, i)]).suspects,
    );
    expect(verifier.suspicion({ suspects }, 3 as Term).type).toBe('verified');
    expect(verifier.suspicion({ suspects }, 4 as Term).type).toBe('invalid');
  });

  it('is signed', () => {
    const { suspects } = suspicionOf(cluster, 5);
    const forged = suspects.map((suspect) => ({ ...suspect, signature: new Uint8Array(64) }));
    expect(verifier.suspicion({ suspects: forged }, 5 as Term).type).toBe('invalid');
    expect(verifier.suspicion({ suspects: [] }, 5 as Term).type).toBe('invalid');
  });

  it('of another epoch is not judged', () => {
    const later = makeTestCluster(4, { epoch: 1 });
    expect(verifier.suspicion(suspicionOf(later, 5), 5 as Term).type).toBe('other-epoch');
  });
});

describe('E4: a vote bundle', () => {
  const prepared = baseOf(certificateOf(cluster, 'prepare', chain.slice(2)));
  const bundle = bundleOf(cluster, 2, prepared);
  const reason = (value: VoteBundle): string => {
    const verdict = cluster.makeVerifier().bundle(value);
    return 'reason' in verdict ? verdict.reason : verdict.type;
  };
  const changed = (change: Partial<VoteStatement>, which: readonly number[] = [1]): VoteBundle => ({
    votes: bundle.votes.map((vote, i) =>
      which.includes(i) ? cluster.signer(vote.signer).sign({ ...vote.statement, ...change }) : vote,
    ),
  });
  const all = [0, 1, 2];

  it('is a quorum of votes for one base in one term', () => {
    expect(reason(bundle)).toBe('verified');
    expect(reason(bundleOf(cluster, 1))).toBe('verified');
    expect(reason({ votes: bundle.votes.slice(1) })).toBe('no quorum');
    expect(reason({ votes: [] })).toMatch(/without votes/u);
    expect(reason({ votes: [item(bundle.votes, 0), ...bundle.votes] })).toMatch(/distinct/u);
    const stranger = cluster.signer('n99' as NodeId).sign(item(bundle.votes, 0).statement);
    expect(reason({ votes: [...bundle.votes.slice(0, 2), stranger] })).toMatch(/no voter/u);
  });

  it.each([
    ['another term', { term: 3 as Term }],
    ['another base', { base: { ...prepared.position, hash: 'ab'.repeat(32) as Hash } }],
    [
      'another index',
      {
        base: { ...prepared.position, index: 9 as LogIndex },
        baseRank: { ...prepared.rank, index: 9 as LogIndex },
      },
    ],
    ['another rank', { baseRank: { ...prepared.rank, term: 0 as Term } }],
  ] as const)('counts no vote for %s', (_, change) => {
    expect(reason(changed(change))).toMatch(/another term or base/u);
  });

  it('is signed', () => {
    const others = bundle.votes.slice(1);
    const forgery = { ...item(bundle.votes, 0), signature: item(others, 0).signature };
    expect(reason({ votes: [forgery, ...others] })).toMatch(/bad vote signature/u);
  });

  it('E2: has a base of this epoch and of a lower term', () => {
    expect(reason(changed({ term: 1 as Term }, all))).toMatch(/lower term/u);
    const baseRank = { ...prepared.rank, epoch: 1 as Epoch };
    expect(reason(changed({ baseRank }, all))).toMatch(/another epoch/u);
  });

  it('E2: has a base whose rank and position agree, not below the genesis of the epoch', () => {
    const index = 2 as LogIndex;
    expect(reason(changed({ baseRank: { ...prepared.rank, index } }, all))).toMatch(
      /another index/u,
    );
    const { genesis } = cluster.keyring;
    const wrong = {
      rank: genesis.rank,
      position: { ...genesis.position, hash: item(chain, 0).hash },
    };
    expect(reason(bundleOf(cluster, 1, { ...wrong, certificate: null }))).toMatch(/genesis/u);
    const later = makeTestCluster(4, { genesis: { index: 9, term: 5 } });
    const low: Base = {
      rank: { epoch: later.epoch, term: 5 as Term, index: 8 as LogIndex },
      position: { index: 8 as LogIndex, hash: item(chain, 0).hash },
      certificate: null,
    };
    expect(later.verifier.bundle(bundleOf(later, 6, low))).toMatchObject({ type: 'invalid' });
    expect(later.verifier.bundle(bundleOf(later, 6)).type).toBe('verified');
  });

  it('of another epoch is not judged', () => {
    const later = makeTestCluster(4, { epoch: 1 });
    expect(verifier.bundle(bundleOf(later, 1)).type).toBe('other-epoch');
  });
});

describe('a base', () => {
  const certificate = certificateOf(cluster, 'prepare', chain.slice(2));
  const typeOf = (base: Base): string => cluster.makeVerifier().base(base).type;

  it('is what its certificate proves, of either phase', () => {
    expect(typeOf(baseOf(certificate))).toBe('verified');
    expect(typeOf(baseOf(certificateOf(cluster, 'commit', chain.slice(2))))).toBe('verified');
    const higher = { ...rankOf(certificate), term: 2 as Term };
    expect(typeOf({ ...baseOf(certificate), rank: higher })).toBe('invalid');
    const elsewhere = { ...certifiedPosition(certificate), hash: item(chain, 1).hash };
    expect(typeOf({ ...baseOf(certificate), position: elsewhere })).toBe('invalid');
    const forged = { ...certificate, responses: certificate.responses.slice(1) };
    expect(typeOf(baseOf(forged))).toBe('invalid');
  });

  it('without a certificate is the genesis of the epoch and nothing else', () => {
    const { genesis } = cluster.keyring;
    expect(typeOf(genesis)).toBe('verified');
    expect(typeOf({ ...genesis, rank: { ...genesis.rank, term: 1 as Term } })).toBe('invalid');
    expect(typeOf({ ...genesis, position: positionOf(item(chain, 0)) })).toBe('invalid');
    expect(typeOf({ ...genesis, rank: { ...genesis.rank, epoch: 1 as Epoch } })).toBe(
      'other-epoch',
    );
    expect(typeOf({ ...baseOf(certificate), certificate: null })).toBe('invalid');
  });

  it('of a later epoch ranks (e, firstTerm - 1, index of the configuration entry)', () => {
    const later = makeTestCluster(4, { epoch: 3, genesis: { index: 9, term: 5 } });
    expect(later.keyring.firstTerm).toBe(6);
    expect(later.keyring.genesis.rank).toEqual({ epoch: 3, term: 5, index: 9 });
    const entry: Entry = later.genesis;
    expect(later.keyring.genesis.position).toEqual(positionOf(entry));
  });
});
