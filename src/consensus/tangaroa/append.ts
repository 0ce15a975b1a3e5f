/** Section 3, what arrives: AppendEntries (N2, M2) and Responses (N4). */
import type { CommitCertificate } from '../model/certificate.ts';
import { certifiedPosition } from '../model/certificate.ts';
import type { Entry } from '../model/entry.ts';
import type { NodeId } from '../model/ids.ts';
import type { AppendEntries, AppendEntriesResponse } from '../model/message.ts';
import type { AppendEntriesStatement, Signed } from '../model/statement.ts';
import type { Verified } from '../model/verified.ts';
import { hold, leaderCeiling } from './accept.ts';
import { learnCommit } from './commit.ts';
import type { State } from './state.ts';
import { send } from '../effects.ts';
import { askForProof, candidateOf, learnBundle, ownResponse, prove } from './term.ts';

/** N2, E5, M2: entries or a heartbeat of this term's leader. */
export function onAppendEntries(s: State, from: NodeId, message: Verified<AppendEntries>): void {
  const { signed, entries, commit } = message;
  const { statement } = signed;
  if (statement.epoch !== s.epoch) return;
  if (statement.term < s.term) return prove(s, from);
  learnBundlesIn(s, entries);
  if (commit !== null) learnCommit(s, commit);
  if (statement.term > s.term) return askForProof(s, from);
  if (statement.term !== s.term || signed.signer !== candidateOf(s, s.term)) return;
  if (statement.sequence > s.leader.sequence) {
    s.leader.sequence = statement.sequence;
    if (s.leader.proven) s.leader.freshAtMs = s.now.monotonicMs;
    if (entries.length === 0) resendWithoutProgress(s, commit);
  }
  noteStatement(s, signed);
  if (!s.leader.proven) return;
  hold(s, entries, leaderCeiling(s));
  const held = s.leader.held?.statement.head.index ?? 0;
  if (statement.head.index > held && s.chain.holds(statement.head)) s.leader.held = signed;
}

/**
 * M3: a heartbeat that found no progress since the last one is answered with the newest Response again; so is one of a
 * leader that knows of less committed than this node: it may have missed what made the difference.
 */
function resendWithoutProgress(s: State, commit: CommitCertificate | null): void {
  const committed = s.chain.committed.index;
  const waits = (s.leader.statement?.statement.head.index ?? 0) > committed;
  const stuck = waits && committed === s.leader.committedAtHeartbeat;
  const ahead = committed > (commit === null ? 0 : certifiedPosition(commit).index);
  if ((stuck || ahead) && s.acceptance.response !== null) {
    send(s, 'all', s.acceptance.response, s.termTicket);
  }
  s.leader.committedAtHeartbeat = committed;
}

/** E5: bundles in entries of this or a later term prove their leaders. */
export function learnBundlesIn(s: State, entries: readonly Entry[]): void {
  for (const { content, header } of entries) {
    if (content.kind === 'term' && header.epoch === s.epoch && header.term >= s.term) {
      learnBundle(s, content.bundle);
    }
  }
}

/** Keeps the leader's statement with the highest head: what may be accepted or must be fetched. */
export function noteStatement(s: State, signed: Signed<AppendEntriesStatement>): void {
  const known = s.leader.statement;
  if (known !== null && known.statement.head.index >= signed.statement.head.index) return;
  s.leader.statement = signed;
}

/** N4: counts a voter's Response of this term. */
export function onResponse(s: State, from: NodeId, message: Verified<AppendEntriesResponse>): void {
  const { signed } = message;
  const { statement } = signed;
  if (statement.epoch !== s.epoch) return;
  if (statement.term < s.term) return prove(s, from);
  if (statement.term > s.term) return askForProof(s, from);
  s.tally.record(signed, s.chain);
}

/** M3: after a reconnect a voter shows its newest Response again. */
export function resendResponse(s: State, peer: NodeId): void {
  if (s.voter && s.acceptance.response !== null) send(s, peer, ownResponse(s), s.termTicket);
}
