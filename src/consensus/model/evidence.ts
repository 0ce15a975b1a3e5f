/** V1: what makes one contradiction the same wherever it is found, and the id that everybody knows it by. */
import { Writer } from '../../base/binary.ts';
import { hashHeader } from './entry.ts';
import type { Brand, ClusterId, Digest, Epoch, Hash, LogIndex, NodeId, Term } from './ids.ts';
import type { EvidenceBody, Testimony } from './message.ts';
import type { Position } from './position.ts';
import { STATEMENT_CODE } from './statement.ts';

/** Hexadecimal SHA-256 of what a contradiction is about. */
export type EvidenceId = Brand<string, 'EvidenceId'>;
export type EvidenceKind = Testimony['signed']['statement']['kind'];

/**
 * What a contradiction is about: whoever found it, and whatever headers came along. Different pairs of statements about
 * one subject are one piece of evidence.
 */
export interface EvidenceSubject {
  readonly culprit: NodeId;
  readonly epoch: Epoch;
  readonly term: Term;
  readonly kind: EvidenceKind;
  readonly index: LogIndex;
}

const ID_TAG = 'tangaroa evidence 1';

export function subjectOf({ culprit, epoch, index, first }: EvidenceBody): EvidenceSubject {
  const { term, kind } = first.signed.statement;
  return { culprit, epoch, term, kind, index };
}

export function isSameEvidence(a: EvidenceBody, b: EvidenceBody): boolean {
  const [one, other] = [subjectOf(a), subjectOf(b)];
  return (
    one.culprit === other.culprit &&
    one.epoch === other.epoch &&
    one.term === other.term &&
    one.kind === other.kind &&
    one.index === other.index
  );
}

/** The id of a contradiction: domain tag ‖ clusterId ‖ kind ‖ culprit ‖ epoch ‖ term ‖ index, hashed. */
export function evidenceId(
  clusterId: ClusterId,
  { culprit, epoch, term, kind, index }: EvidenceSubject,
  digest: Digest,
): EvidenceId {
  const writer = new Writer(160).text(ID_TAG).hex(clusterId).u8(STATEMENT_CODE[kind]).text(culprit);
  return digest(writer.u53(epoch).u53(term).u53(index).finish()) as string as EvidenceId;
}

/** The positions that a statement names itself. */
export function namedPositions({ signed: { statement } }: Testimony): readonly Position[] {
  return statement.kind === 'append-entries'
    ? [statement.head, statement.previous]
    : [statement.accepted, statement.prepared];
}

/** The hash that a testimony puts at `index`, or null where it says none. Whether its headers link, `crypto/` checks. */
export function hashSaid(testimony: Testimony, index: LogIndex, digest: Digest): Hash | null {
  const [lowest] = testimony.headers;
  if (lowest !== undefined) return lowest.index === index ? hashHeader(lowest, digest) : null;
  return namedPositions(testimony).find((position) => position.index === index)?.hash ?? null;
}
