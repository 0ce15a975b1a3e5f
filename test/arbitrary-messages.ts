/** Arbitrary messages, records and frames: well formed, not true (see `arbitraries.ts`). */
import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import type { AcceptedRecord, TermRecord, VoteRecord } from '../src/consensus/core.ts';
import { PROTOCOL_VERSION, REJECT_CODES } from '../src/consensus/model/handshake.ts';
import type { HandshakeFrame } from '../src/consensus/model/handshake.ts';
import type {
  Body,
  ClientMessage,
  EvidenceBody,
  NodeToClientMessage,
  PeerMessage,
  RefusalBody,
  TermProof,
  Testimony,
} from '../src/consensus/model/message.ts';
import type { ClusterId } from '../src/consensus/model/ids.ts';
import type { BodyStatement, Signed } from '../src/consensus/model/statement.ts';
import { encodeBody } from '../src/wire/body.ts';
import type { AnyBody } from '../src/wire/body.ts';
import { encodeResults } from '../src/wire/client.ts';
import {
  anyCertificate,
  appendEntriesStatement,
  baseValue,
  bundle,
  bytes,
  certificate,
  clientId,
  context,
  entries,
  epoch,
  hash,
  headers,
  hex,
  index,
  nodeId,
  position,
  request,
  requestVoteStatement,
  responseStatement,
  signature,
  signed,
  suspectStatement,
  suspicion,
  term,
  transferStatement,
  u64,
  voteRefusalStatement,
  voteStatement,
} from './arbitraries.ts';

const kind = <K extends string>(name: K): Arbitrary<K> => fc.constant(name);
const maybe = <T>(value: Arbitrary<T>): Arbitrary<T | null> => fc.option(value, { nil: null });

export const termProof: Arbitrary<TermProof> = fc.oneof(
  fc.record({ type: kind('genesis') }),
  fc.record({ type: kind('suspicion'), certificate: suspicion }),
  fc.record({ type: kind('bundle'), bundle }),
  fc.record({ type: kind('prepare'), certificate: certificate('prepare') }),
  fc.record({ type: kind('commit'), certificate: certificate('commit') }),
);

const testimony: Arbitrary<Testimony> = fc.record({
  signed: fc.oneof(signed(appendEntriesStatement), signed(responseStatement)),
  headers,
});
export const evidence: Arbitrary<EvidenceBody> = fc.record({
  culprit: nodeId,
  epoch,
  index,
  first: testimony,
  second: testimony,
});

const commit = maybe(certificate('commit'));
const requests = fc.array(request, { minLength: 1, maxLength: 3 });

export const bodies = {
  'fetch-entries': fc.record({
    kind: kind('fetch-entries'),
    body: fc.record({ from: index, head: position }),
  }),
  entries: fc.record({
    kind: kind('entries'),
    body: fc.record({ entries, headers, leader: maybe(signed(appendEntriesStatement)), commit }),
  }),
  forward: fc.record({ kind: kind('forward'), body: fc.record({ requests }) }),
  proof: fc.record({ kind: kind('proof'), body: fc.record({ term: termProof, commit }) }),
  evidence: fc.record({ kind: kind('evidence'), body: evidence }),
} satisfies { readonly [K in Body['kind']]: Arbitrary<Extract<Body, { kind: K }>> };

const refusal: Arbitrary<RefusalBody> = fc.record({
  code: fc.constantFrom(
    'overloaded',
    'invalid-request',
    'unknown-client',
    'forbidden',
    'too-large',
    'stopping',
  ),
  first: u64,
  detail: fc.string({ unit: 'grapheme', maxLength: 12 }),
});

/** The body under a statement with its digest, and a random signature. */
function withStatement<B extends AnyBody>(
  body: Arbitrary<B>,
): Arbitrary<B & { readonly signed: Signed<BodyStatement> }> {
  return fc.record({ body, signer: nodeId, signature }).map(({ body: said, ...rest }) => ({
    ...said,
    signed: {
      ...rest,
      statement: { kind: said.kind, bodyDigest: context.digest(encodeBody(said)) },
    },
  }));
}

