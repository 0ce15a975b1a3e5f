/**
 * Plain Raft behind the interface of every core. A step notes what an input says; then votes and matches are counted,
 * what follows is applied and said, and entries go out.
 *
 * Ongaro, Ousterhout: "In Search of an Understandable Consensus Algorithm (Extended Version)", cited by section, its
 * figure 2 in quotation marks; Ongaro: "Consensus: Bridging Theory and Practice", cited as the dissertation. There are
 * no configuration changes, and the log is never compacted.
 */
import { unreachable } from '../../base/assert.ts';
import type { Core, CoreStatus, Effect, Input, Now, Recovered } from '../core.ts';
import type { NodeId } from '../model/ids.ts';
import type { Position } from '../model/position.ts';
import type { Verified } from '../model/verified.ts';
import { onAppendEntries } from './append.ts';
import {
  askAgain,
  countVotes,
  onRequestVote,
  onTransferLeadership,
  onVote,
  watchLeader,
} from './election.ts';
import { checkQuorum, proposeWaiting } from './lead.ts';
import type { Mark } from './log.ts';
import type { RaftMessage } from './message.ts';
import { heartbeat, onLoaded, replicate, resume, tellCommitted, tellCurious } from './replicate.ts';
import { forwardAgain, forwardWaiting, onApplied, onForward, onRequested } from './requests.ts';
import { applyCommitted, countMatches, onResponse, respond } from './respond.ts';
import { makeState } from './restore.ts';
import type { RaftOptions } from './restore.ts';
import type { RaftDeps, State } from './state.ts';
import { pursueTransfer, resign, watchTransfer } from './transfer.ts';
import { wants } from './wants.ts';

export type { RaftOptions } from './restore.ts';
export type { RaftDeps } from './state.ts';

/** A core for one node. `recovered` is what it had made durable. */
export function createRaft(
  options: RaftOptions,
  deps: RaftDeps,
  recovered: Recovered,
  now: Now,
): Core<RaftMessage> {
  return coreOf(makeState(options, deps, recovered, now));
}

/** The core over a state. Who keeps the state, a checker say, sees all that the core holds, and changes nothing of it. */
export function coreOf(s: State): Core<RaftMessage> {
  return {
    wants: (message, from) => wants(s, message, from),
    step: (input) => step(s, input),
    certified: () => s.log.committed.index,
    status: () => status(s),
  };
}

const NOTHING: readonly Effect<RaftMessage>[] = [];

function step(s: State, input: Input<RaftMessage>): readonly Effect<RaftMessage>[] {
  if (s.halted) return NOTHING;
  s.now = input.now;
  note(s, input);
  if (!s.halted) conclude(s);
  const { effects } = s;
  if (effects.length === 0) return NOTHING;
  s.effects = [];
  return effects;
}

function conclude(s: State): void {
  countVotes(s);
  respond(s);
  countMatches(s);
  applyCommitted(s);
  replicate(s);
  pursueTransfer(s);
}

function note(s: State, input: Input<RaftMessage>): void {
  switch (input.type) {
    case 'tick':
      return onTick(s);
    case 'received':
      return onMessage(s, input.from, input.message);
    case 'requested':
      return onRequested(s, input.request);
    case 'drained':
      return onDrained(s);
    case 'stored':
      s.durable = input.ticket;
      return s.log.stored(input.ticket);
    case 'applied':
      return onApplied(s, input.index, input.executed);
    case 'loaded':
      return onLoaded(s, input.peer, input.entries);
    case 'connected':
      return onConnected(s, input.peer);
    case 'resign':
      return resign(s);
    case 'accused':
      // Nothing is signed, so nothing can be proven against anybody.
      return;
    default:
      return unreachable(input);
  }
}

function onTick(s: State): void {
  watchLeader(s);
  checkQuorum(s);
  watchTransfer(s);
  heartbeat(s);
  tellCommitted(s);
  s.forwarding = true;
}

function onMessage(s: State, from: NodeId, message: Verified<RaftMessage>): void {
  switch (message.kind) {
    case 'append-entries':
      return onAppendEntries(s, from, message);
    case 'append-entries-response':
      return onResponse(s, from, message);
    case 'request-vote':
      return onRequestVote(s, from, message);
    case 'vote':
      return onVote(s, from, message);
    case 'transfer-leadership':
      return onTransferLeadership(s, from, message);
    case 'forward':
      return onForward(s, from, message);
    default:
      return unreachable(message);
  }
}

/** All that had arrived was stepped: what waits is batched, and news goes out once. */
function onDrained(s: State): void {
  proposeWaiting(s);
  replicate(s);
  tellCurious(s);
  forwardWaiting(s);
}

/** What a peer may have missed while the link was down. */
function onConnected(s: State, peer: NodeId): void {
  askAgain(s, peer);
  resume(s, peer);
  replicate(s);
  heartbeat(s);
  forwardAgain(s, peer);
}

function status(s: State): CoreStatus {
  const committed = positionOf(s.log.committed);
  return {
    id: s.self,
    role: s.role.type,
    epoch: s.configuration.epoch,
    term: s.term,
    leader: s.leader,
    accepted: positionOf(s.log.markAt(s.log.durable) ?? s.log.committed),
    prepared: committed,
    committed,
    applied: s.applied,
    pending: s.pool.size,
    pendingBytes: s.pool.bytes,
    evidence: [],
    suspicions: [],
    backoff: 0,
  };
}

function positionOf({ index, hash }: Mark): Position {
  return { index, hash };
}
