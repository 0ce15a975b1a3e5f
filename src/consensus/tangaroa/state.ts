/** What a node knows. */
import type { CoreDeps, Effect, Now, Ticket } from '../core.ts';
import { store } from '../effects.ts';
import type { Base, CommitCertificate } from '../model/certificate.ts';
import type { Configuration } from '../model/configuration.ts';
import type { Epoch, LogIndex, NodeId, Sequence, Term } from '../model/ids.ts';
import type {
  AppendEntries,
  AppendEntriesResponse,
  EvidenceBody,
  FetchEntriesBody,
  RequestVote,
  Suspect,
  TermProof,
  TransferLeadership,
  Vote,
  VoteRefusal,
} from '../model/message.ts';
import type { Position } from '../model/position.ts';
import { NONE } from '../model/position.ts';
import type { AppendEntriesStatement, Signed, VoteStatement } from '../model/statement.ts';
import type { Pool } from '../pool.ts';
import type { Chain } from './chain.ts';
import type { ServedPeer } from './served.ts';
import type { Tally } from './tally.ts';
import type { Witness } from './witness.ts';

/** Each role holds exactly what that role has. */
export type Role =
  | { readonly type: 'follower' }
  | {
      readonly type: 'candidate';
      /** What it asks with; null until it asked. */
      base: Base;
      request: RequestVote | null;
      /** Every base it asked with in this term (E3: at most |order| + 1). */
      readonly asked: Set<string>;
      /** By the base they name, then by signer. */
      readonly votes: Map<string, Map<NodeId, Signed<VoteStatement>>>;
      /** E3: one refusal for each voter and term. */
      readonly heeded: Map<NodeId, Base>;
    }
  | {
      readonly type: 'leader';
      readonly base: Position;
      /** The last entry it proposed. */
      tip: Position;
      sequence: Sequence;
      /** The message that carries the bundle, sent again until it has served (M3). */
      termAppend: AppendEntries | null;
      lastAppend: AppendEntries | null;
      lastAppendMs: number;
      /** AppendEntries since one carried a commit certificate (N6). */
      appendsSinceCommit: number;
    };

/** What this term's leader has shown. */
export interface LeaderView {
  /** Its vote bundle was verified. */
  proven: boolean;
  provenAtMs: number;
  sequence: Sequence;
  /** When an AppendEntries with a fresh sequence last came (S1 `silent`). */
  freshAtMs: number;
  /** Its signed statement with the highest head. */
  statement: Signed<AppendEntriesStatement> | null;
  /** Of those whose head is held, the one with the highest: what may be accepted now. */
  held: Signed<AppendEntriesStatement> | null;
  /** The base its bundle names. */
  base: Position | null;
  /** The commit index at its last heartbeat: no progress since means resending (M3). */
  committedAtHeartbeat: LogIndex;
}

/** Something written and not durable yet, oldest first. */
interface Writing {
  readonly ticket: Ticket;
  readonly position: Position;
}

/** What this voter accepted and prepared in this term. */
export interface Acceptance {
  position: Position;
  /** The leader's statement whose head covers `position`; null where certificates or a restart put it there. */
  statement: Signed<AppendEntriesStatement> | null;
  silentUpTo: LogIndex;
  /** A restart could not restore what was accepted: until a certificate says where, the leader's word is not taken. */
  certifiedOnly: boolean;
  readonly accepting: Writing[];
  readonly preparing: Writing[];
  durableAccepted: Position;
  durablePrepared: Position;
  response: AppendEntriesResponse | null;
}

/** What this voter answered to the candidate of this term. */
export interface Ballot {
  readonly votes: Map<string, Vote>;
  refusal: VoteRefusal | null;
}

/** Where questions about one need, to one peer, start. */
export interface Start {
  /** The last entry of the last answer: the next question goes on there. */
  readonly tip: Position | null;
  /** An answer from above the own chain did not connect: ask from the commit index. */
  readonly fromCommit: boolean;
}

/** What is asked of peers, and how that went. */
export interface Fetching {
  /** The newest question, or null when none is open. */
  open: { readonly peer: NodeId; readonly head: Position; readonly atMs: number } | null;
  /** Everybody who was asked, and the key in `starts` of the last question: a late answer is an answer. */
  readonly asked: Map<NodeId, string>;
  /** Questions without a useful answer: patience doubles. */
  turn: number;
  /** By need and peer, where the next question starts. */
  readonly starts: Map<string, Start>;
  /** Questions asked: needs and peers take turns, also while answers are useful. */
  questions: number;
  /** After an answer of no use: not before. */
  notBeforeMs: number;
}

export function freshFetching(): Fetching {
  return {
    open: null,
    asked: new Map(),
    turn: 0,
    starts: new Map(),
    questions: 0,
    notBeforeMs: -Infinity,
  };
}

