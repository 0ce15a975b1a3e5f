/** V1: two signed statements that no honest node makes, checkable by anyone with the public keys. */
import { limits } from '../base/limits.ts';
import type { Digest, Hash, LogIndex } from '../consensus/model/ids.ts';
import { hashSaid, namedPositions } from '../consensus/model/evidence.ts';
import type { EvidenceBody, Testimony } from '../consensus/model/message.ts';
import { samePosition } from '../consensus/model/position.ts';
import { checkEpoch } from './certificates.ts';
import { isChain, linksOf, positionOfLink } from './chain.ts';
import type { RecheckBudget } from './recheck-budget.ts';
import type { SignatureChecks } from './signatures.ts';
import type { Fault } from './verdict.ts';
import { invalid } from './verdict.ts';

/** Both of the culprit, of one kind and one (epoch, term), with different hashes at `index`. */
export function checkEvidence(
  { culprit, epoch, index, first, second }: EvidenceBody,
  signatures: SignatureChecks,
  budget?: RecheckBudget,
): Fault | null {
  const epochFault = checkEpoch(epoch, signatures.keyring);
  if (epochFault !== null) return epochFault;
  const one = first.signed.statement;
  const other = second.signed.statement;
  if (first.signed.signer !== culprit || second.signed.signer !== culprit)
    return invalid('evidence that somebody else signed');
  if (one.epoch !== epoch || other.epoch !== epoch || one.term !== other.term)
    return invalid('evidence from two terms');
  if (one.kind !== other.kind) return invalid('evidence of two kinds');
  // Index 0 is none: whatever stands there names no prefix.
  if (index < 1) return invalid('evidence for no index');
  const firstHash = testifiedHash(first, index, signatures.digest);
  const secondHash = testifiedHash(second, index, signatures.digest);
  if (firstHash === null || secondHash === null)
    return invalid('evidence whose headers do not link the index to a signed position');
  if (firstHash === secondHash) return invalid('evidence without a contradiction');
  return signatures.voter(first.signed, budget) ?? signatures.voter(second.signed, budget);
}

/** The hash that a testimony puts at `index`, or null where it puts none there. */
function testifiedHash(testimony: Testimony, index: LogIndex, digest: Digest): Hash | null {
  if (testimony.headers.length === 0) return hashSaid(testimony, index, digest);
  // V3: after N2's exception an honest voter names a higher position whose chain contradicts what it named below, so
  // a Response speaks of the indexes alone that it names itself. A leader has one chain in a term, all the way down.
  if (testimony.signed.statement.kind === 'append-entries-response') return null;
  if (testimony.headers.length > limits.fetchHeadersMax) return null;
  const links = linksOf(testimony.headers, digest);
  const start = links[0];
  const end = links.at(-1);
  if (start === undefined || end === undefined || !isChain(links)) return null;
  if (!namedPositions(testimony).some((position) => samePosition(position, positionOfLink(end))))
    return null;
  return start.header.index === index ? start.hash : null;
}
