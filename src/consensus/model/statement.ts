/**
 * What is signed (M1): `domain tag ‖ clusterId ‖ kind ‖ signer ‖ fixed-layout statement`. One layout for everybody
 * who signs or verifies; `wire/` sends the same bytes.
 */
import { Writer } from '../../base/binary.ts';
import type {
  ClientId,
  ClusterId,
  Epoch,
  Hash,
  LogIndex,
  NodeId,
  Sequence,
  Signature,
  Term,
} from './ids.ts';
import type { Position, Rank } from './position.ts';
import type { ReplyStatement, RequestStatement } from './request.ts';

export type SuspectReason = 'silent' | 'stalled' | 'rogue' | 'resigned' | 'joined';

export interface AppendEntriesStatement {
  readonly kind: 'append-entries';
  readonly epoch: Epoch;
  readonly term: Term;
  readonly previous: Position;
  readonly head: Position;
  readonly sequence: Sequence;
}

export interface ResponseStatement {
  readonly kind: 'append-entries-response';
  readonly epoch: Epoch;
  readonly term: Term;
  readonly accepted: Position;
  readonly prepared: Position;
}

export interface SuspectStatement {
  readonly kind: 'suspect';
  readonly epoch: Epoch;
  readonly wanted: Term;
  readonly reason: SuspectReason;
}

export interface RequestVoteStatement {
  readonly kind: 'request-vote';
  readonly epoch: Epoch;
  readonly term: Term;
  readonly baseRank: Rank;
  readonly base: Position;
}

export interface VoteStatement {
  readonly kind: 'vote';
  readonly epoch: Epoch;
  readonly term: Term;
  readonly baseRank: Rank;
  readonly base: Position;
}

export interface VoteRefusalStatement {
  readonly kind: 'vote-refusal';
  readonly epoch: Epoch;
  readonly term: Term;
  /** The refuser's own, higher base. */
  readonly baseRank: Rank;
  readonly base: Position;
}

export interface TransferLeadershipStatement {
  readonly kind: 'transfer-leadership';
  readonly epoch: Epoch;
  readonly term: Term;
  readonly wanted: Term;
}

/** Messages of which only the body's digest is signed. */
export interface BodyStatement {
  readonly kind: 'fetch-entries' | 'entries' | 'forward' | 'proof' | 'evidence' | 'refusal';
  /** Digest of the body's one encoding (`wire/body.ts`). */
  readonly bodyDigest: Hash;
}

export interface ReadStatement {
  readonly kind: 'read';
  readonly client: ClientId;
  /** 16 bytes, hexadecimal. */
  readonly nonce: string;
  readonly queryDigest: Hash;
}

export interface ReadReplyStatement {
  readonly kind: 'read-reply';
  readonly epoch: Epoch;
  readonly nonce: string;
  readonly queryDigest: Hash;
  readonly applied: LogIndex;
  readonly prepared: LogIndex;
  readonly resultDigest: Hash;
}

/** L1: both ends of a link sign both names and both nonces. `name` is a node id or a client id. */
export interface HandshakeStatement {
  readonly kind: 'handshake';
  readonly role: 'peer' | 'client';
  readonly side: 'initiator' | 'acceptor';
  readonly initiator: string;
  readonly acceptor: NodeId;
  readonly initiatorNonce: string;
  readonly acceptorNonce: string;
  readonly epoch: Epoch;
}

export type NodeStatement =
  | AppendEntriesStatement
  | ResponseStatement
  | SuspectStatement
  | RequestVoteStatement
  | VoteStatement
  | VoteRefusalStatement
  | TransferLeadershipStatement
  | BodyStatement
  | ReplyStatement
  | ReadReplyStatement;

export type Statement = NodeStatement | RequestStatement | ReadStatement | HandshakeStatement;

/** A statement under its sender's signature. */
export interface Signed<S extends NodeStatement = NodeStatement> {
  readonly signer: NodeId;
  readonly statement: S;
  readonly signature: Signature;
}

const SIGNING_TAG = 'tangaroa statement 1';

