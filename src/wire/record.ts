/**
 * What a store keeps (D1): version ‖ type ‖ value, and at the end what tells damage. An entry ends in its hash, which
 * the decoder computes anew; the other records end in the first 8 bytes of the digest of all before.
 */
import { equalBytes, fromHex } from '../base/bytes.ts';
import { DecodeError, Writer, decode } from '../base/binary.ts';
import type { Decoded, Reader } from '../base/binary.ts';
import { limits } from '../base/limits.ts';
import { assert } from '../base/assert.ts';
import type { AcceptedRecord, TermRecord, VoteRecord } from '../consensus/core.ts';
import type { Certificate, CommitCertificate } from '../consensus/model/certificate.ts';
import type { Entry, Header } from '../consensus/model/entry.ts';
import type { Digest, Hash } from '../consensus/model/ids.ts';
import type { EvidenceBody } from '../consensus/model/message.ts';
import { writePosition } from '../consensus/model/statement.ts';
import { readEvidence, writeEvidence } from './body.ts';
import {
  readBase,
  readCertificate,
  readCommitCertificate,
  readTermProof,
  writeBase,
  writeCertificate,
  writeTermProof,
} from './certificate.ts';
import type { WireContext } from './context.ts';
import { ENTRY_OVERHEAD_BYTES, readEntry, writeEntry } from './entry.ts';
import { readHeader } from './header.ts';
import {
  HASH_BYTES,
  readEpoch,
  readHash,
  readIndex,
  readNodeId,
  readOptional,
  readPosition,
  readTerm,
  writeOptional,
} from './layout.ts';

const RECORD_VERSION = 1;
const CHECK_BYTES = 8;

/** Never reused for another meaning. */
const TYPE = { entry: 1, term: 2, accepted: 3, certificate: 4, evidence: 5, vote: 6 } as const;
type Type = keyof typeof TYPE;

function begin(type: Type, capacityBytes = 1024): Writer {
  return new Writer(capacityBytes).u8(RECORD_VERSION).u8(TYPE[type]);
}

function readBegin(reader: Reader, type: Type): void {
  const version = reader.u8();
  if (version !== RECORD_VERSION)
    throw new DecodeError(`a record of version ${version} where ${RECORD_VERSION} is known`);
  if (reader.u8() !== TYPE[type]) throw new DecodeError(`not a record of type ${type}`);
}

/** The record of an entry: header, payload, hash. */
export function encodeEntryRecord(entry: Entry): Uint8Array {
  const size = 2 + ENTRY_OVERHEAD_BYTES + entry.payload.length + HASH_BYTES;
  return writeEntry(begin('entry', size), entry).hex(entry.hash).finish();
}

/** The entry; its payload stays a view of the record. */
export function decodeEntryRecord(bytes: Uint8Array, ctx: WireContext): Decoded<Entry> {
  return decode(bytes, (reader) => {
    readBegin(reader, 'entry');
    const entry = readEntry(reader, ctx);
    if (readHash(reader) !== entry.hash) throw new DecodeError('the entry has another hash');
    return entry;
  });
}

/** Header and hash of an entry's record, without a look at the payload. */
export function decodeEntryHeader(
  bytes: Uint8Array,
  ctx: WireContext,
): Decoded<{ readonly header: Header; readonly hash: Hash }> {
  return decode(bytes, (reader) => {
    readBegin(reader, 'entry');
    const header = readHeader(reader);
    reader.bytes(limits.batchBytesMax);
    const hash = readHash(reader);
    if (hash !== ctx.naming.entry(header)) throw new DecodeError('the entry has another hash');
    return { header, hash };
  });
}

export function encodeTermRecord(record: TermRecord, digest: Digest): Uint8Array {
  const writer = begin('term').u53(record.epoch).u53(record.term);
  return seal(writeBase(writeTermProof(writer, record.proof), record.lock), digest);
}

