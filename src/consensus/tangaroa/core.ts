/**
 * The Byzantine-fault-tolerant core. A step notes what an input says, then draws the consequences in a fixed order
 * until there are none: handlers record facts, and no handler needs to know which rules its facts may trigger.
 */
import { AssertionError, unreachable } from '../../base/assert.ts';
import type { Core, CoreDeps, CoreStatus, Effect, Input, Now, Recovered } from '../core.ts';
import type { LogIndex, NodeId } from '../model/ids.ts';
import type { PeerMessage } from '../model/message.ts';
import type { Verified } from '../model/verified.ts';
import { acceptLeader, respond } from './accept.ts';
import { onEntries } from './fetched.ts';
import { onAppendEntries, onResponse, resendResponse } from './append.ts';
import {
  certifiedIndex,
  certify,
  checkBase,
  commitReached,
  learnCommit,
  storeCommit,
} from './commit.ts';
import { campaign, onRequestVote, onVote, onVoteRefusal } from './election.ts';
import { bearWitness, onEvidence, owePeer, payPeers } from './evidence.ts';
import { fetchMissing, watchStarvation } from './fetch.ts';
import { heartbeat, proposeWaiting } from './lead.ts';
import { forwardAgain, forwardWaiting, onApplied, onForward, onRequested } from './requests.ts';
import { makeState } from './restore.ts';
import { onFetchEntries, serveWaiting } from './serve.ts';
import type { Options, State } from './state.ts';
import { send } from '../effects.ts';
import {
  accuse,
  enterWanted,
  onSuspect,
  onTransferLeadership,
  resignTerm,
  watchLeader,
} from './suspicion.ts';
import { beginFirstTerm, candidateOf, learnProof } from './term.ts';
import { wants } from './wants.ts';

/** How long the commit index stands still before the newest commit certificate is stored on its own. */
const STORE_COMMIT_AFTER_MS = 1_000;

/**
 * A core for one node. `recovered` is what it had made durable: without a term record the node is fresh and opens the
 * first term of the epoch.
 */
export function createTangaroa(
  options: Options,
  deps: CoreDeps,
  recovered: Recovered,
  now: Now,
): Core {
  return coreOf(startState(options, deps, recovered, now));
}

/** The state of a core that starts; `coreOf` runs it. */
export function startState(
  options: Options,
  deps: CoreDeps,
  recovered: Recovered,
  now: Now,
): State {
  const s = makeState(options, deps, recovered, now);
  if (recovered.term === null) beginFirstTerm(s);
  // E6: it may have broadcast what its disk lost, so it neither asks for votes nor proposes in this term.
  else resignTerm(s);
  return s;
}

/** The core over a state. Who keeps the state, a checker say, sees all that the core holds, and changes nothing of it. */
export function coreOf(s: State): Core {
  return {
    wants: (message, from) => wants(s, message, from),
    step: (input) => step(s, input),
    certified: () => certifiedIndex(s),
    status: () => status(s),
  };
}

function step(s: State, input: Input): readonly Effect[] {
  if (s.halted) return [];
  s.now = input.now;
  if (input.type !== 'drained') {
    note(s, input);
    conclude(s);
  } else if (proposeWaiting(s)) conclude(s);
  const { effects } = s;
  if (effects.length === 0) return NOTHING;
  s.effects = [];
  return effects;
}

const NOTHING: readonly Effect[] = [];

/** Draws consequences until there are none. Each returns true if it may have enabled another. */
function conclude(s: State): void {
  while (
    !s.halted &&
    (enterWanted(s) ||
      campaign(s) ||
      acceptLeader(s) ||
      respond(s) ||
      certify(s) ||
      commitReached(s))
  );
  checkBase(s);
  if (s.halted) return;
  forwardWaiting(s);
  fetchMissing(s);
}

