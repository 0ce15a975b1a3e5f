/** Messages between peers, kind by kind: M1, S1, E1, E2, M5. Each case changes one thing. */
import { describe, expect, it } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import type { Certificate } from '../../src/consensus/model/certificate.ts';
import { baseOf } from '../../src/consensus/model/certificate.ts';
import { positionOf } from '../../src/consensus/model/entry.ts';
import type {
  ClientId,
  Epoch,
  Hash,
  LogIndex,
  NodeId,
  Term,
} from '../../src/consensus/model/ids.ts';
import type {
  Body,
  PeerMessage,
  ProofBody,
  RequestVote,
  TermProof,
  VoteRefusal,
} from '../../src/consensus/model/message.ts';
import type {
  NodeStatement,
  RequestVoteStatement,
  SuspectStatement,
  TransferLeadershipStatement,
  VoteRefusalStatement,
  VoteStatement,
} from '../../src/consensus/model/statement.ts';
import {
  appendStatement,
  batchOf,
  bundleOf,
  certificateOf,
  chainOf,
  entryOn,
  makeTestCluster,
  requestOf,
  suspicionOf,
  item,
} from '../fixtures-crypto.ts';

const cluster = makeTestCluster(4);
const [n0, n1] = cluster.nodes as [NodeId, NodeId];
const stranger = 'n99' as NodeId;
const chain = chainOf(cluster, 3);
const prepare = certificateOf(cluster, 'prepare', chain.slice(2));
const commit = certificateOf(cluster, 'commit', chain.slice(2));
const unproven: Certificate = { ...prepare, responses: prepare.responses.slice(1) };
const { rank, position } = baseOf(prepare);
const later = makeTestCluster(4, { epoch: 1 });
const laterCommit = certificateOf(later, 'commit', chainOf(later, 1));

function answer(message: PeerMessage): string {
  const verdict = cluster.makeVerifier().peerMessage(message);
  return 'reason' in verdict ? verdict.reason : verdict.type;
}
const sign = <S extends NodeStatement>(statement: S, signer: NodeId = n1) =>
  cluster.signer(signer).sign(statement);
const epoch = 0 as Epoch;
const otherEpoch = { epoch: 1 as Epoch };

/** What holds for every kind: signed, by somebody of the configuration, under this epoch. */
function provesItsSigner(name: string, make: (signer: NodeId) => PeerMessage): void {
  it(`${name}: signed by its signer, who is in the configuration`, () => {
    const message = make(n1);
    expect(answer(message)).toBe('verified');
    const changed = (signed: object): string =>
      answer({ ...message, signed: { ...message.signed, ...signed } } as PeerMessage);
    expect(changed({ signature: new Uint8Array(64) })).toMatch(/^bad .* signature of n01$/u);
    expect(changed({ signature: new Uint8Array(3) })).toMatch(/^bad .* signature of n01$/u);
    expect(changed({ signer: n0 })).toMatch(/^bad .* signature of n00$/u);
    expect(changed({ signer: stranger })).toMatch(/^n99 is no/u);
    expect(answer(make(stranger))).toMatch(/^n99 is no/u);
  });
}

describe('S1: Suspect', () => {
  const suspect = (
    change: Partial<SuspectStatement> = {},
    certificate: Certificate | null = prepare,
    signer = n1,
  ): PeerMessage => ({
    kind: 'suspect',
    signed: sign(
      { kind: 'suspect', epoch, wanted: 2 as Term, reason: 'silent', ...change },
      signer,
    ),
    certificate,
  });
  provesItsSigner('Suspect', (signer) => suspect({}, prepare, signer));

  it('carries the highest certificate of its sender, or none at the genesis of the epoch', () => {
    expect(answer(suspect({}, null))).toBe('verified');
    expect(answer(suspect({}, commit))).toBe('verified');
    expect(answer(suspect({}, unproven))).toBe('no quorum');
  });

  it('of another epoch is not judged', () => {
    expect(answer(suspect(otherEpoch))).toBe('other-epoch');
    expect(answer(suspect({}, laterCommit))).toBe('other-epoch');
  });
});