export function decodeTermRecord(bytes: Uint8Array, ctx: WireContext): Decoded<TermRecord> {
  return unseal(bytes, 'term', ctx, (reader) => ({
    epoch: readEpoch(reader),
    term: readTerm(reader),
    proof: readTermProof(reader, ctx),
    lock: readBase(reader, ctx),
  }));
}

export function encodeAcceptedRecord(record: AcceptedRecord, digest: Digest): Uint8Array {
  const writer = begin('accepted', 96).u53(record.epoch).u53(record.term);
  return seal(writePosition(writer, record.position).u53(record.silentUpTo), digest);
}

export function decodeAcceptedRecord(bytes: Uint8Array, ctx: WireContext): Decoded<AcceptedRecord> {
  return unseal(bytes, 'accepted', ctx, (reader) => ({
    epoch: readEpoch(reader),
    term: readTerm(reader),
    position: readPosition(reader),
    silentUpTo: readIndex(reader),
  }));
}

export function encodeCertificateRecord(certificate: Certificate, digest: Digest): Uint8Array {
  return seal(writeCertificate(begin('certificate', 8192), certificate), digest);
}

/** A certificate of either phase: the highest that a node has. */
export function decodeCertificateRecord(bytes: Uint8Array, ctx: WireContext): Decoded<Certificate> {
  return unseal(bytes, 'certificate', ctx, (reader) => readCertificate(reader, ctx));
}

/** A commit certificate; one of the other phase is refused. */
export function decodeCommitRecord(
  bytes: Uint8Array,
  ctx: WireContext,
): Decoded<CommitCertificate> {
  return unseal(bytes, 'certificate', ctx, (reader) => readCommitCertificate(reader, ctx));
}

/** Plain Raft's. */
export function encodeVoteRecord(record: VoteRecord, digest: Digest): Uint8Array {
  const writer = begin('vote', 128).u53(record.term);
  writeOptional(writer, record.votedFor, (each, node) => each.text(node));
  return seal(writePosition(writer, record.committed), digest);
}

export function decodeVoteRecord(bytes: Uint8Array, ctx: WireContext): Decoded<VoteRecord> {
  return unseal(bytes, 'vote', ctx, (reader) => ({
    term: readTerm(reader),
    votedFor: readOptional(reader, readNodeId),
    committed: readPosition(reader),
  }));
}

export function encodeEvidenceRecord(evidence: EvidenceBody, digest: Digest): Uint8Array {
  return seal(writeEvidence(begin('evidence', 2048), evidence), digest);
}

export function decodeEvidenceRecord(bytes: Uint8Array, ctx: WireContext): Decoded<EvidenceBody> {
  return unseal(bytes, 'evidence', ctx, readEvidence);
}

/** Appends what tells damage: a node must not restart from a term or a position that nobody wrote. */
function seal(writer: Writer, digest: Digest): Uint8Array {
  const record = writer.finish();
  const check = checkOf(record, digest);
  return new Writer(record.length + CHECK_BYTES).raw(record).raw(check).finish();
}

/** Damage is named before anything is made of it, but a record of another version or type is not damage. */
function unseal<T>(
  bytes: Uint8Array,
  type: Type,
  ctx: WireContext,
  read: (reader: Reader) => T,
): Decoded<T> {
  const end = Math.max(0, bytes.length - CHECK_BYTES);
  return decode(bytes, (reader) => {
    readBegin(reader, type);
    if (!equalBytes(bytes.subarray(end), checkOf(bytes.subarray(0, end), ctx.digest)))
      throw new DecodeError('damaged: its bytes are not those that were written');
    const value = read(reader);
    reader.raw(CHECK_BYTES);
    return value;
  });
}

function checkOf(bytes: Uint8Array, digest: Digest): Uint8Array {
  const check = fromHex(digest(bytes).slice(0, 2 * CHECK_BYTES));
  assert(check !== null && check.length === CHECK_BYTES, 'a digest is hexadecimal');
  return check;
}
