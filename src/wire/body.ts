/** Bodies: what travels under a signed digest (M1). One encoding each; its digest is `BodyStatement.bodyDigest`. */
import { DecodeError, Reader, Writer } from '../base/binary.ts';
import { limits } from '../base/limits.ts';
import type {
  Body,
  EntriesBody,
  EvidenceBody,
  FetchEntriesBody,
  ForwardBody,
  ProofBody,
  RefusalBody,
  RefusalCode,
  Testimony,
} from '../consensus/model/message.ts';
import { writeHeader } from '../consensus/model/entry.ts';
import type { Hash } from '../consensus/model/ids.ts';
import type { BodyStatement } from '../consensus/model/statement.ts';
import { writePosition } from '../consensus/model/statement.ts';
import {
  readCommitCertificate,
  readTermProof,
  writeCertificate,
  writeTermProof,
} from './certificate.ts';
import type { ClientContext, WireContext } from './context.ts';
import { unprovenSignatures } from './effort.ts';
import { ENTRY_OVERHEAD_BYTES, readEntriesFromFrame, writeEntry } from './entry.ts';
import { readHeader } from './header.ts';
import {
  clipText,
  copyBytes,
  readEpoch,
  readIndex,
  readList,
  readName,
  readNodeId,
  readOptional,
  readPosition,
  writeList,
  writeOptional,
} from './layout.ts';
import { requestFrom } from './request.ts';
import {
  readAppendEntriesStatement,
  readResponseStatement,
  readSigned,
  writeSigned,
} from './statement.ts';

/** Every body that is signed by its digest. */
export type AnyBody = Body | { readonly kind: 'refusal'; readonly body: RefusalBody };

/** Codes by place, never reused. */
const REFUSAL_CODES: readonly RefusalCode[] = [
  'overloaded',
  'invalid-request',
  'unknown-client',
  'forbidden',
  'too-large',
  'stopping',
];
const TESTIMONIES = ['append-entries', 'append-entries-response'] as const;

/** Bytes of a refusal's detail; what is longer is cut. */
const DETAIL_BYTES_MAX = 255;

const ENTRIES = { min: 0, max: limits.fetchEntriesMax, what: 'entries' } as const;
const HEADERS = { min: 0, max: limits.fetchHeadersMax, what: 'headers' } as const;
const FORWARDED = { min: 1, max: limits.requestsPerBatchTarget, what: 'requests' } as const;

export function encodeBody(body: AnyBody): Uint8Array {
  const writer = new Writer(bodySize(body));
  switch (body.kind) {
    case 'fetch-entries':
      return writePosition(writer.u53(body.body.from), body.body.head).finish();
    case 'entries':
      return writeEntries(writer, body.body).finish();
    case 'forward':
      return writeList(writer, body.body.requests, (each, { bytes }) => each.bytes(bytes)).finish();
    case 'proof':
      writeTermProof(writer, body.body.term);
      return writeOptional(writer, body.body.commit, writeCertificate).finish();
    case 'evidence':
      return writeEvidence(writer, body.body).finish();
    case 'refusal': {
      const { code, first, detail } = body.body;
      const text = clipText(detail, DETAIL_BYTES_MAX);
      return writer.u8(REFUSAL_CODES.indexOf(code)).u64(first).u8(text.length).raw(text).finish();
    }
  }
}

/** About how many bytes, so that megabytes are not copied again and again as the buffer doubles. */
function bodySize(body: AnyBody): number {
  switch (body.kind) {
    case 'entries':
      return body.body.entries.reduce(
        (sum, { payload }) => sum + ENTRY_OVERHEAD_BYTES + payload.length,
        65_536,
      );
    case 'forward':
      return body.body.requests.reduce((sum, { bytes }) => sum + 4 + bytes.length, 4);
    default:
      return 512;
  }
}

/** Reads the rest of a frame as the body that a peer's statement names, if it has the digest that was signed. */
export function readBody(
  reader: Reader,
  kind: Body['kind'],
  { bodyDigest }: BodyStatement,
  ctx: WireContext,
): Body {
  return readSignedFor(reader, bodyDigest, ctx, (inner) => parseBody(inner, kind, ctx));
}

