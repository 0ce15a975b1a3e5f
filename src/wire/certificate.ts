/** Certificates, suspicions, bundles and what proves a term. What is derived (a certificate's hash) is never sent. */
import { assert } from '../base/assert.ts';
import { DecodeError } from '../base/binary.ts';
import type { Reader, Writer } from '../base/binary.ts';
import { limits } from '../base/limits.ts';
import { baseOf, certifiedPosition } from '../consensus/model/certificate.ts';
import type {
  Base,
  Certificate,
  CommitCertificate,
  PrepareCertificate,
  SuspicionCertificate,
  VoteBundle,
} from '../consensus/model/certificate.ts';
import { hashHeader, writeHeader } from '../consensus/model/entry.ts';
import type { Header } from '../consensus/model/entry.ts';
import type { TermProof } from '../consensus/model/message.ts';
import { samePosition } from '../consensus/model/position.ts';
import type { NodeStatement, Signed } from '../consensus/model/statement.ts';
import { writePosition, writeRank } from '../consensus/model/statement.ts';
import type { WireContext } from './context.ts';
import { readHeader } from './header.ts';
import { SIGNERS_MAX, readList, readName, readPosition, readRank, writeList } from './layout.ts';
import {
  readResponseStatement,
  readSigned,
  readSuspectStatement,
  readVoteStatement,
  writeSigned,
} from './statement.ts';

type Phase = Certificate['phase'];

/** Codes by place, never reused. */
const PHASES: readonly Phase[] = ['prepare', 'commit'];
const TERM_PROOFS: readonly TermProof['type'][] = [
  'genesis',
  'suspicion',
  'bundle',
  'prepare',
  'commit',
];

/** One canonical form, and one count per signer: signers ascend strictly. */
function readSignatures<S extends NodeStatement>(
  reader: Reader,
  readStatement: (reader: Reader) => S,
): readonly Signed<S>[] {
  const range = { min: 1, max: SIGNERS_MAX, what: 'signatures' };
  const list = readList(reader, range, (each) => readSigned(each, readStatement));
  list.reduce((before, next) => {
    if (next.signer <= before.signer) throw new DecodeError('signers do not ascend');
    return next;
  });
  return list;
}

/** Phase, headers, responses. */
export function writeCertificate(writer: Writer, certificate: Certificate): Writer {
  writer.u8(PHASES.indexOf(certificate.phase));
  writeList(writer, certificate.headers, writeHeader);
  return writeList(writer, certificate.responses, writeSigned);
}

function readPhase<P extends Phase>(reader: Reader, phase: P, ctx: WireContext): Certificate<P> {
  const range = { min: 1, max: limits.certificateHeadersMax, what: 'headers of a certificate' };
  const headers = readList(reader, range, readHeader);
  const hash = hashHeader(headers[0] as Header, ctx.digest);
  return { phase, headers, hash, responses: readSignatures(reader, readResponseStatement) };
}

/** A certificate of either phase. Its quorum and its chain are for `crypto/` to check. */
export function readCertificate(reader: Reader, ctx: WireContext): Certificate {
  return readPhase(reader, readName(reader, PHASES, 'phase of a certificate'), ctx);
}

export function readCommitCertificate(reader: Reader, ctx: WireContext): CommitCertificate {
  expectPhase(reader, 'commit');
  return readPhase(reader, 'commit', ctx);
}

function readPrepareCertificate(reader: Reader, ctx: WireContext): PrepareCertificate {
  expectPhase(reader, 'prepare');
  return readPhase(reader, 'prepare', ctx);
}

function expectPhase(reader: Reader, phase: Phase): void {
  const found = readName(reader, PHASES, 'phase of a certificate');
  if (found !== phase) throw new DecodeError(`a ${found} certificate in place of a ${phase} one`);
}

export function writeSuspicion(writer: Writer, certificate: SuspicionCertificate): Writer {
  return writeList(writer, certificate.suspects, writeSigned);
}

export function readSuspicion(reader: Reader): SuspicionCertificate {
  return { suspects: readSignatures(reader, readSuspectStatement) };
}

export function writeBundle(writer: Writer, bundle: VoteBundle): Writer {
  return writeList(writer, bundle.votes, writeSigned);
}

export function readBundle(reader: Reader): VoteBundle {
  return { votes: readSignatures(reader, readVoteStatement) };
}

export function writeTermProof(writer: Writer, proof: TermProof): Writer {
  writer.u8(TERM_PROOFS.indexOf(proof.type));
  switch (proof.type) {
    case 'genesis':
      return writer;
    case 'suspicion':
      return writeSuspicion(writer, proof.certificate);
    case 'bundle':
      return writeBundle(writer, proof.bundle);
    case 'prepare':
    case 'commit':
      return writeCertificate(writer, proof.certificate);
  }
}

export function readTermProof(reader: Reader, ctx: WireContext): TermProof {
  const type = readName(reader, TERM_PROOFS, 'proof of a term');
  switch (type) {
    case 'genesis':
      return { type };
    case 'suspicion':
      return { type, certificate: readSuspicion(reader) };
    case 'bundle':
      return { type, bundle: readBundle(reader) };
    case 'prepare':
      return { type, certificate: readPrepareCertificate(reader, ctx) };
    case 'commit':
      return { type, certificate: readCommitCertificate(reader, ctx) };
  }
}

/** Rank and position of a certified base are those of its certificate: derived, so they cannot disagree. */
export function writeBase(writer: Writer, base: Base): Writer {
  const { certificate } = base;
  if (certificate !== null) {
    assert(samePosition(certifiedPosition(certificate), base.position), 'a base is certified');
    return writeCertificate(writer.u8(1), certificate);
  }
  return writePosition(writeRank(writer.u8(0), base.rank), base.position);
}

export function readBase(reader: Reader, ctx: WireContext): Base {
  const flag = reader.u8();
  if (flag > 1) throw new DecodeError(`${flag} is no kind of base`);
  if (flag === 1) return baseOf(readCertificate(reader, ctx));
  const rank = readRank(reader);
  return { rank, position: readPosition(reader), certificate: null };
}