/** A message of every kind, by its kind. */
export const peerMessages: { readonly [K in PeerMessage['kind']]: Arbitrary<PeerMessage> } = {
  'append-entries': fc.record({
    kind: kind('append-entries'),
    signed: signed(appendEntriesStatement),
    entries,
    commit,
  }),
  'append-entries-response': fc.record({
    kind: kind('append-entries-response'),
    signed: signed(responseStatement),
  }),
  suspect: fc.record({
    kind: kind('suspect'),
    signed: signed(suspectStatement),
    certificate: maybe(anyCertificate),
  }),
  'request-vote': fc.record({
    kind: kind('request-vote'),
    signed: signed(requestVoteStatement),
    certificate: maybe(anyCertificate),
    suspicion: maybe(suspicion),
  }),
  vote: fc.record({ kind: kind('vote'), signed: signed(voteStatement) }),
  'vote-refusal': fc.record({
    kind: kind('vote-refusal'),
    signed: signed(voteRefusalStatement),
    certificate: anyCertificate,
  }),
  'transfer-leadership': fc.record({
    kind: kind('transfer-leadership'),
    signed: signed(transferStatement),
  }),
  'fetch-entries': withStatement(bodies['fetch-entries']),
  entries: withStatement(bodies.entries),
  forward: withStatement(bodies.forward),
  proof: withStatement(bodies.proof),
  evidence: withStatement(bodies.evidence),
};

export const clientMessages: {
  readonly [K in ClientMessage['kind']]: Arbitrary<ClientMessage>;
} = {
  'client-request': fc.record({ kind: kind('client-request'), request }),
  read: fc
    .record({ client: clientId, nonce: hex(16), signature, query: bytes() })
    .map(({ client, nonce, signature: claimed, query }) => {
      const queryDigest = context.digest(query);
      const statement = { kind: 'read', client, nonce, queryDigest } as const;
      return { kind: 'read', statement, signature: claimed, query };
    }),
};

export const nodeToClientMessages: {
  readonly [K in NodeToClientMessage['kind']]: Arbitrary<NodeToClientMessage>;
} = {
  'client-reply': fc
    .record({
      fields: fc.record({ epoch, client: clientId, first: u64, requestDigest: hash, index }),
      results: fc.array(bytes(), { minLength: 1, maxLength: 4 }),
      signer: nodeId,
      signature,
    })
    .map(({ fields, results, ...rest }) => {
      const resultsDigest = context.digest(encodeResults(results));
      const statement = { kind: 'client-reply', ...fields, resultsDigest } as const;
      return { kind: 'client-reply', signed: { ...rest, statement }, results };
    }),
  'read-reply': fc
    .record({
      fields: fc.record({
        epoch,
        nonce: hex(16),
        queryDigest: hash,
        applied: index,
        prepared: index,
      }),
      result: bytes(),
      signer: nodeId,
      signature,
    })
    .map(({ fields, result, ...rest }) => {
      const resultDigest = context.digest(result);
      const statement = { kind: 'read-reply', ...fields, resultDigest } as const;
      return { kind: 'read-reply', signed: { ...rest, statement }, result };
    }),
  refusal: withStatement(fc.record({ kind: kind('refusal'), body: refusal })),
};

const clusterId = hash.map((text) => text as string as ClusterId);
const nonce = hex(32);

export const handshakeFrames: {
  readonly [K in HandshakeFrame['kind']]: Arbitrary<HandshakeFrame>;
} = {
  hello: fc
    .record({
      version: fc.oneof(fc.constant(PROTOCOL_VERSION), fc.nat({ max: 255 })),
      clusterId,
      who: fc.oneof(
        fc.record({ role: kind('peer'), id: nodeId }),
        fc.record({ role: kind('client'), id: clientId }),
      ),
      nonce,
      epoch,
    })
    .map(({ who, ...fields }) => ({ kind: 'hello', ...fields, ...who })),
  challenge: fc.record({ kind: kind('challenge'), id: nodeId, nonce, epoch }),
  answer: fc.record({ kind: kind('answer'), signature }),
  welcome: fc.record({ kind: kind('welcome'), signature }),
  reject: fc.record({
    kind: kind('reject'),
    code: fc.constantFrom(...REJECT_CODES),
    reason: fc.string({ unit: 'grapheme', maxLength: 12 }),
  }),
};

export const termRecord: Arbitrary<TermRecord> = fc.record({
  epoch,
  term,
  proof: termProof,
  lock: baseValue,
});
export const acceptedRecord: Arbitrary<AcceptedRecord> = fc.record({
  epoch,
  term,
  position,
  silentUpTo: index,
});

export const voteRecord: Arbitrary<VoteRecord> = fc.record({
  term,
  votedFor: fc.option(nodeId),
  committed: position,
});
