/**
 * Plain Raft's messages between peers (the extended paper's figure 2, pre-vote and leadership transfer of Ongaro's
 * dissertation, sections 9.6 and 3.10). Unsigned: who sent one is what the link proved, and what it says is believed.
 */
import type { Entry } from '../model/entry.ts';
import type { LogIndex, Term } from '../model/ids.ts';
import type { Position } from '../model/position.ts';
import type { ClientRequest } from '../model/request.ts';

/** The sender of this one leads its term. */
export interface RaftAppendEntries {
  readonly kind: 'append-entries';
  readonly term: Term;
  /** prevLogIndex, and the name of the entry there. At least the genesis. */
  readonly previous: Position;
  /** prevLogTerm. */
  readonly previousTerm: Term;
  /** Each names the one before it as its parent, the first names `previous`; terms ascend. Empty for a heartbeat. */
  readonly entries: readonly Entry[];
  /** leaderCommit. */
  readonly committed: LogIndex;
}

export interface RaftAppendEntriesResponse {
  readonly kind: 'append-entries-response';
  readonly term: Term;
  /**
   * What the sender durably holds of the leader's log (success). Null where `previous` was not there, or the
   * AppendEntries was of a lower term.
   */
  readonly matched: Position | null;
  /** Where `previous` was not there: the highest place where the two logs can still agree (section 5.3, last part). */
  readonly hint: Place | null;
}

export interface RaftRequestVote {
  readonly kind: 'request-vote';
  /** The candidate's; of a pre-vote the one that it would enter. */
  readonly term: Term;
  readonly isPreVote: boolean;
  /** The leader handed over: voters that hear one do not refuse for that (section 4.2.3 of the dissertation). */
  readonly isTransfer: boolean;
  /** lastLogIndex and lastLogTerm. */
  readonly last: Place;
}

/** Where an entry stands and what its term is. */
export interface Place {
  readonly index: LogIndex;
  readonly term: Term;
}

export interface RaftVote {
  readonly kind: 'vote';
  /** The voter's own; of a pre-vote that is granted the one asked for. */
  readonly term: Term;
  readonly isPreVote: boolean;
  readonly granted: boolean;
}

/** TimeoutNow: the receiver campaigns at once. */
export interface RaftTransferLeadership {
  readonly kind: 'transfer-leadership';
  readonly term: Term;
}

/** A follower's clients' requests, to the leader. */
export interface RaftForward {
  readonly kind: 'forward';
  readonly requests: readonly ClientRequest[];
}

export type RaftMessage =
  | RaftAppendEntries
  | RaftAppendEntriesResponse
  | RaftRequestVote
  | RaftVote
  | RaftTransferLeadership
  | RaftForward;