function note(s: State, input: Input): void {
  switch (input.type) {
    case 'tick':
      return onTick(s);
    case 'received':
      onMessage(s, input.from, input.message);
      return bearWitness(s, input.message);
    case 'accused':
      if (input.epoch === s.epoch && input.term === s.term) accuse(s, input.culprit, input.reason);
      return;
    case 'requested':
      return onRequested(s, input.request);
    case 'drained':
      return;
    case 'stored':
      s.durable = input.ticket;
      return;
    case 'applied':
      return onApplied(s, input.index, input.executed);
    case 'connected':
      return onConnected(s, input.peer);
    case 'resign':
      return resignTerm(s);
    case 'loaded':
      throw new AssertionError('this core loads nothing: the host answers fetches (D3)');
    default:
      return unreachable(input);
  }
}

function onMessage(s: State, from: NodeId, message: Verified<PeerMessage>): void {
  switch (message.kind) {
    case 'append-entries':
      return onAppendEntries(s, from, message);
    case 'append-entries-response':
      return onResponse(s, from, message);
    case 'suspect':
      return onSuspect(s, from, message);
    case 'request-vote':
      return onRequestVote(s, from, message);
    case 'vote':
      return onVote(s, from, message);
    case 'vote-refusal':
      return onVoteRefusal(s, from, message);
    case 'transfer-leadership':
      return onTransferLeadership(s, from, message);
    case 'fetch-entries':
      return onFetchEntries(s, from, message);
    case 'entries':
      return onEntries(s, from, message);
    case 'forward':
      return onForward(s, from, message);
    case 'proof':
      return onProof(s, message);
    case 'evidence':
      return onEvidence(s, message);
    default:
      return unreachable(message);
  }
}

function onTick(s: State): void {
  watchLeader(s);
  watchStarvation(s);
  serveWaiting(s);
  heartbeat(s);
  s.forwarding = true;
  const { heartbeatIntervalMs } = s.configuration.parameters;
  if (s.now.monotonicMs - s.resentAtMs >= heartbeatIntervalMs) {
    s.resentAtMs = s.now.monotonicMs;
    resend(s, 'all');
    payPeers(s);
  }
  if (s.now.monotonicMs - s.committedAtMs >= STORE_COMMIT_AFTER_MS) storeCommit(s, 1);
}

/** M3: Suspects (until a term ≥ wanted committed), RequestVote and resignations go out again until they have served. */
function resend(s: State, to: NodeId | 'all'): void {
  const own = s.suspects.get(s.self);
  if (own !== undefined && own.signed.statement.wanted > s.committedTerm)
    send(s, to, own, s.ticket);
  if (s.role.type === 'candidate' && s.role.request !== null) send(s, to, s.role.request, s.ticket);
  if (s.transfer !== null) send(s, to, s.transfer, s.termTicket);
}

/** M3: what a peer may have missed while the link was down. */
function onConnected(s: State, peer: NodeId): void {
  resendResponse(s, peer);
  resend(s, peer);
  owePeer(s, peer);
  forwardAgain(s, peer);
  if (s.role.type !== 'leader') return;
  if (s.role.termAppend !== null) send(s, peer, s.role.termAppend, s.termTicket);
  if (s.role.lastAppend !== null) send(s, peer, s.role.lastAppend, s.termTicket);
}

function onProof(s: State, message: Extract<PeerMessage, { kind: 'proof' }>): void {
  learnProof(s, message.body.term);
  if (message.body.commit !== null) learnCommit(s, message.body.commit);
}

function status(s: State): CoreStatus {
  const { acceptance } = s;
  return {
    id: s.self,
    role: s.role.type,
    epoch: s.epoch,
    term: s.term,
    leader: s.leader.proven ? candidateOf(s, s.term) : null,
    accepted: higher(acceptance.durableAccepted, s.chain.committed),
    prepared: higher(s.best.position, s.chain.committed),
    committed: s.chain.committed,
    applied: s.applied,
    pending: s.pool.size,
    pendingBytes: s.pool.bytes,
    evidence: s.evidence,
    suspicions: [...s.suspects]
      .filter(([, { signed }]) => signed.statement.wanted > s.term)
      .map(([voter, { signed }]) => ({
        voter,
        wanted: signed.statement.wanted,
        reason: signed.statement.reason,
      })),
    backoff: s.backoff,
  };
}

function higher<P extends { readonly index: LogIndex }>(a: P, b: P): P {
  return a.index >= b.index ? a : b;
}
