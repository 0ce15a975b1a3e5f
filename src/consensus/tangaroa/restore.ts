/** The state of a node that starts: fresh, or from what it had made durable (D1, E6, V3). */
import { limits } from '../../base/limits.ts';
import type { AcceptedRecord, CoreDeps, Now, Recovered } from '../core.ts';
import type { Base } from '../model/certificate.ts';
import { baseOf, firstHeader } from '../model/certificate.ts';
import { candidateOrder } from '../model/configuration.ts';
import type { Entry } from '../model/entry.ts';
import { positionOf } from '../model/entry.ts';
import type { LogIndex, Term } from '../model/ids.ts';
import { NONE } from '../model/position.ts';
import { isVoter } from '../model/quorum.ts';
import { Pool } from '../pool.ts';
import { Chain } from './chain.ts';
import type { Options, State } from './state.ts';
import { freshAcceptance, freshFetching, freshLeader } from './state.ts';
import { Tally } from './tally.ts';
import { Witness } from './witness.ts';

/** The state of a node that starts: with what it had made durable, or fresh. */
export function makeState(options: Options, deps: CoreDeps, recovered: Recovered, now: Now): State {
  const { configuration, self, eagerEntries = limits.eagerEntries } = options;
  const epoch = configuration.epoch;
  const genesisTerm = recovered.genesis.header.term;
  const genesis: Base = {
    rank: { epoch, term: genesisTerm, index: recovered.genesis.header.index },
    position: positionOf(recovered.genesis),
    certificate: null,
  };
  const firstTerm = (genesisTerm + 1) as Term;
  const best = recovered.prepared === null ? genesis : baseOf(recovered.prepared);
  const term = recovered.term?.term ?? firstTerm;
  const state: State = {
    self,
    voter: isVoter(configuration.sets, self),
    configuration,
    epoch,
    firstTerm,
    order: candidateOrder(configuration.sets, null),
    genesis,
    deps,
    now,
    effects: [],
    halted: false,
    ticket: 0,
    durable: 0,
    term,
    termTicket: 0,
    enteredAtMs: now.monotonicMs,
    proof: recovered.term?.proof ?? { type: 'genesis' },
    lock: recovered.term?.lock ?? genesis,
    best,
    backoff: 0,
    calmSinceMs: now.monotonicMs,
    chain: new Chain(recovered.committed, recovered.recent, recovered.tail),
    roomTicket: 0,
    tally: new Tally(configuration.sets),
    witness: new Witness(),
    role: { type: 'follower' },
    leader: freshLeader(now),
    acceptance: freshAcceptance(),
    ballot: { votes: new Map(), refusal: null },
    commitTarget: null,
    linked: { position: NONE, certificate: null },
    passing: [],
    unprovenBytes: 0,
    newestCommit: recovered.commit,
    storedCommit: recovered.commit === null ? (0 as LogIndex) : firstHeader(recovered.commit).index,
    committedAtMs: now.monotonicMs,
    committedTerm: recovered.commit === null ? (0 as Term) : firstHeader(recovered.commit).term,
    applied: recovered.committed.index,
    suspects: new Map(),
    wishesChanged: false,
    stalledAt: null,
    transfer: null,
    pool: new Pool(self, configuration.parameters.capacityBytes, configuration.sets.flat().length),
    eagerEntries,
    evidence: [...recovered.evidence],
    evidenceOwed: new Map(),
    fetching: freshFetching(),
    fetchesWaiting: new Map(),
    starvedAt: { index: 0, atMs: now.monotonicMs },
    starved: false,
    forwarding: false,
    repeatedAtMs: now.monotonicMs,
    proofSentMs: new Map(),
    askedMs: new Map(),
    served: new Map(),
    resentAtMs: now.monotonicMs,
  };
  if (recovered.accepted?.term === term) restoreAcceptance(state, recovered.accepted);
  coverCommitted(state);
  restoreLeader(state, recovered.tail);
  return state;
}

/** E5: a stored entry of kind `term` carries the bundle of this term, whatever else was written in time. */
function restoreLeader(s: State, tail: readonly Entry[]): void {
  for (const { content, header } of tail) {
    if (content.kind !== 'term' || header.term !== s.term || header.epoch !== s.epoch) continue;
    s.leader.proven = true;
    s.leader.base = { index: (header.index - 1) as LogIndex, hash: header.parent };
  }
}

/** What is committed in this term counts as accepted (N2's exception), also if that was not written in time. */
function coverCommitted(s: State): void {
  const { committed } = s.chain;
  const { position, silentUpTo } = s.acceptance;
  if (s.chain.headerAt(committed.index)?.header.term !== s.term) return;
  if (position.index >= committed.index) return;
  if (s.chain.isCommitted(position) === false) {
    s.acceptance.silentUpTo = Math.max(silentUpTo, position.index) as LogIndex;
  }
  s.acceptance.position = committed;
  s.acceptance.durableAccepted = committed;
  s.acceptance.certifiedOnly = false;
  s.leader.proven = true;
}

function restoreAcceptance(s: State, record: AcceptedRecord): void {
  const { position, silentUpTo } = record;
  const a = s.acceptance;
  a.silentUpTo = silentUpTo;
  s.leader.proven = true;
  if (s.chain.isCommitted(position) === false && !s.chain.follow(position)) {
    // What was committed since lies on another chain: nothing it may have named is named again (V3), and one chain a
    // term means that only a certificate puts it on another.
    a.silentUpTo = Math.max(silentUpTo, position.index) as LogIndex;
    a.certifiedOnly = true;
    return;
  }
  a.position = position;
  a.durableAccepted = position;
  if (s.best.rank.term !== s.term) return;
  a.durablePrepared = s.best.position;
  if (s.chain.isCommitted(s.best.position) !== false || s.chain.onPath(s.best.position)) return;
  // The certificate was written and the switch of chains was not: it is made now (N2's exception).
  if (!s.chain.follow(s.best.position)) return;
  a.silentUpTo = Math.max(silentUpTo, position.index) as LogIndex;
  a.position = s.best.position;
  a.durableAccepted = s.best.position;
}