export interface State {
  readonly self: NodeId;
  readonly voter: boolean;
  readonly configuration: Configuration;
  readonly epoch: Epoch;
  readonly firstTerm: Term;
  readonly order: readonly NodeId[];
  /** The genesis of the epoch as a base (section 1, rank). */
  readonly genesis: Base;
  readonly deps: CoreDeps;
  now: Now;
  effects: Effect[];
  halted: boolean;
  ticket: Ticket;
  durable: Ticket;

  term: Term;
  termTicket: Ticket;
  enteredAtMs: number;
  proof: TermProof;
  /** E3's certificate for this term. */
  lock: Base;
  /** The highest certificate whose prefix is held. */
  best: Base;
  backoff: number;
  calmSinceMs: number;

  readonly chain: Chain;
  /** D3: the write by which room was made last. */
  roomTicket: Ticket;
  tally: Tally;
  /** V1: what was said in this term. */
  witness: Witness;
  role: Role;
  leader: LeaderView;
  acceptance: Acceptance;
  ballot: Ballot;

  /** Known committed, not reached yet. */
  commitTarget: CommitCertificate | null;
  /** Held and linked by headers to what a commit certificate proves; committed once durable. */
  linked: { readonly position: Position; readonly certificate: CommitCertificate | null };
  /** Commit certificates that came with fetched entries and lie above the commit index. */
  passing: readonly CommitCertificate[];
  /** Payload bytes committed since a commit certificate was stored. */
  unprovenBytes: number;
  newestCommit: CommitCertificate | null;
  storedCommit: LogIndex;
  committedAtMs: number;
  /** Highest term of a commit certificate known (M3: until when Suspects are sent again). */
  committedTerm: Term;
  applied: LogIndex;

  readonly suspects: Map<NodeId, Suspect>;
  /** Since S2 was last looked at. */
  wishesChanged: boolean;
  /** S1: a stalled request was found; decided once applied up to here. */
  stalledAt: LogIndex | null;
  /** This node's own wish to go (E6, SIGTERM), for this term. */
  transfer: TransferLeadership | null;

  readonly pool: Pool;
  readonly eagerEntries: number;
  readonly evidence: EvidenceBody[];
  /** V4: by peer whose link came up, which of it is told first, how many were told since, and of how many. */
  readonly evidenceOwed: Map<
    NodeId,
    { readonly first: number; readonly told: number; readonly owed: number }
  >;
  fetching: Fetching;
  /** Fetches that came too soon after another of that peer: answered with the next tick. */
  readonly fetchesWaiting: Map<NodeId, FetchEntriesBody>;
  /** Since when the accepted position stands still, and whether that is long enough to fetch on a hint (N2). */
  starvedAt: { readonly index: number; readonly atMs: number };
  starved: boolean;
  /** Requests may be waiting that were not handed to the leader. */
  forwarding: boolean;
  /** When something was handed to the leader that it may have. */
  repeatedAtMs: number;
  readonly proofSentMs: Map<NodeId, number>;
  readonly askedMs: Map<NodeId, number>;
  readonly served: Map<NodeId, ServedPeer>;
  resentAtMs: number;
}

export interface Options {
  readonly self: NodeId;
  readonly configuration: Configuration;
  /** N1: so many entries may be in flight before a leader lets small batches wait; default `limits.eagerEntries`. */
  readonly eagerEntries?: number;
}

export function freshLeader(now: Now): LeaderView {
  return {
    proven: false,
    provenAtMs: now.monotonicMs,
    sequence: 0 as Sequence,
    freshAtMs: now.monotonicMs,
    statement: null,
    held: null,
    base: null,
    committedAtHeartbeat: 0 as LogIndex,
  };
}

export function freshAcceptance(): Acceptance {
  return {
    position: NONE,
    statement: null,
    silentUpTo: 0 as LogIndex,
    certifiedOnly: false,
    accepting: [],
    preparing: [],
    durableAccepted: NONE,
    durablePrepared: NONE,
    response: null,
  };
}

/** Drops what is held on neither the own chain nor those that end at `tips`. */
export function keepOnly(s: State, tips: readonly Position[]): void {
  const dropped = s.chain.prune(tips);
  if (dropped.length === 0) return;
  store(
    s,
    dropped.map((position) => ({ type: 'drop', position })),
  );
}

/** S3: a base timeout times 2^k. */
export function scaled(s: State, baseMs: number): number {
  return baseMs * 2 ** s.backoff;
}

/** Whether `intervalMs` has passed for this peer; notes the time if so. */
export function due(
  s: State,
  last: Map<NodeId, number>,
  peer: NodeId,
  intervalMs: number,
): boolean {
  const before = last.get(peer);
  if (before !== undefined && s.now.monotonicMs - before < intervalMs) return false;
  last.set(peer, s.now.monotonicMs);
  return true;
}

/** As `due`, without noting: for what must not change anything. */
export function isDue(
  s: State,
  last: Map<NodeId, number>,
  peer: NodeId,
  intervalMs: number,
): boolean {
  const before = last.get(peer);
  return before === undefined || s.now.monotonicMs - before >= intervalMs;
}
