/** Messages between peers: version ‖ kind ‖ signer ‖ statement as signed ‖ signature ‖ what travels beside it (M1). */
import { DecodeError } from '../base/binary.ts';
import type { Decoded, Reader, Writer } from '../base/binary.ts';
import { limits } from '../base/limits.ts';
import type { AppendEntries, Body, PeerMessage } from '../consensus/model/message.ts';
import type { Statement } from '../consensus/model/statement.ts';
import { encodeBody, readBody } from './body.ts';
import {
  readCertificate,
  readCommitCertificate,
  readSuspicion,
  writeCertificate,
  writeSuspicion,
} from './certificate.ts';
import type { WireContext } from './context.ts';
import { ENTRY_OVERHEAD_BYTES, readEntriesFromFrame, writeEntry } from './entry.ts';
import { beginFrame, decodeFrame, finishFrame } from './frame.ts';
import { readOptional, writeList, writeOptional } from './layout.ts';
import {
  readAppendEntriesStatement,
  readBodyStatement,
  readRequestVoteStatement,
  readResponseStatement,
  readSigned,
  readSuspectStatement,
  readTransferStatement,
  readVoteRefusalStatement,
  readVoteStatement,
  writeSigned,
} from './statement.ts';

const ENTRIES = { min: 0, max: limits.acceptAheadMax, what: 'entries' } as const;

/** The frame of a message. */
export function encodePeerMessage(message: PeerMessage): Uint8Array {
  const writer = beginFrame(message.kind, frameSize(message));
  return finishFrame(writeBeside(writeSigned(writer, message.signed), message));
}

/** About how many bytes: entries are not copied again as the buffer doubles. */
function frameSize(message: PeerMessage): number {
  if (message.kind !== 'append-entries' || message.entries.length === 0) return 512;
  const each = ENTRY_OVERHEAD_BYTES;
  return message.entries.reduce((sum, { payload }) => sum + each + payload.length, 16_384);
}

function writeBeside(writer: Writer, message: PeerMessage): Writer {
  switch (message.kind) {
    case 'append-entries':
      writeList(writer, message.entries, writeEntry);
      return writeOptional(writer, message.commit, writeCertificate);
    case 'append-entries-response':
    case 'vote':
    case 'transfer-leadership':
      return writer;
    case 'suspect':
      return writeOptional(writer, message.certificate, writeCertificate);
    case 'request-vote':
      writeOptional(writer, message.certificate, writeCertificate);
      return writeOptional(writer, message.suspicion, writeSuspicion);
    case 'vote-refusal':
      return writeCertificate(writer, message.certificate);
    case 'fetch-entries':
    case 'entries':
    case 'forward':
    case 'proof':
    case 'evidence':
      return writer.raw(encodeBody(message));
  }
}

/**
 * A message out of a frame: laid out canonically, within limits, hashes and digests computed. Nothing of it is
 * verified (`crypto/` does that), and nothing of it keeps the frame in memory.
 */
export function decodePeerMessage(bytes: Uint8Array, ctx: WireContext): Decoded<PeerMessage> {
  return decodeFrame(bytes, (kind, reader) => readPeerMessage(kind, reader, ctx));
}

function readPeerMessage(kind: Statement['kind'], reader: Reader, ctx: WireContext): PeerMessage {
  switch (kind) {
    case 'append-entries':
      return readAppendEntries(reader, ctx);
    case 'append-entries-response':
      return { kind, signed: readSigned(reader, readResponseStatement) };
    case 'vote':
      return { kind, signed: readSigned(reader, readVoteStatement) };
    case 'transfer-leadership':
      return { kind, signed: readSigned(reader, readTransferStatement) };
    case 'suspect':
      return {
        kind,
        signed: readSigned(reader, readSuspectStatement),
        certificate: readOptional(reader, (each) => readCertificate(each, ctx)),
      };
    case 'request-vote':
      return {
        kind,
        signed: readSigned(reader, readRequestVoteStatement),
        certificate: readOptional(reader, (each) => readCertificate(each, ctx)),
        suspicion: readOptional(reader, readSuspicion),
      };
    case 'vote-refusal':
      return {
        kind,
        signed: readSigned(reader, readVoteRefusalStatement),
        certificate: readCertificate(reader, ctx),
      };
    case 'fetch-entries':
    case 'entries':
    case 'forward':
    case 'proof':
    case 'evidence':
      return readBodyMessage(kind, reader, ctx);
    default:
      throw new DecodeError(`${kind} is no message between peers`);
  }
}

function readAppendEntries(reader: Reader, ctx: WireContext): AppendEntries {
  return {
    kind: 'append-entries',
    signed: readSigned(reader, readAppendEntriesStatement),
    entries: readEntriesFromFrame(reader, ENTRIES, limits.unprovenSignaturesMax, ctx),
    commit: readOptional(reader, (each) => readCommitCertificate(each, ctx)),
  };
}

function readBodyMessage(kind: Body['kind'], reader: Reader, ctx: WireContext): PeerMessage {
  const signed = readSigned(reader, (each) => readBodyStatement(each, kind));
  return { ...readBody(reader, kind, signed.statement, ctx), signed };
}
