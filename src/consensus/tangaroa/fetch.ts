/**
 * Filling gaps (N2, E3, D3): what is missing is asked of one peer at a time, upwards from what is held; an answer
 * links its last entry by headers to a position that is proven, so nothing unproven is ever held.
 */
import { limits } from '../../base/limits.ts';
import { certifiedPosition } from '../model/certificate.ts';
import type { Entry, Header } from '../model/entry.ts';
import { hashHeader, positionOf } from '../model/entry.ts';
import type { LogIndex, NodeId } from '../model/ids.ts';
import type { Entries, EntriesBody, FetchEntries } from '../model/message.ts';
import type { Position } from '../model/position.ts';
import { samePosition } from '../model/position.ts';
import type { Verified } from '../model/verified.ts';
import { hold } from './accept.ts';
import { learnBundlesIn, noteStatement } from './append.ts';
import { haltForked, learnCommit } from './commit.ts';
import type { State } from './state.ts';
import { due, send } from './state.ts';
import { accuse } from './suspicion.ts';
import { candidateOf } from './term.ts';

interface Need {
  readonly head: Position;
  /** Who certainly has it, if honest. */
  readonly peer: NodeId | null;
  /** What proves the position to this node: the answer needs no further proof up to it. */
  readonly proof: 'commit' | 'certificate' | 'leader' | 'none';
}

/** What this node knows of and does not hold, most urgent first. */
function needs(s: State): readonly Need[] {
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
  const beyond = s.starved ? s.tally.beyond(s.chain) : null;
  if (beyond !== null && beyond.voter !== s.self) add(beyond.position, beyond.voter, 'none');
  return found;
}

/**
 * N2: a voter whose accepted position stands still for a heartbeat interval, while others name higher ones, takes
 * their Responses as a reason to fetch. Once a tick.
 */
export function watchStarvation(s: State): void {
  const index = Math.max(s.acceptance.position.index, s.chain.committed.index);
  if (index !== s.starvedAt.index) {
    s.starvedAt = { index, atMs: s.now.monotonicMs };
    s.starved = false;
  } else if (
    s.now.monotonicMs - s.starvedAt.atMs >=
    s.configuration.parameters.heartbeatIntervalMs
  ) {
    s.starved = true;
  }
}

/** Asks for what is missing, if nothing is under way; another peer where one does not answer in time. */
export function fetchMissing(s: State): void {
  if (s.chain.committed.index - s.applied > limits.applyLagMax) return;
  const timeoutMs = 2 * s.configuration.parameters.heartbeatIntervalMs;
  const { fetching } = s;
  if (fetching !== null) {
    if (s.now.monotonicMs - fetching.atMs < timeoutMs) return;
    s.fetchTurn++;
    s.fetchTip = null;
    s.fetching = null;
  }
  const need = needs(s)[0];
  if (need === undefined) {
    s.fetchTip = null;
    return;
  }
  const peer = peerFor(s, need);
  if (peer === null) return;
  s.fetching = { head: need.head, peer, atMs: s.now.monotonicMs };
  const body = { from: startOf(s, need), head: need.head };
  send(s, peer, s.deps.signBody({ kind: 'fetch-entries', body }));
}

/** Who has it first, then everybody in turn. */
function peerFor(s: State, need: Need): NodeId | null {
  const others = s.order.filter((id) => id !== s.self);
  if (need.peer !== null && need.peer !== s.self && s.fetchTurn % 2 === 0) return need.peer;
  return others[s.fetchTurn % others.length] ?? null;
}

/** Above the last chunk, or above the own chain; from the commit index where that did not connect. */
function startOf(s: State, need: Need): LogIndex {
  if (s.fetchTip !== null && s.chain.holds(s.fetchTip)) return (s.fetchTip.index + 1) as LogIndex;
  const head = s.chain.head.index;
  const guess = s.fetchTurn % 2 === 0 && head < need.head.index ? head : s.chain.committed.index;
  return (guess + 1) as LogIndex;
}

/** Serves what is held above the commit index from memory; the host serves what is committed from the store. */
export function onFetchEntries(s: State, from: NodeId, message: Verified<FetchEntries>): void {
  if (!due(s, s.servedMs, from, SERVE_INTERVAL_MS)) return;
  const { body } = message;
  if (body.from <= s.chain.committed.index) {
    const newest = s.newestCommit;
    if (newest === null || certifiedPosition(newest).index < body.from) return;
    s.effects.push({ type: 'serve', to: from, from: body.from, newest });
    return;
  }
  const answer = heldAnswer(s, body.from, body.head);
  if (answer !== null) send(s, from, s.deps.signBody({ kind: 'entries', body: answer }), s.ticket);
}

