/** Messages between peers, kind by kind (section 2). */
import type { Certificate } from '../consensus/model/certificate.ts';
import type {
  Body,
  PeerMessage,
  ProofBody,
  RequestVote,
  Suspect,
} from '../consensus/model/message.ts';
import type { BodyStatement, Signed } from '../consensus/model/statement.ts';
import type { ElectionStatement } from './certificates.ts';
import {
  checkBase,
  checkBundle,
  checkCertificate,
  checkElectionBase,
  checkEpoch,
  checkSuspicion,
} from './certificates.ts';
import { checkAppendEntries, checkEntries, checkRequest } from './entries.ts';
import { checkEvidence } from './evidence.ts';
import type { RecheckBudget } from './recheck-budget.ts';
import { ownOf } from './recheck-budget.ts';
import type { SignatureChecks } from './signatures.ts';
import type { Fault } from './verdict.ts';
import { firstFault, invalid } from './verdict.ts';

type BodyMessage = Extract<PeerMessage, { body: unknown }>;
type BodyDigest = (body: Body) => string;

export function checkPeerMessage(
  message: PeerMessage,
  signatures: SignatureChecks,
  bodyDigest: BodyDigest,
  budget?: RecheckBudget,
): Fault | null {
  switch (message.kind) {
    case 'append-entries':
      return checkAppendEntries(message, signatures, budget);
    case 'append-entries-response':
      return (
        checkEpoch(message.signed.statement.epoch, signatures.keyring) ??
        signatures.voter(message.signed, ownOf(budget))
      );
    case 'suspect':
      return checkSuspect(message, signatures, budget);
    case 'request-vote':
      return checkRequestVote(message, signatures, budget);
    case 'vote':
      return (
        checkElectionBase(message.signed.statement, signatures.keyring) ??
        signatures.voter(message.signed, ownOf(budget))
      );
    case 'vote-refusal':
      return (
        checkElectionBase(message.signed.statement, signatures.keyring) ??
        signatures.voter(message.signed, ownOf(budget)) ??
        checkShownBase(message.signed.statement, message.certificate, signatures, budget)
      );
    case 'transfer-leadership':
      return (
        checkEpoch(message.signed.statement.epoch, signatures.keyring) ??
        (message.signed.statement.wanted > message.signed.statement.term
          ? null
          : invalid('leadership transferred to no later term')) ??
        signatures.voter(message.signed, ownOf(budget))
      );
    case 'fetch-entries':
    case 'entries':
    case 'forward':
    case 'proof':
    case 'evidence':
      return (
        checkSignedBody(message, signatures, bodyDigest, budget) ??
        checkBody(message, signatures, budget)
      );
  }
}

/** S1: the certificate beside a Suspect is the sender's highest, of the same epoch. */
function checkSuspect(
  { signed, certificate }: Suspect,
  signatures: SignatureChecks,
  budget: RecheckBudget | undefined,
): Fault | null {
  return (
    checkEpoch(signed.statement.epoch, signatures.keyring) ??
    signatures.voter(signed, ownOf(budget)) ??
    (certificate === null ? null : checkCertificate(certificate, signatures, budget))
  );
}

/** E1, E2: the base is proven, and so is the quorum that wants the term, unless it is the epoch's first. */
function checkRequestVote(
  { signed, certificate, suspicion }: RequestVote,
  signatures: SignatureChecks,
  budget: RecheckBudget | undefined,
): Fault | null {
  const { statement } = signed;
  const { firstTerm } = signatures.keyring;
  return (
    checkElectionBase(statement, signatures.keyring) ??
    (suspicion === null && statement.term > firstTerm
      ? invalid('a term that nobody is shown to want')
      : null) ??
    signatures.voter(signed, ownOf(budget)) ??
    checkShownBase(statement, certificate, signatures, budget) ??
    (suspicion === null ? null : checkSuspicion(suspicion, statement.term, signatures, budget))
  );
}

function checkShownBase(
  { baseRank, base }: ElectionStatement,
  certificate: Certificate | null,
  signatures: SignatureChecks,
  budget: RecheckBudget | undefined,
): Fault | null {
  return checkBase({ rank: baseRank, position: base, certificate }, signatures, budget);
}

/** M1: the statement names the body by its digest, under the message's own kind. */
function checkSignedBody(
  message: BodyMessage,
  signatures: SignatureChecks,
  bodyDigest: BodyDigest,
  budget: RecheckBudget | undefined,
): Fault | null {
  const signed: Signed<BodyStatement> = message.signed;
  if (signed.statement.kind !== message.kind)
    return invalid(`a ${message.kind} message under the statement of another kind`);
  if (signed.statement.bodyDigest !== bodyDigest(message))
    return invalid(`the body of a ${message.kind} message is not the signed one`);
  return signatures.member(signed, ownOf(budget));
}

function checkBody(
  message: BodyMessage,
  signatures: SignatureChecks,
  budget: RecheckBudget | undefined,
): Fault | null {
  switch (message.kind) {
    case 'fetch-entries':
      return message.body.from >= 1 ? null : invalid('asks for an entry at index 0');
    case 'entries':
      return checkEntries(message, signatures, budget);
    case 'forward':
      return firstFault(message.body.requests, (request) =>
        checkRequest(request, signatures, ownOf(budget)),
      );
    case 'proof':
      return checkProof(message.body, signatures, budget);
    case 'evidence':
      return checkEvidence(message.body, signatures, budget);
  }
}

/** M4, M5: whatever put the sender into its (epoch, term). */
function checkProof(
  { term, commit }: ProofBody,
  signatures: SignatureChecks,
  budget: RecheckBudget | undefined,
): Fault | null {
  const { firstTerm } = signatures.keyring;
  const fault =
    term.type === 'suspicion'
      ? checkSuspicion(term.certificate, firstTerm, signatures, budget)
      : term.type === 'bundle'
        ? checkBundle(term.bundle, signatures, budget)
        : term.type === 'genesis'
          ? null
          : checkCertificate(term.certificate, signatures, budget);
  return fault ?? (commit === null ? null : checkCertificate(commit, signatures, budget));
}
