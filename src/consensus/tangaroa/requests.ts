/** Section 7 as consensus sees it: requests are kept, handed to the leader, and forgotten when they were executed. */
import { limits } from '../../base/limits.ts';
import type { Executed } from '../core.ts';
import type { LogIndex, NodeId } from '../model/ids.ts';
import type { Forward } from '../model/message.ts';
import type { ClientRequest } from '../model/request.ts';
import type { Verified } from '../model/verified.ts';
import type { State } from './state.ts';
import { send } from '../effects.ts';
import { candidateOf } from './term.ts';

/** S4: keeps a client's request within this voter's share, or answers `overloaded` and starts no timer. */
export function onRequested(s: State, request: Verified<ClientRequest>): void {
  if (!s.pool.add(request, s.self, s.now.monotonicMs)) {
    s.effects.push({ type: 'overloaded', request });
    return;
  }
  s.forwarding = true;
}

/** S4: a leader takes all that voters forward within their shares. */
export function onForward(s: State, from: NodeId, message: Verified<Forward>): void {
  if (candidateOf(s, s.term) !== s.self) return;
  for (const request of message.body.requests) s.pool.add(request, from, s.now.monotonicMs);
}

/**
 * Hands what waits to the proven leader: at once, to every new leader, and again while it is not executed. Of that one
 * message at a time: what the leader knows it reads in vain, and it pays for that with its patience for this node (L2).
 */
export function forwardWaiting(s: State): void {
  if (!s.forwarding || !s.leader.proven || !s.voter) return;
  const leader = candidateOf(s, s.term);
  if (leader === s.self) return;
  const againMs = s.configuration.parameters.electionTimeoutMs / 2;
  const { provenAtMs } = s.leader;
  const mayRepeat = s.now.monotonicMs - s.repeatedAtMs >= againMs;
  const sinceMs = mayRepeat
    ? Math.max(provenAtMs - 1, s.now.monotonicMs - againMs)
    : provenAtMs - 1;
  const waiting = s.pool.toForward(sinceMs, limits.batchBytesMax);
  s.forwarding = false;
  if (waiting.length === 0) return;
  if (waiting.some(({ forwardedAtMs }) => forwardedAtMs >= provenAtMs))
    s.repeatedAtMs = s.now.monotonicMs;
  for (const pending of waiting) pending.forwardedAtMs = s.now.monotonicMs;
  const requests = waiting.map((pending) => pending.request);
  send(s, leader, s.deps.signBody({ kind: 'forward', body: { requests } }));
  s.forwarding = true;
}

/** M3: the link to the leader is up, and whatever was handed over may be lost. */
export function forwardAgain(s: State, peer: NodeId): void {
  if (peer !== candidateOf(s, s.term)) return;
  s.pool.forgetForwards();
  s.forwarding = true;
}

export function onApplied(s: State, index: LogIndex, executed: readonly Executed[]): void {
  s.applied = index;
  for (const done of executed) s.pool.executed(done);
}