describe('E1, E2: RequestVote', () => {
  const request = (
    change: Partial<RequestVoteStatement> = {},
    beside: Partial<RequestVote> = {},
    signer = n1,
  ): PeerMessage => ({
    kind: 'request-vote',
    signed: sign(
      { kind: 'request-vote', epoch, term: 2 as Term, baseRank: rank, base: position, ...change },
      signer,
    ),
    certificate: prepare,
    suspicion: suspicionOf(cluster, 2),
    ...beside,
  });
  const { genesis } = cluster.keyring;
  const onGenesis = { baseRank: genesis.rank, base: genesis.position };
  provesItsSigner('RequestVote', (signer) => request({}, {}, signer));

  it('proves its base: by a certificate of either phase, or as the genesis of the epoch', () => {
    expect(answer(request({}, { certificate: commit }))).toBe('verified');
    expect(answer(request({}, { certificate: unproven }))).toBe('no quorum');
    expect(answer(request({}, { certificate: null }))).toMatch(/not the genesis/u);
    expect(answer(request(onGenesis, { certificate: null }))).toBe('verified');
    expect(answer(request(onGenesis))).toMatch(/proves another base/u);
    expect(answer(request({ baseRank: { ...rank, index: 3 as LogIndex } }))).toMatch(
      /another index/u,
    );
    const hash = 'ab'.repeat(32) as Hash;
    expect(answer(request({ base: { ...position, hash } }))).toMatch(/proves another base/u);
    expect(answer(request({ baseRank: { ...rank, term: 0 as Term } }))).toMatch(
      /another base|genesis/u,
    );
  });

  it('has a base of this epoch and a lower term', () => {
    expect(answer(request({ term: 1 as Term }))).toMatch(/lower term/u);
    expect(answer(request({ baseRank: { ...rank, epoch: 1 as Epoch } }))).toMatch(/another epoch/u);
  });

  it('proves that a quorum wants its term, unless it is the first', () => {
    expect(answer(request({}, { suspicion: null }))).toMatch(/nobody is shown to want/u);
    expect(answer(request({}, { suspicion: suspicionOf(cluster, 1) }))).toMatch(/no term as high/u);
    expect(answer(request({}, { suspicion: suspicionOf(cluster, 3) }))).toBe('verified');
    const two = suspicionOf(cluster, 2, cluster.nodes.slice(0, 2));
    expect(answer(request({}, { suspicion: two }))).toBe('no quorum');
    const first = { ...onGenesis, term: 1 as Term };
    expect(answer(request(first, { certificate: null, suspicion: null }))).toBe('verified');
    const zero = { ...onGenesis, term: 0 as Term };
    expect(answer(request(zero, { certificate: null, suspicion: null }))).toMatch(/lower term/u);
  });

  it('of another epoch is not judged', () => {
    expect(answer(request(otherEpoch))).toBe('other-epoch');
  });
});

describe('E3: Vote and VoteRefusal', () => {
  const vote = (change: Partial<VoteStatement> = {}, signer = n1): PeerMessage => ({
    kind: 'vote',
    signed: sign(
      { kind: 'vote', epoch, term: 2 as Term, baseRank: rank, base: position, ...change },
      signer,
    ),
  });
  const refusal = (
    change: Partial<VoteRefusalStatement> = {},
    certificate: VoteRefusal['certificate'] = prepare,
    signer = n1,
  ): PeerMessage => ({
    kind: 'vote-refusal',
    signed: sign(
      { kind: 'vote-refusal', epoch, term: 2 as Term, baseRank: rank, base: position, ...change },
      signer,
    ),
    certificate,
  });
  provesItsSigner('Vote', (signer) => vote({}, signer));
  provesItsSigner('VoteRefusal', (signer) => refusal({}, prepare, signer));

  it('a Vote is for a base of this epoch and a lower term', () => {
    expect(answer(vote({ term: 1 as Term }))).toMatch(/lower term/u);
    expect(answer(vote({ baseRank: { ...rank, epoch: 1 as Epoch } }))).toMatch(/another epoch/u);
    expect(answer(vote(otherEpoch))).toBe('other-epoch');
  });

  it('a VoteRefusal proves the base it refuses with', () => {
    expect(answer(refusal({}, commit))).toBe('verified');
    expect(answer(refusal({}, unproven))).toBe('no quorum');
    expect(answer(refusal({ base: positionOf(item(chain, 1)) }))).toMatch(/another index/u);
    const base = { ...position, hash: item(chain, 1).hash };
    expect(answer(refusal({ base }))).toMatch(/proves another base/u);
    expect(answer(refusal({ term: 1 as Term }))).toMatch(/lower term/u);
    expect(answer(refusal(otherEpoch))).toBe('other-epoch');
  });
});

describe('S1: TransferLeadership', () => {
  const transfer = (
    change: Partial<TransferLeadershipStatement> = {},
    signer = n1,
  ): PeerMessage => ({
    kind: 'transfer-leadership',
    signed: sign(
      { kind: 'transfer-leadership', epoch, term: 1 as Term, wanted: 2 as Term, ...change },
      signer,
    ),
  });
  provesItsSigner('TransferLeadership', (signer) => transfer({}, signer));

  it('wants a later term', () => {
    expect(answer(transfer({ wanted: 1 as Term }))).toMatch(/no later term/u);
    expect(answer(transfer({ wanted: 3 as Term }))).toBe('verified');
    expect(answer(transfer(otherEpoch))).toBe('other-epoch');
  });
});

