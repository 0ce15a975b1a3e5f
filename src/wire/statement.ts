/** Statements as they are signed (`model/statement.ts` writes them), with their signer and signature. */
import type { Reader, Writer } from '../base/binary.ts';
import type { Epoch, Sequence, Term } from '../consensus/model/ids.ts';
import type { Position, Rank } from '../consensus/model/position.ts';
import type { ReplyStatement, RequestStatement } from '../consensus/model/request.ts';
import { SUSPECT_REASONS, writeStatement } from '../consensus/model/statement.ts';
import type {
  AppendEntriesStatement,
  BodyStatement,
  NodeStatement,
  ReadReplyStatement,
  ReadStatement,
  RequestVoteStatement,
  ResponseStatement,
  Signed,
  SuspectStatement,
  TransferLeadershipStatement,
  VoteRefusalStatement,
  VoteStatement,
} from '../consensus/model/statement.ts';
import {
  readClientId,
  readEpoch,
  readHash,
  readIndex,
  readName,
  readNodeId,
  readPosition,
  readRank,
  readSignature,
  readTerm,
} from './layout.ts';

/** Bytes of a Read's nonce. */
export const READ_NONCE_BYTES = 16;

export function readAppendEntriesStatement(reader: Reader): AppendEntriesStatement {
  return {
    kind: 'append-entries',
    epoch: readEpoch(reader),
    term: readTerm(reader),
    previous: readPosition(reader),
    head: readPosition(reader),
    sequence: reader.u53() as Sequence,
  };
}

export function readResponseStatement(reader: Reader): ResponseStatement {
  return {
    kind: 'append-entries-response',
    epoch: readEpoch(reader),
    term: readTerm(reader),
    accepted: readPosition(reader),
    prepared: readPosition(reader),
  };
}

export function readSuspectStatement(reader: Reader): SuspectStatement {
  return {
    kind: 'suspect',
    epoch: readEpoch(reader),
    wanted: readTerm(reader),
    reason: readName(reader, SUSPECT_REASONS, 'reason to suspect'),
  };
}

interface BaseFields {
  readonly epoch: Epoch;
  readonly term: Term;
  readonly baseRank: Rank;
  readonly base: Position;
}

function readBaseFields(reader: Reader): BaseFields {
  return {
    epoch: readEpoch(reader),
    term: readTerm(reader),
    baseRank: readRank(reader),
    base: readPosition(reader),
  };
}

export function readRequestVoteStatement(reader: Reader): RequestVoteStatement {
  return { kind: 'request-vote', ...readBaseFields(reader) };
}

export function readVoteStatement(reader: Reader): VoteStatement {
  return { kind: 'vote', ...readBaseFields(reader) };
}

export function readVoteRefusalStatement(reader: Reader): VoteRefusalStatement {
  return { kind: 'vote-refusal', ...readBaseFields(reader) };
}

export function readTransferStatement(reader: Reader): TransferLeadershipStatement {
  return {
    kind: 'transfer-leadership',
    epoch: readEpoch(reader),
    term: readTerm(reader),
    wanted: readTerm(reader),
  };
}

export function readBodyStatement(reader: Reader, kind: BodyStatement['kind']): BodyStatement {
  return { kind, bodyDigest: readHash(reader) };
}

export function readRequestStatement(reader: Reader): RequestStatement {
  return {
    kind: 'client-request',
    client: readClientId(reader),
    first: reader.u64(),
    count: reader.u16(),
    commandsDigest: readHash(reader),
    acknowledged: reader.u64(),
  };
}

export function readReplyStatement(reader: Reader): ReplyStatement {
  return {
    kind: 'client-reply',
    epoch: readEpoch(reader),
    client: readClientId(reader),
    first: reader.u64(),
    requestDigest: readHash(reader),
    index: readIndex(reader),
    resultsDigest: readHash(reader),
  };
}

export function readReadStatement(reader: Reader): ReadStatement {
  return {
    kind: 'read',
    client: readClientId(reader),
    nonce: reader.hex(READ_NONCE_BYTES),
    queryDigest: readHash(reader),
  };
}

export function readReadReplyStatement(reader: Reader): ReadReplyStatement {
  return {
    kind: 'read-reply',
    epoch: readEpoch(reader),
    nonce: reader.hex(READ_NONCE_BYTES),
    queryDigest: readHash(reader),
    applied: readIndex(reader),
    prepared: readIndex(reader),
    resultDigest: readHash(reader),
  };
}

/** Signer, statement, signature. What kind of statement it is, is said outside. */
export function writeSigned(writer: Writer, signed: Signed): Writer {
  return writeStatement(writer.text(signed.signer), signed.statement).raw(signed.signature);
}

export function readSigned<S extends NodeStatement>(
  reader: Reader,
  readStatement: (reader: Reader) => S,
): Signed<S> {
  const signer = readNodeId(reader);
  const statement = readStatement(reader);
  return { signer, statement, signature: readSignature(reader) };
}
