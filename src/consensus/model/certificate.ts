/** Certificates: what a quorum signed, in a form that anybody checks with the public keys alone. */
import type { Header } from './entry.ts';
import type { Hash } from './ids.ts';
import type { Position, Rank } from './position.ts';
import type { ResponseStatement, Signed, SuspectStatement, VoteStatement } from './statement.ts';

/**
 * N4, N5: q Responses of one (epoch, term) whose accepted (`prepare`) or prepared (`commit`) positions lie on the
 * chain of `headers`, which run from the certified index to the highest position counted (at most 64). `headers[0]`
 * is of the certificate's epoch and term.
 */
export interface Certificate<Phase extends 'prepare' | 'commit' = 'prepare' | 'commit'> {
  readonly phase: Phase;
  /** At least one. */
  readonly headers: readonly Header[];
  /** Hash of `headers[0]`: derived, never sent. */
  readonly hash: Hash;
  /** Sorted by signer, each signer once. */
  readonly responses: readonly Signed<ResponseStatement>[];
}
export type PrepareCertificate = Certificate<'prepare'>;
export type CommitCertificate = Certificate<'commit'>;

export function certifiedPosition(certificate: Certificate): Position {
  return { index: firstHeader(certificate).index, hash: certificate.hash };
}

export function firstHeader(certificate: Certificate): Header {
  return certificate.headers[0] as Header;
}

export function rankOf(certificate: Certificate): Rank {
  const { epoch, term, index } = firstHeader(certificate);
  return { epoch, term, index };
}

/** S2: a quorum's Suspects, each wanting a term ≥ the entered one; sorted by signer. */
export interface SuspicionCertificate {
  readonly suspects: readonly Signed<SuspectStatement>[];
}

/** E4: a quorum's Votes of one (epoch, term) for one base; sorted by signer. */
export interface VoteBundle {
  readonly votes: readonly Signed<VoteStatement>[];
}

/**
 * The highest certificate that a node shows: a prepare certificate, a commit certificate (it says more: a quorum that
 * prepared a position holds prepare certificates for it, so it proves the same rank), or the genesis of the epoch,
 * which needs none.
 */
export interface Base {
  readonly rank: Rank;
  readonly position: Position;
  /** Null exactly for the genesis of the epoch (rank (e, firstTerm-1, i)). */
  readonly certificate: Certificate | null;
}

export function baseOf(certificate: Certificate): Base {
  return { rank: rankOf(certificate), position: certifiedPosition(certificate), certificate };
}