/** Codes of kinds in signing bytes and on the wire; never reused for another meaning. */
export const STATEMENT_CODE: Readonly<Record<Statement['kind'], number>> = {
  'append-entries': 1,
  'append-entries-response': 2,
  suspect: 3,
  'request-vote': 4,
  vote: 5,
  'vote-refusal': 6,
  'transfer-leadership': 7,
  'fetch-entries': 8,
  entries: 9,
  forward: 10,
  proof: 11,
  evidence: 12,
  refusal: 13,
  'client-request': 14,
  'client-reply': 15,
  read: 16,
  'read-reply': 17,
  handshake: 18,
};

export const SUSPECT_REASONS: readonly SuspectReason[] = [
  'silent',
  'stalled',
  'rogue',
  'resigned',
  'joined',
];

export function writePosition(writer: Writer, position: Position): Writer {
  return writer.u53(position.index).hex(position.hash);
}

export function writeRank(writer: Writer, rank: Rank): Writer {
  return writer.u53(rank.epoch).u53(rank.term).u53(rank.index);
}

/** The fixed layout of a statement's own fields, without tag, cluster, kind or signer. */
export function writeStatement(writer: Writer, statement: Statement): Writer {
  switch (statement.kind) {
    case 'append-entries':
      writer.u53(statement.epoch).u53(statement.term);
      writePosition(writePosition(writer, statement.previous), statement.head);
      return writer.u53(statement.sequence);
    case 'append-entries-response':
      writer.u53(statement.epoch).u53(statement.term);
      return writePosition(writePosition(writer, statement.accepted), statement.prepared);
    case 'suspect':
      return writer
        .u53(statement.epoch)
        .u53(statement.wanted)
        .u8(SUSPECT_REASONS.indexOf(statement.reason));
    case 'request-vote':
    case 'vote':
    case 'vote-refusal':
      writer.u53(statement.epoch).u53(statement.term);
      return writePosition(writeRank(writer, statement.baseRank), statement.base);
    case 'transfer-leadership':
      return writer.u53(statement.epoch).u53(statement.term).u53(statement.wanted);
    case 'fetch-entries':
    case 'entries':
    case 'forward':
    case 'proof':
    case 'evidence':
    case 'refusal':
      return writer.hex(statement.bodyDigest);
    case 'client-request':
      return writer
        .hex(statement.client)
        .u64(statement.first)
        .u16(statement.count)
        .hex(statement.commandsDigest)
        .u64(statement.acknowledged);
    case 'client-reply':
      return writer
        .u53(statement.epoch)
        .hex(statement.client)
        .u64(statement.first)
        .hex(statement.requestDigest)
        .u53(statement.index)
        .hex(statement.resultsDigest);
    case 'read':
      return writer.hex(statement.client).hex(statement.nonce).hex(statement.queryDigest);
    case 'read-reply':
      return writer
        .u53(statement.epoch)
        .hex(statement.nonce)
        .hex(statement.queryDigest)
        .u53(statement.applied)
        .u53(statement.prepared)
        .hex(statement.resultDigest);
    case 'handshake':
      return writer
        .u8(statement.role === 'peer' ? 0 : 1)
        .u8(statement.side === 'initiator' ? 0 : 1)
        .text(statement.initiator)
        .text(statement.acceptor)
        .hex(statement.initiatorNonce)
        .hex(statement.acceptorNonce)
        .u53(statement.epoch);
  }
}

/** The bytes under a signature (M1). `signer` is a node id or a client id. */
export function signingBytes(
  clusterId: ClusterId,
  signer: string,
  statement: Statement,
): Uint8Array {
  return writeSigning(new Writer(256), clusterId, signer, statement).finish();
}

/** `signingBytes`, for who looks at them once (`Writer.passing`). */
export function writeSigning(
  writer: Writer,
  clusterId: ClusterId,
  signer: string,
  statement: Statement,
): Writer {
  writer.text(SIGNING_TAG).hex(clusterId).u8(STATEMENT_CODE[statement.kind]).text(signer);
  return writeStatement(writer, statement);
}
