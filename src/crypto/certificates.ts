/** Certificates, checked with the public keys alone: anybody's right, a log is not needed (N5, S2, E4). */
import { limits } from '../base/limits.ts';
import type {
  Base,
  Certificate,
  SuspicionCertificate,
  VoteBundle,
} from '../consensus/model/certificate.ts';
import { certifiedPosition, rankOf } from '../consensus/model/certificate.ts';
import type { Epoch, NodeId, Term } from '../consensus/model/ids.ts';
import type { Position, Rank } from '../consensus/model/position.ts';
import { compareRank, samePosition } from '../consensus/model/position.ts';
import { isQuorum } from '../consensus/model/quorum.ts';
import type { Signed } from '../consensus/model/statement.ts';
import { isChain, isOnChain, linksOf } from './chain.ts';
import type { Link } from './chain.ts';
import type { Keyring } from './keyring.ts';
import type { RecheckBudget } from './recheck-budget.ts';
import type { SignatureChecks } from './signatures.ts';
import type { Fault } from './verdict.ts';
import { firstFault, invalid } from './verdict.ts';

/** N5. A certificate is of the epoch and term of its first header, and so is every Response in it. */
export function checkCertificate(
  certificate: Certificate,
  signatures: SignatureChecks,
  budget?: RecheckBudget,
): Fault | null {
  const first = certificate.headers[0];
  if (first === undefined) return invalid('certificate without headers');
  const epochFault = checkEpoch(first.epoch, signatures.keyring);
  if (epochFault !== null) return epochFault;
  if (certificate.headers.length > limits.certificateHeadersMax)
    return invalid(`certificate of ${certificate.headers.length} headers`);
  const links = linksOf(certificate.headers, signatures.digest);
  if (links[0]?.hash !== certificate.hash) return invalid("hash is not the first header's");
  if (!isChain(links)) return invalid("the certificate's headers are no chain");
  return checkCounted(certificate, links) ?? checkQuorum(certificate.responses, signatures, budget);
}

/** The counted positions: of the certificate's epoch and term, on its chain, and reaching its last header. */
function checkCounted(certificate: Certificate, links: readonly Link[]): Fault | null {
  const { epoch, term } = rankOf(certificate);
  let highest = 0;
  for (const { signer, statement } of certificate.responses) {
    if (statement.epoch !== epoch || statement.term !== term)
      return invalid(`the Response of ${signer} is of another epoch or term`);
    const counted = certificate.phase === 'prepare' ? statement.accepted : statement.prepared;
    if (!isOnChain(links, counted))
      return invalid(`the position of ${signer} is not on the certificate's chain`);
    highest = Math.max(highest, counted.index);
  }
  return highest === links.at(-1)?.header.index
    ? null
    : invalid('a header beyond the highest position counted');
}

/** S2: a quorum that wants `term` or a later one. */
export function checkSuspicion(
  { suspects }: SuspicionCertificate,
  term: Term,
  signatures: SignatureChecks,
  budget?: RecheckBudget,
): Fault | null {
  const fault = firstFault(suspects, ({ signer, statement }) => {
    if (statement.wanted < term) return invalid(`${signer} wants no term as high as ${term}`);
    return checkEpoch(statement.epoch, signatures.keyring);
  });
  return fault ?? checkQuorum(suspects, signatures, budget);
}

/** E4: a quorum of Votes for one base in one term. */
export function checkBundle(
  { votes }: VoteBundle,
  signatures: SignatureChecks,
  budget?: RecheckBudget,
): Fault | null {
  const first = votes[0]?.statement;
  if (first === undefined) return invalid('vote bundle without votes');
  const fault =
    checkElectionBase(first, signatures.keyring) ??
    firstFault(votes, ({ signer, statement }) =>
      statement.epoch === first.epoch &&
      statement.term === first.term &&
      compareRank(statement.baseRank, first.baseRank) === 0 &&
      samePosition(statement.base, first.base)
        ? null
        : invalid(`the vote of ${signer} is for another term or base`),
    );
  return fault ?? checkQuorum(votes, signatures, budget);
}

/** Null stands for the genesis of the epoch and nothing else. */
export function checkBase(
  base: Base,
  signatures: SignatureChecks,
  budget?: RecheckBudget,
): Fault | null {
  if (base.certificate === null) {
    const { genesis } = signatures.keyring;
    if (base.rank.epoch !== genesis.rank.epoch)
      return checkEpoch(base.rank.epoch, signatures.keyring);
    return compareRank(base.rank, genesis.rank) === 0 &&
      samePosition(base.position, genesis.position)
      ? null
      : invalid('a base without a certificate that is not the genesis of the epoch');
  }
  if (
    compareRank(base.rank, rankOf(base.certificate)) !== 0 ||
    !samePosition(base.position, certifiedPosition(base.certificate))
  )
    return invalid('the certificate proves another base');
  return checkCertificate(base.certificate, signatures, budget);
}

/** What an election's statements say of their base, before anything is proven. */
export interface ElectionStatement {
  readonly epoch: Epoch;
  readonly term: Term;
  readonly baseRank: Rank;
  readonly base: Position;
}

/** E2: the base is of this epoch and a lower term; no base ranks below the genesis of the epoch. */
export function checkElectionBase(statement: ElectionStatement, keyring: Keyring): Fault | null {
  const { epoch, term, baseRank, base } = statement;
  const epochFault = checkEpoch(epoch, keyring);
  if (epochFault !== null) return epochFault;
  if (baseRank.epoch !== epoch) return invalid('a base of another epoch');
  if (baseRank.term >= term)
    return invalid("a base that is not of a lower term than the election's");
  if (baseRank.index !== base.index) return invalid("the base's rank names another index");
  const { genesis } = keyring;
  const order = compareRank(baseRank, genesis.rank);
  if (order < 0 || (order === 0 && !samePosition(base, genesis.position)))
    return invalid('the base contradicts the genesis of the epoch');
  return null;
}

export function checkEpoch(epoch: Epoch, keyring: Keyring): Fault | null {
  return epoch === keyring.epoch ? null : { type: 'other-epoch', epoch };
}

/** Distinct voters, a quorum in every set, each with a valid signature. The signatures come last: they cost most. */
function checkQuorum(
  items: readonly Signed[],
  signatures: SignatureChecks,
  budget: RecheckBudget | undefined,
): Fault | null {
  const signers = new Set<NodeId>();
  let last = '';
  for (const { signer } of items) {
    // One form: sorted by signer, so each signer once.
    if (signer <= last) return invalid('signers are not distinct and sorted');
    if (!signatures.keyring.isVoter(signer)) return invalid(`${signer} is no voter`);
    signers.add(signer);
    last = signer;
  }
  if (!isQuorum(signatures.keyring.sets, signers)) return invalid('no quorum');
  return firstFault(items, (signed) => signatures.voter(signed, budget));
}