/** One answer for each peer in so many milliseconds: who asks faster is late, not served more. */
const SERVE_INTERVAL_MS = 2;

/** Entries from the tree up to the asked-for head, or to the leader's newest head above it. */
function heldAnswer(s: State, from: LogIndex, asked: Position): EntriesBody | null {
  const statement = s.acceptance.statement;
  const signedHead = statement?.statement.head ?? null;
  const chain =
    signedHead !== null && s.chain.holds(signedHead) ? s.chain.ascend(signedHead) : null;
  const covers =
    chain !== null &&
    (!s.chain.holds(asked) || chain.some((e) => samePosition(positionOf(e), asked)));
  const all = covers ? chain : s.chain.holds(asked) ? s.chain.ascend(asked) : null;
  const wanted = all?.filter((entry) => entry.header.index >= from) ?? [];
  const entries: Entry[] = [];
  let bytes = 0;
  for (const entry of wanted) {
    bytes += entry.payload.length;
    if (
      entries.length > 0 &&
      (bytes > limits.fetchBytesMax || entries.length >= limits.fetchEntriesMax)
    )
      break;
    entries.push(entry);
  }
  const headers = wanted.slice(entries.length).map((entry) => entry.header);
  if (entries.length === 0 || headers.length > limits.fetchHeadersMax) return null;
  return { entries, headers, leader: covers ? statement : null, commit: null };
}

/** Holds the proven part of an answer. */
export function onEntries(s: State, from: NodeId, message: Verified<Entries>): void {
  if (s.fetching === null || s.fetching.peer !== from) return;
  s.fetching = null;
  const { body } = message;
  if (body.commit !== null) learnCommit(s, body.commit);
  learnBundlesIn(s, body.entries);
  noteLeader(s, body);
  const proven = provenUpTo(s, body);
  const usable = body.entries.filter(({ header }) => header.index <= proven.any);
  const last = hold(s, usable);
  if (last === null) {
    s.fetchTurn++;
    s.fetchTip = null;
    if (usable.length > 0) checkConnection(s, usable, proven.committed);
    return;
  }
  s.fetchTip = positionOf(last);
  const committed = usable
    .filter(({ header }) => header.index <= Math.min(proven.committed, last.header.index))
    .at(-1);
  if (committed !== undefined && committed.header.index > s.linked.index)
    s.linked = positionOf(committed);
}

function noteLeader(s: State, { leader }: EntriesBody): void {
  if (leader === null || leader.signer !== candidateOf(s, s.term)) return;
  if (leader.statement.epoch === s.epoch && leader.statement.term === s.term)
    noteStatement(s, leader);
}

/** Up to which index the answer is proven, and up to which it is proven committed. */
function provenUpTo(
  s: State,
  body: EntriesBody,
): { readonly any: number; readonly committed: number } {
  const open = needs(s).filter((need) => need.proof !== 'none');
  let any = 0;
  let committed = 0;
  for (const position of positionsOf(s, body)) {
    const byCommit = body.commit !== null && samePosition(position, certifiedPosition(body.commit));
    const need = open.find(({ head }) => samePosition(head, position));
    if (byCommit || need?.proof === 'commit') committed = position.index;
    if (byCommit || need !== undefined) any = position.index;
  }
  return { any, committed };
}

function positionsOf(s: State, body: EntriesBody): readonly Position[] {
  const ofHeader = (header: Header): Position => ({
    index: header.index,
    hash: hashHeader(header, s.deps.digest),
  });
  return [...body.entries.map(positionOf), ...body.headers.map(ofHeader)];
}

/** E5: proven entries that start right above the commit index and do not connect to it. */
function checkConnection(s: State, entries: readonly Entry[], committedUpTo: number): void {
  const { committed } = s.chain;
  const first = entries.find(({ header }) => header.index === committed.index + 1);
  if (first === undefined || first.header.parent === committed.hash) return;
  if (committedUpTo >= first.header.index) haltForked(s, s.commitTarget);
  else accuse(s, candidateOf(s, s.term), 'its log conflicts with what is committed');
}
