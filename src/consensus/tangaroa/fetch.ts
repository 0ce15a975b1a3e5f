/** Filling gaps (N2, E3, D3): what is missing is asked of one peer at a time, upwards from what is held. */
import { limits } from '../../base/limits.ts';
import { certifiedPosition } from '../model/certificate.ts';
import type { LogIndex, NodeId } from '../model/ids.ts';
import type { Position } from '../model/position.ts';
import type { Start, State } from './state.ts';
import { send } from '../effects.ts';

interface Need {
  readonly head: Position;
  /** Who certainly has it, if honest. */
  readonly peer: NodeId | null;
  /** What proves the position to this node: the answer needs no further proof up to it. */
  readonly proof: 'commit' | 'certificate' | 'leader' | 'none';
}

/** The common case, without making anything. */
function lacksNothing(s: State): boolean {
  const head = s.leader.statement?.statement.head;
  if (s.commitTarget !== null || s.starved || s.role.type === 'candidate') return false;
  return head === undefined || s.chain.holds(head);
}

/** What this node knows of and does not hold. */
export function needs(s: State): readonly Need[] {
  const found: Need[] = [];
  const add = (head: Position, peer: NodeId | null, proof: Need['proof']): void => {
    if (head.index > s.chain.committed.index && !s.chain.holds(head))
      found.push({ head, peer, proof });
  };
  if (s.commitTarget !== null) add(certifiedPosition(s.commitTarget), null, 'commit');
  if (s.role.type === 'candidate') {
    for (const [voter, base] of s.role.heeded) add(base.position, voter, 'certificate');
  }
  const leader = s.leader.statement;
  if (leader !== null && s.role.type !== 'leader')
    add(leader.statement.head, leader.signer, 'leader');
  const beyond = s.starved ? s.tally.beyond(s.chain, s.self) : null;
  if (beyond !== null) add(beyond.position, beyond.voter, 'none');
  return found;
}

/**
 * N2: a voter whose accepted position stands still for a heartbeat interval, while others name higher ones, takes their
 * Responses as a reason to fetch. Once a tick.
 */
export function watchStarvation(s: State): void {
  const index = Math.max(s.acceptance.position.index, s.chain.committed.index);
  if (index !== s.starvedAt.index) {
    s.starvedAt = { index, atMs: s.now.monotonicMs };
    s.starved = false;
  } else {
    const { heartbeatIntervalMs } = s.configuration.parameters;
    s.starved = s.now.monotonicMs - s.starvedAt.atMs >= heartbeatIntervalMs;
  }
}

/**
 * Asks for what is missing, if nothing is under way. Each question is about another need than the one before: what
 * traitors show and nobody serves, or one serves an entry at a time, keeps nothing else waiting (E3). Without a useful
 * answer in time the next one is of another peer, and has twice the patience: an honest answer arrives in the end,
 * however slow the links (section 1).
 */
export function fetchMissing(s: State): void {
  if (s.chain.committed.index - s.applied > limits.applyLagMax) return;
  const f = s.fetching;
  if (f.open !== null) {
    if (s.now.monotonicMs - f.open.atMs < patienceMs(s)) return;
    failed(s, f.open.peer);
  }
  if (s.now.monotonicMs < f.notBeforeMs) return;
  const open = lacksNothing(s) ? [] : needs(s);
  const need = open[f.questions % open.length];
  if (need === undefined) {
    f.starts.clear();
    f.turn = 0;
    return;
  }
  const peer = peerFor(s, need);
  if (peer === null) return;
  f.open = { peer, head: need.head, atMs: s.now.monotonicMs };
  f.questions++;
  const key = keyOf(need, peer);
  f.asked.set(peer, key);
  const body = { from: startOf(s, need, f.starts.get(key)), head: need.head };
  send(s, peer, s.deps.signBody({ kind: 'fetch-entries', body }));
}

function patienceMs(s: State): number {
  const doublings = Math.min(s.fetching.turn, limits.backoffMax);
  return 2 * s.configuration.parameters.heartbeatIntervalMs * 2 ** doublings;
}

/**
 * The same need while what is missing grows. The answers of one peer about it go on from each other: who does not
 * answer, or with what leads elsewhere, takes nothing away that somebody else served.
 */
function keyOf({ proof, peer }: Need, asked: NodeId): string {
  return `${proof} ${peer ?? ''} ${asked}`;
}

/** Nothing came of the open question in time. */
function failed(s: State, peer: NodeId): void {
  const f = s.fetching;
  const key = f.asked.get(peer) ?? '';
  f.starts.set(key, { tip: null, fromCommit: f.starts.get(key)?.fromCommit === true });
  f.open = null;
  f.turn++;
}

/** The answer brought nothing: next from the commit index, and after that no sooner than a heartbeat later. */
export function useless(s: State, peer: NodeId): void {
  const f = s.fetching;
  const key = f.asked.get(peer) ?? '';
  const fromCommit = f.starts.get(key)?.fromCommit !== true;
  f.starts.set(key, { tip: null, fromCommit });
  f.turn++;
  if (fromCommit && !s.chain.isFull) return;
  f.notBeforeMs = s.now.monotonicMs + s.configuration.parameters.heartbeatIntervalMs;
}

/** Of each need who has it is asked first (E3: an honest voter that refused with it); then everybody in turn. */
function peerFor(s: State, need: Need): NodeId | null {
  const { questions, turn, starts } = s.fetching;
  if (need.peer !== null && need.peer !== s.self) {
    if (turn === 0 || !starts.has(keyOf(need, need.peer))) return need.peer;
  }
  const others = s.order.filter((id) => id !== s.self);
  // The needs take turns as well: a step of their number would always bring the same peer to the same need.
  return others[(questions + Math.floor(questions / others.length)) % others.length] ?? null;
}

/** Above the peer's last answer, or above the own chain; from the commit index where that did not connect. */
function startOf(s: State, need: Need, known: Start | undefined): LogIndex {
  const tip = known?.tip ?? null;
  if (tip !== null && s.chain.holds(tip) && tip.index < need.head.index)
    return (tip.index + 1) as LogIndex;
  // What others served of the committed chain is not asked for again while it waits for the disk.
  const linked = s.linked.position.index < need.head.index ? s.linked.position.index : 0;
  const committed = Math.max(s.chain.committed.index, linked);
  const head = Math.max(s.chain.head.index, committed);
  const start = known?.fromCommit === true || head >= need.head.index ? committed : head;
  return (start + 1) as LogIndex;
}
