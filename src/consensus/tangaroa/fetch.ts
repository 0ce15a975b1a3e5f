/**
 * Filling gaps (N2, E3, D3): what is missing is asked of one peer at a time, upwards from what is held; an answer links
 * its last entry by headers to a position that is proven, so nothing unproven is ever held.
 */
import { limits } from '../../base/limits.ts';
import { certifiedPosition } from '../model/certificate.ts';
import type { CommitCertificate } from '../model/certificate.ts';
import type { Entry, Header } from '../model/entry.ts';
import { hashHeader, positionOf } from '../model/entry.ts';
import type { LogIndex, NodeId } from '../model/ids.ts';
import type { Entries, EntriesBody } from '../model/message.ts';
import type { Position } from '../model/position.ts';
import { NONE, samePosition } from '../model/position.ts';
import type { AppendEntriesStatement, Signed } from '../model/statement.ts';
import type { Verified } from '../model/verified.ts';
import { hold, leaderCeiling } from './accept.ts';
import { learnBundlesIn, noteStatement } from './append.ts';
import { haltForked, learnCommit } from './commit.ts';
import type { Start, State } from './state.ts';
import { send } from './state.ts';
import { accuse } from './suspicion.ts';
import { candidateOf } from './term.ts';

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
function useless(s: State, peer: NodeId): void {
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

/** Holds the proven part of an answer. */
export function onEntries(s: State, from: NodeId, message: Verified<Entries>): void {
  const f = s.fetching;
  const key = f.asked.get(from);
  if (key === undefined) return;
  const isAnswer = f.open?.peer === from;
  if (isAnswer) f.open = null;
  const { body } = message;
  if (body.commit !== null) notePassing(s, body.commit);
  learnBundlesIn(s, body.entries);
  const leader = leaderOf(s, body);
  if (leader !== null) noteStatement(s, leader);
  const proven = provenUpTo(s, body, leader);
  const usable = body.entries.filter(({ header }) => header.index <= proven.any);
  const ceiling = proven.certified > 0 ? (proven.certified as LogIndex) : leaderCeiling(s);
  const before = s.ticket;
  const last = hold(s, usable, ceiling);
  const isNew =
    s.ticket > before || (last?.header.index ?? 0) > (f.starts.get(key)?.tip?.index ?? 0);
  if (last === null || !isNew) {
    // What nobody asked for says nothing of what was asked: a flood of it keeps no question waiting.
    if (isAnswer) useless(s, from);
    checkConnection(s, usable, proven);
    return;
  }
  f.starts.set(key, { tip: positionOf(last), fromCommit: false });
  f.turn = 0;
  if (leader !== null && s.chain.holds(leader.statement.head)) noteHeld(s, leader);
  noteLinked(s, usable, Math.min(proven.committed, last.header.index), proven.by, body.commit);
}

/** The statement of this term's leader that came along. */
function leaderOf(s: State, { leader }: EntriesBody): Signed<AppendEntriesStatement> | null {
  if (leader === null || leader.signer !== candidateOf(s, s.term)) return null;
  return leader.statement.epoch === s.epoch && leader.statement.term === s.term ? leader : null;
}

function noteHeld(s: State, leader: Signed<AppendEntriesStatement>): void {
  const held = s.leader.held?.statement.head.index ?? 0;
  if (leader.statement.head.index > held) s.leader.held = leader;
}

/** A certificate is worth keeping beside the highest: others will fetch by it. */
function notePassing(s: State, certificate: CommitCertificate): void {
  learnCommit(s, certificate);
  const { index } = certifiedPosition(certificate);
  if (index <= s.chain.committed.index || s.passing.length >= PASSING_MAX) return;
  if (s.passing.some((one) => certifiedPosition(one).index === index)) return;
  s.passing = [...s.passing, certificate].sort(byIndex);
}

function byIndex(a: CommitCertificate, b: CommitCertificate): number {
  return certifiedPosition(a).index - certifiedPosition(b).index;
}

/** Chunks under way, and a few that traitors made up. */
const PASSING_MAX = 16;

function noteLinked(
  s: State,
  entries: readonly Entry[],
  upTo: number,
  proof: Position,
  commit: CommitCertificate | null,
): void {
  const last = entries.filter(({ header }) => header.index <= upTo).at(-1);
  const proves = commit !== null && samePosition(proof, certifiedPosition(commit));
  const certificate = proves ? commit : s.commitTarget;
  if (last === undefined || certificate === null) return;
  if (last.header.index > s.linked.position.index)
    s.linked = { position: positionOf(last), certificate };
}

/** Up to which index an answer is proven at all, by certificates, and to be committed. */
interface ProvenUpTo {
  readonly any: number;
  readonly certified: number;
  readonly committed: number;
  /** The position that proves `committed`. */
  readonly by: Position;
}

function provenUpTo(
  s: State,
  body: EntriesBody,
  leader: Signed<AppendEntriesStatement> | null,
): ProvenUpTo {
  const open = needs(s).filter((need) => need.proof !== 'none');
  let [any, certified, committed] = [0, 0, 0];
  let by: Position = NONE;
  for (const position of positionsOf(s, body)) {
    const { index } = position;
    const byCommit = body.commit !== null && samePosition(position, certifiedPosition(body.commit));
    const need = open.find(({ head }) => samePosition(head, position));
    if (byCommit || need?.proof === 'commit') {
      committed = index;
      by = position;
    }
    if (committed === index || need?.proof === 'certificate') certified = index;
    if (certified === index || need !== undefined) any = index;
    if (leader !== null && samePosition(position, leader.statement.head)) any = index;
  }
  return { any, certified, committed, by };
}

function positionsOf(s: State, body: EntriesBody): readonly Position[] {
  const ofHeader = (header: Header): Position => ({
    index: header.index,
    hash: hashHeader(header, s.deps.digest),
  });
  return [...body.entries.map(positionOf), ...body.headers.map(ofHeader)];
}

/** E5: proven entries that start right above the commit index and do not connect to it. */
function checkConnection(s: State, entries: readonly Entry[], proven: ProvenUpTo): void {
  const { committed } = s.chain;
  const first = entries.find(({ header }) => header.index === committed.index + 1);
  if (first === undefined || first.header.parent === committed.hash) return;
  if (proven.committed >= first.header.index) haltForked(s, s.commitTarget);
  else if (proven.certified < first.header.index) {
    accuse(s, candidateOf(s, s.term), 'its log conflicts with what is committed');
  }
}
