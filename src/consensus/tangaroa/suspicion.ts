/** Section 4: suspicion, a signed and counted message; what makes voting lazy. */
import { limits } from '../../base/limits.ts';
import type { NodeId, Term } from '../model/ids.ts';
import type { Suspect, TransferLeadership } from '../model/message.ts';
import { blockingValue, quorumValue } from '../model/quorum.ts';
import type { SuspectReason } from '../model/statement.ts';
import type { Verified } from '../model/verified.ts';
import type { State } from './state.ts';
import { report, send } from '../effects.ts';
import { scaled } from './state.ts';
import { candidateOf, enterTerm, learnTermOf, prove } from './term.ts';

/**
 * S1: signs, once for each wanted term, that this voter wants it; never less than it wanted before, and none that nobody
 * could read: only more than f traitors bring a cluster to the highest term, and there it stays.
 */
export function suspect(s: State, wanted: Term, reason: SuspectReason): void {
  if (!s.voter || wanted <= s.term || wanted > limits.termMax) return;
  if (wanted <= wantedBy(s, s.self)) return;
  const message: Suspect = {
    kind: 'suspect',
    signed: s.deps.sign({ kind: 'suspect', epoch: s.epoch, wanted, reason }),
    certificate: s.best.certificate,
  };
  s.suspects.set(s.self, message);
  s.wishesChanged = true;
  // The certificate that travels beside it is shown only once it is durable, as everything this node has stored.
  send(s, 'all', message, s.ticket);
  report(s, 'warn', 'suspect', `wants term ${wanted}: ${reason}`, { wanted, reason });
}

export function wantedBy(s: State, voter: NodeId): Term {
  return s.suspects.get(voter)?.signed.statement.wanted ?? (0 as Term);
}

/** S1 `rogue`: evidence against the leader of this term, or something invalid under its signature. */
export function accuse(s: State, culprit: NodeId, reason: string): void {
  if (culprit !== candidateOf(s, s.term)) return;
  report(s, 'error', 'rogue', `${culprit} broke the protocol under its own signature: ${reason}`, {
    culprit,
    term: s.term,
  });
  suspect(s, (s.term + 1) as Term, 'rogue');
}

/** S2: keeps the highest wanted term of each signer; two wishes of one voter count once. */
export function onSuspect(s: State, from: NodeId, message: Verified<Suspect>): void {
  const { signer, statement } = message.signed;
  if (statement.epoch !== s.epoch) return;
  if (message.certificate !== null) learnTermOf(s, message.certificate);
  if (statement.wanted > wantedBy(s, signer)) {
    s.suspects.set(signer, message);
    s.wishesChanged = true;
  }
  if (statement.wanted <= s.term) prove(s, from);
}

/** S1 `joined` and S2: follows a blocking set, enters with a quorum. True if it entered. */
export function enterWanted(s: State): boolean {
  if (!s.wishesChanged) return false;
  s.wishesChanged = false;
  const { sets } = s.configuration;
  const valueOf = (id: NodeId): number => wantedBy(s, id);
  suspect(s, blockingValue(sets, valueOf) as Term, 'joined');
  const wanted = quorumValue(sets, valueOf) as Term;
  if (wanted <= s.term) return false;
  const suspects = [...s.suspects.values()]
    .map((message) => message.signed)
    .filter(({ statement }) => statement.wanted >= wanted)
    .sort((a, b) => (a.signer < b.signer ? -1 : 1));
  enterTerm(s, wanted, { type: 'suspicion', certificate: { suspects } });
  return true;
}

/** S1 `resigned`: the next term at once; a higher one only after a request timeout with nothing overdue. */
export function onTransferLeadership(
  s: State,
  from: NodeId,
  message: Verified<TransferLeadership>,
): void {
  const { signer, statement } = message.signed;
  if (statement.epoch !== s.epoch) return;
  if (statement.term < s.term) return prove(s, from);
  if (statement.term !== s.term || signer !== candidateOf(s, s.term)) return;
  if (statement.wanted === s.term + 1) return suspect(s, statement.wanted, 'resigned');
  if (statement.wanted <= s.term || statement.wanted >= s.term + s.order.length) return;
  const calmMs = scaled(s, s.configuration.parameters.requestTimeoutMs);
  if (s.now.monotonicMs - s.enteredAtMs >= calmMs && !isOverdue(s)) {
    suspect(s, statement.wanted, 'resigned');
  }
}

/** E6, SIGTERM: the term's candidate gives up its term, and wants the next one itself. */
export function resignTerm(s: State): void {
  if (s.transfer !== null || candidateOf(s, s.term) !== s.self) return;
  const wanted = (s.term + 1) as Term;
  if (wanted > limits.termMax) return;
  const statement = { kind: 'transfer-leadership', epoch: s.epoch, term: s.term, wanted } as const;
  s.transfer = { kind: 'transfer-leadership', signed: s.deps.sign(statement) };
  send(s, 'all', s.transfer, s.termTicket);
  suspect(s, wanted, 'resigned');
}

/** S1 `silent`: no fresh AppendEntries, or no proven leader, within the election timeout. */
function isSilent(s: State): boolean {
  if (s.role.type === 'leader') return false;
  const since = s.leader.proven ? Math.max(s.leader.freshAtMs, s.enteredAtMs) : s.enteredAtMs;
  return s.now.monotonicMs - since >= scaled(s, s.configuration.parameters.electionTimeoutMs);
}

/** S1, S3: whether a request has waited for the request timeout, measured from entering the term if that is later. */
function isOverdue(s: State): boolean {
  const oldest = s.pool.oldestMs();
  if (oldest === null) return false;
  const since = Math.max(oldest, s.enteredAtMs);
  return s.now.monotonicMs - since >= scaled(s, s.configuration.parameters.requestTimeoutMs);
}

/** S1 `stalled`: a voter behind a commit certificate decides once it has applied up to it. */
function isStalled(s: State): boolean {
  if (!isOverdue(s)) {
    s.stalledAt = null;
    return false;
  }
  const target = s.commitTarget?.headers[0]?.index ?? s.chain.committed.index;
  s.stalledAt ??= target;
  return s.applied >= s.stalledAt;
}

/** The timers of section 4, once a tick. */
export function watchLeader(s: State): void {
  const next = (s.term + 1) as Term;
  const silent = isSilent(s);
  if (silent) suspect(s, next, 'silent');
  const stalled = isStalled(s);
  if (stalled) suspect(s, next, 'stalled');
  relax(s, silent || stalled || isOverdue(s));
}

/** S3: k falls by one after four times the longer timeout in one term with nothing overdue. */
function relax(s: State, overdue: boolean): void {
  if (overdue) s.calmSinceMs = s.now.monotonicMs;
  const { electionTimeoutMs, requestTimeoutMs } = s.configuration.parameters;
  const calmMs = 4 * scaled(s, Math.max(electionTimeoutMs, requestTimeoutMs));
  if (s.backoff === 0 || s.now.monotonicMs - s.calmSinceMs < calmMs) return;
  s.backoff--;
  s.calmSinceMs = s.now.monotonicMs;
}