/** `readBody` for a refusal, the one body that a client gets. */
export function readRefusalBody(
  reader: Reader,
  { bodyDigest }: BodyStatement,
  ctx: ClientContext,
): RefusalBody {
  return readSignedFor(reader, bodyDigest, ctx, readRefusal);
}

function readSignedFor<T>(
  reader: Reader,
  bodyDigest: Hash,
  ctx: ClientContext,
  parse: (reader: Reader) => T,
): T {
  const bytes = reader.raw(reader.remaining);
  if (ctx.digest(bytes) !== bodyDigest)
    throw new DecodeError('the body does not have the digest that is signed for');
  const inner = new Reader(bytes);
  const body = parse(inner);
  inner.end();
  return body;
}

function parseBody(reader: Reader, kind: Body['kind'], ctx: WireContext): Body {
  switch (kind) {
    case 'fetch-entries':
      return { kind, body: readFetchEntries(reader) };
    case 'entries':
      return { kind, body: readEntries(reader, ctx) };
    case 'forward':
      return { kind, body: readForward(reader, ctx) };
    case 'proof':
      return { kind, body: readProof(reader, ctx) };
    case 'evidence':
      return { kind, body: readEvidence(reader) };
  }
}

function readFetchEntries(reader: Reader): FetchEntriesBody {
  return { from: readIndex(reader), head: readPosition(reader) };
}

function writeEntries(writer: Writer, body: EntriesBody): Writer {
  writeList(writer, body.entries, writeEntry);
  writeList(writer, body.headers, writeHeader);
  writeOptional(writer, body.leader, writeSigned);
  return writeOptional(writer, body.commit, writeCertificate);
}

function readEntries(reader: Reader, ctx: WireContext): EntriesBody {
  const body: EntriesBody = {
    entries: readEntriesFromFrame(reader, ENTRIES, limits.fetchSignaturesMax, ctx),
    headers: readList(reader, HEADERS, readHeader),
    leader: readOptional(reader, (each) => readSigned(each, readAppendEntriesStatement)),
    commit: readOptional(reader, (each) => readCommitCertificate(each, ctx)),
  };
  const max = limits.unprovenSignaturesMax;
  if (unprovenSignatures(body, ctx.digest) > max)
    throw new DecodeError(`entries that no certificate proves, with more than ${max} signatures`);
  return body;
}

/** Copied one by one: requests wait for their turn, and one that waits must not keep the others' frame. */
function readForward(reader: Reader, ctx: WireContext): ForwardBody {
  return {
    requests: readList(reader, FORWARDED, (each) =>
      requestFrom(copyBytes(each.bytes(limits.requestBytesMax)), ctx),
    ),
  };
}

function readProof(reader: Reader, ctx: WireContext): ProofBody {
  const term = readTermProof(reader, ctx);
  return { term, commit: readOptional(reader, (each) => readCommitCertificate(each, ctx)) };
}

export function writeEvidence(writer: Writer, body: EvidenceBody): Writer {
  writer.text(body.culprit).u53(body.epoch).u53(body.index);
  return writeTestimony(writeTestimony(writer, body.first), body.second);
}

export function readEvidence(reader: Reader): EvidenceBody {
  return {
    culprit: readNodeId(reader),
    epoch: readEpoch(reader),
    index: readIndex(reader),
    first: readTestimony(reader),
    second: readTestimony(reader),
  };
}

function writeTestimony(writer: Writer, { signed, headers }: Testimony): Writer {
  writer.u8(TESTIMONIES.indexOf(signed.statement.kind));
  return writeList(writeSigned(writer, signed), headers, writeHeader);
}

function readTestimony(reader: Reader): Testimony {
  const signed =
    readName(reader, TESTIMONIES, 'kind of testimony') === 'append-entries'
      ? readSigned(reader, readAppendEntriesStatement)
      : readSigned(reader, readResponseStatement);
  return { signed, headers: readList(reader, HEADERS, readHeader) };
}

function readRefusal(reader: Reader): RefusalBody {
  return {
    code: readName(reader, REFUSAL_CODES, 'code of a refusal'),
    first: reader.u64(),
    detail: reader.text(),
  };
}
