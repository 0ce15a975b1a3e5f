/** Clients' requests: kept where they arrived, handed to the leader, and forgotten when they were executed. */
import { limits } from '../../base/limits.ts';
import type { Executed } from '../core.ts';
import type { LogIndex, NodeId } from '../model/ids.ts';
import type { ClientRequest } from '../model/request.ts';
import type { RaftForward } from './message.ts';
import type { State } from './state.ts';
import { send } from '../effects.ts';

/** Keeps a client's request within this node's share, or answers `overloaded`. */
export function onRequested(s: State, request: ClientRequest): void {
  if (s.pool.add(request, s.self, s.now.monotonicMs)) s.forwarding = true;
  else s.effects.push({ type: 'overloaded', request });
}

/** A leader takes what nodes forward within their shares. */
export function onForward(s: State, from: NodeId, { requests }: RaftForward): void {
  if (s.role.type !== 'leader') return;
  for (const request of requests) s.pool.add(request, from, s.now.monotonicMs);
}

/** Hands what waits to the leader: at once, to every new leader, and again what waited long. */
export function forwardWaiting(s: State): void {
  const { leader } = s;
  if (!s.forwarding || leader === null) return;
  s.forwarding = false;
  if (leader === s.self) return;
  const { monotonicMs } = s.now;
  const { requestTimeoutMs } = s.configuration.parameters;
  for (;;) {
    const waiting = s.pool.toForward(monotonicMs - requestTimeoutMs, limits.batchBytesMax);
    if (waiting.length === 0) return;
    for (const pending of waiting) pending.forwardedAtMs = monotonicMs;
    send(s, leader, { kind: 'forward', requests: waiting.map(({ request }) => request) });
  }
}

/** The link to the leader is up: what was forwarded may be lost. */
export function forwardAgain(s: State, peer: NodeId): void {
  if (peer !== s.leader) return;
  s.pool.forgetForwards();
  s.forwarding = true;
}

export function onApplied(s: State, index: LogIndex, executed: readonly Executed[]): void {
  s.applied = index;
  for (const done of executed) s.pool.executed(done);
}
