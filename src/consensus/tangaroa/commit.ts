/** Section 3, what a quorum makes true: prepare and commit certificates (N4, N5), committing and applying (N6). */
import { assert } from '../../base/assert.ts';
import { limits } from '../../base/limits.ts';
import type { Base, CommitCertificate } from '../model/certificate.ts';
import { baseOf, certifiedPosition, rankOf } from '../model/certificate.ts';
import type { LogIndex } from '../model/ids.ts';
import type { Position } from '../model/position.ts';
import { compareRank, NONE, samePosition } from '../model/position.ts';
import { acceptCertified, pruneHeld } from './accept.ts';
import type { State } from './state.ts';
import { halt, report, store } from '../effects.ts';
import { learnTermOf } from './term.ts';

/** N4: makes the certificates that the tally allows. True if there was a new one. */
export function certify(s: State): boolean {
  if (!s.tally.changed) return false;
  const floor = s.best.rank.term === s.term ? s.best.rank.index : (0 as LogIndex);
  const prepare = s.tally.certificate('prepare', s.term, floor, s.chain);
  if (prepare !== null && learnBase(s, baseOf(prepare))) return true;
  const reached = Math.max(s.chain.committed.index, targetIndex(s)) as LogIndex;
  const commit = s.tally.certificate('commit', s.term, reached, s.chain);
  if (commit === null) {
    s.tally.settled();
    return false;
  }
  learnCommit(s, commit);
  return true;
}

/** The highest index that a certificate names, held or not. */
export function certifiedIndex(s: State): LogIndex {
  return Math.max(s.chain.committed.index, s.best.position.index, targetIndex(s)) as LogIndex;
}

function targetIndex(s: State): LogIndex {
  return s.commitTarget === null ? (0 as LogIndex) : certifiedPosition(s.commitTarget).index;
}

/**
 * Keeps a higher certificate whose prefix is held; durable before a Response names it (N4). One of this term also
 * counts as accepted (N2's exception). True if it was higher.
 */
export function learnBase(s: State, base: Base): boolean {
  if (base.certificate === null || compareRank(base.rank, s.best.rank) <= 0) return false;
  if (!s.chain.holds(base.position)) return false;
  s.best = base;
  const record = { type: 'prepared', certificate: base.certificate } as const;
  if (base.rank.term !== s.term) {
    store(s, [record]);
    return true;
  }
  // One write: a certificate without the switch of chains that it asks for would make this node name an index twice.
  acceptCertified(s, base.position, [record]);
  s.acceptance.preparing.push({ ticket: s.ticket, position: base.position });
  return true;
}

/** A verified commit certificate, of whatever term: the position commits as soon as it is durably held. */
export function learnCommit(s: State, certificate: CommitCertificate): void {
  const { epoch, term, index } = rankOf(certificate);
  if (epoch !== s.epoch) return;
  learnTermOf(s, certificate);
  if (term > s.committedTerm) s.committedTerm = term;
  const position = certifiedPosition(certificate);
  if (index <= s.chain.committed.index) {
    if (s.chain.isCommitted(position) === false) haltForked(s, certificate);
    if (index === s.chain.committed.index) s.newestCommit = certificate;
    return;
  }
  if (index > targetIndex(s)) s.commitTarget = certificate;
}

/** Commits what is known committed and durably held. True if the commit index moved. */
export function commitReached(s: State): boolean {
  const target = s.commitTarget;
  if (target !== null && commitTo(s, certifiedPosition(target), target)) {
    s.commitTarget = null;
    return true;
  }
  return commitTo(s, s.linked.position, s.linked.certificate);
}