describe('M1: messages of which the digest of the body is signed', () => {
  const request = requestOf(cluster);
  const bodies: readonly Body[] = [
    { kind: 'fetch-entries', body: { from: 2 as LogIndex, head: position } },
    {
      kind: 'entries',
      body: { entries: chain, headers: [], leader: appendStatement(cluster, n0, chain), commit },
    },
    { kind: 'forward', body: { requests: [request] } },
    { kind: 'proof', body: { term: { type: 'commit', certificate: commit }, commit } },
  ];
  const of = (body: Body, signer: NodeId = n1): PeerMessage =>
    cluster.signer(signer).signBody(body);

  for (const body of bodies) provesItsSigner(body.kind, (signer) => of(body, signer));

  it('say nothing with another body than the signed one', () => {
    const [fetch, , forward] = bodies.map((body) => of(body));
    const head = positionOf(item(chain, 1));
    expect(answer({ ...fetch, body: { from: 2, head } } as PeerMessage)).toMatch(
      /not the signed one/u,
    );
    expect(answer({ ...forward, body: { requests: [] } } as PeerMessage)).toMatch(
      /not the signed one/u,
    );
  });

  it('say nothing under the statement of another kind', () => {
    const message = of(item(bodies, 0));
    const signed = sign({ ...message.signed.statement, kind: 'forward' } as NodeStatement);
    expect(answer({ ...message, signed } as PeerMessage)).toMatch(/another kind/u);
  });

  it('FetchEntries asks for entries: there is none at index 0', () => {
    const ask = (from: number): string =>
      answer(of({ kind: 'fetch-entries', body: { from: from as LogIndex, head: position } }));
    expect(ask(1)).toBe('verified');
    expect(ask(position.index + 1)).toBe('verified');
    expect(ask(0)).toMatch(/index 0/u);
  });

  it('Forward carries requests that clients signed, each of them', () => {
    const forward = (...requests: readonly (typeof request)[]): string =>
      answer(of({ kind: 'forward', body: { requests } }));
    const second = requestOf(cluster, { from: 1 });
    expect(forward(request, second)).toBe('verified');
    const forged = { ...second, signature: request.signature };
    expect(forward(request, forged)).toMatch(/bad client-request/u);
    const beyond = requestOf(cluster, { first: 257n }, [utf8('a'), utf8('b')]);
    expect(forward(request, beyond)).toMatch(/window/u);
    const nobody = requestOf(cluster, { client: 'ee'.repeat(32) as ClientId });
    expect(
      cluster.verifier.peerMessage(of({ kind: 'forward', body: { requests: [nobody] } })).type,
    ).toBe('unknown');
  });

  it('M5: a Proof proves what put its sender into its term', () => {
    const proof = (term: TermProof, newest: ProofBody['commit'] = null): string =>
      answer(of({ kind: 'proof', body: { term, commit: newest } }));
    expect(proof({ type: 'genesis' })).toBe('verified');
    expect(proof({ type: 'suspicion', certificate: suspicionOf(cluster, 4) })).toBe('verified');
    expect(proof({ type: 'bundle', bundle: bundleOf(cluster, 1) })).toBe('verified');
    expect(proof({ type: 'prepare', certificate: prepare })).toBe('verified');
    expect(proof({ type: 'genesis' }, commit)).toBe('verified');
    const few = cluster.nodes.slice(0, 2);
    expect(proof({ type: 'suspicion', certificate: suspicionOf(cluster, 4, few) })).toBe(
      'no quorum',
    );
    expect(proof({ type: 'bundle', bundle: bundleOf(cluster, 1, undefined, few) })).toBe(
      'no quorum',
    );
    const short = { ...prepare, responses: prepare.responses.slice(1) };
    expect(proof({ type: 'prepare', certificate: short })).toBe('no quorum');
    const shortCommit = { ...commit, responses: commit.responses.slice(1) };
    expect(proof({ type: 'commit', certificate: shortCommit })).toBe('no quorum');
    expect(proof({ type: 'genesis' }, shortCommit)).toBe('no quorum');
    expect(proof({ type: 'commit', certificate: laterCommit })).toBe('other-epoch');
  });

  it('V1: Evidence is judged by its two testimonies', () => {
    const same = { signed: appendStatement(cluster, n0, chain), headers: [] };
    const body: Body = {
      kind: 'evidence',
      body: {
        culprit: n0,
        epoch,
        index: same.signed.statement.head.index,
        first: same,
        second: same,
      },
    };
    expect(answer(of(body))).toMatch(/without a contradiction/u);
    const fork = [...chain.slice(0, -1), entryOn(item(chain, -2), batchOf(request))];
    const second = { signed: appendStatement(cluster, n0, fork), headers: [] };
    expect(answer(of({ kind: 'evidence', body: { ...body.body, second } }))).toBe('verified');
  });
});