/** N6 and "applied only what is durable here": moves the commit index up to a position, if it can. */
function commitTo(s: State, position: Position, certificate: CommitCertificate | null): boolean {
  if (certificate === null || position.index <= s.chain.committed.index) return false;
  if (!s.chain.holds(position) || s.chain.ticketOf(position) > s.durable) return false;
  const certified = samePosition(position, certifiedPosition(certificate));
  if (certified) learnBase(s, baseOf(certificate));
  if (conflictsWithAccepted(s, position)) {
    // What a certificate of this very term links waits for the certified entry itself: N2's exception is about that.
    if (rankOf(certificate).term !== s.term) haltConflict(s, position, certificate);
    return false;
  }
  const entry = s.chain.entry(position.hash);
  assert(entry !== null, 'a held position above the commit index is an entry');
  // Committed, so certified: an entry of this term counts as accepted (N2's exception).
  if (entry.header.term === s.term && entry.header.epoch === s.epoch) acceptCertified(s, position);
  const committed = s.chain.commit(position);
  if (committed === null) {
    haltConflict(s, position, certificate);
    return false;
  }
  if (certified) s.newestCommit = certificate;
  if (s.linked.position.index <= position.index) s.linked = { position: NONE, certificate: null };
  storePassed(s);
  s.committedAtMs = s.now.monotonicMs;
  s.tally.replace(s.chain);
  s.effects.push({ type: 'apply', entries: committed });
  s.unprovenBytes += committed.reduce((sum, { payload }) => sum + payload.length, 0);
  storeCommit(s, s.unprovenBytes >= limits.certificateSpacingBytes ? 1 : limits.certificateSpacing);
  pruneHeld(s);
  return true;
}

/** E5: what was accepted in this term contains every committed entry of a lower one. */
function conflictsWithAccepted(s: State, position: Position): boolean {
  const { position: accepted } = s.acceptance;
  if (accepted.index <= s.chain.committed.index || s.chain.onPath(position)) return false;
  return s.chain.entry(position.hash)?.header.term !== s.term;
}

/** Stores the newest commit certificate once it is `spacing` above the last stored one. */
export function storeCommit(s: State, spacing: number): void {
  const newest = s.newestCommit;
  if (newest === null) return;
  const { index } = certifiedPosition(newest);
  if (index >= s.storedCommit + spacing) keepCertificate(s, newest);
}

function keepCertificate(s: State, certificate: CommitCertificate): void {
  s.storedCommit = certifiedPosition(certificate).index;
  s.unprovenBytes = 0;
  store(s, [{ type: 'commit', certificate }]);
}

/** Certificates that came with fetched entries are stored once the commit index has passed them: others fetch too. */
function storePassed(s: State): void {
  const { committed } = s.chain;
  const passed = s.passing.filter((one) => certifiedPosition(one).index <= committed.index);
  s.passing = s.passing.filter((one) => certifiedPosition(one).index > committed.index);
  for (const certificate of passed) {
    const position = certifiedPosition(certificate);
    if (position.index > s.storedCommit && s.chain.isCommitted(position) === true) {
      keepCertificate(s, certificate);
    }
  }
}

function haltConflict(s: State, position: Position, certificate: CommitCertificate | null): void {
  report(
    s,
    'error',
    'conflict',
    `entry ${position.index} is proven, and conflicts with what this node holds`,
    {
      index: position.index,
      hash: position.hash,
    },
  );
  haltForked(s, certificate);
}

/** E5: two certificates, or a certificate and a bundle, that cannot both be while at most f voters are Byzantine. */
export function haltForked(s: State, certificate: CommitCertificate | null): void {
  const { index, hash } = s.chain.committed;
  const own = s.deps.signBody({ kind: 'proof', body: { term: s.proof, commit: s.newestCommit } });
  const other = { term: s.proof, commit: certificate };
  halt(
    s,
    'forked',
    `The log has forked: a certificate contradicts what this node committed at index ${index} (${hash}). ` +
      `More than f voters are Byzantine. This node stops; both certificates are kept.`,
    [own, s.deps.signBody({ kind: 'proof', body: other })],
  );
}

/** E5: the base of a later term contains whatever committed before; a bundle that does not is proof of a fork. */
export function checkBase(s: State): void {
  const { base } = s.leader;
  const commit = s.newestCommit;
  if (base === null || commit === null || rankOf(commit).term >= s.term) return;
  // What is committed above this certificate may be so by one of this very term, on the base of its other bundle.
  const { index, hash } = certifiedPosition(commit);
  if (base.index < index || (base.index === index && base.hash !== hash)) haltForked(s, commit);
}
