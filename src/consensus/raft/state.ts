/** What a node knows. */
import type { Random } from '../../base/random.ts';
import type { CoreDeps, Effect, Now, Ticket } from '../core.ts';
import { halt } from '../effects.ts';
import type { Configuration } from '../model/configuration.ts';
import type { Naming } from '../model/entry.ts';
import type { LogIndex, NodeId, Term } from '../model/ids.ts';
import type { Pool } from '../pool.ts';
import type { Hearing } from './hearing.ts';
import type { Log, Mark } from './log.ts';
import type { RaftMessage, RaftRequestVote } from './message.ts';
import type { Progress } from './progress.ts';
import type { Tally } from './tally.ts';

export interface Candidate {
  readonly type: 'candidate';
  /** A pre-vote asks whether a majority would vote, and changes no term (dissertation, 9.6). */
  readonly request: RaftRequestVote;
  /** Others than itself. */
  readonly granted: Set<NodeId>;
}

export interface Leader {
  readonly type: 'leader';
  /** In the order of the configuration. */
  readonly followers: ReadonlyMap<NodeId, Progress>;
  /** To whom it hands over (dissertation, 3.10): it proposes nothing meanwhile. */
  transfer: { readonly to: NodeId; readonly sinceMs: number; isAsked: boolean } | null;
  /** Followers whose clients wait for what was committed since they were told. */
  readonly curious: Set<NodeId>;
}

/** Each role holds exactly what that role has. */
export type Role = { readonly type: 'follower' } | Candidate | Leader;

export interface RaftDeps {
  readonly naming: Naming;
  readonly encodeContent: CoreDeps['encodeContent'];
  /** For election timeouts alone. */
  readonly random: Random;
}

export interface State {
  readonly self: NodeId;
  readonly others: readonly NodeId[];
  readonly configuration: Configuration;
  readonly hearing: Hearing;
  readonly deps: RaftDeps;
  now: Now;
  effects: Effect<RaftMessage>[];
  halted: boolean;
  ticket: Ticket;
  durable: Ticket;

  /** currentTerm and votedFor, and the write that made them durable. */
  term: Term;
  votedFor: NodeId | null;
  termTicket: Ticket;

  readonly log: Log;
  /** commitIndex. What lies above `log.committed` is not durable here yet, and not applied. */
  commitIndex: LogIndex;
  /** lastApplied. */
  applied: LogIndex;
  /** The commit index that stands in the last vote record, and payload bytes committed since. */
  recordedCommit: LogIndex;
  unrecordedBytes: number;

  role: Role;
  /** Of this term; null while none was heard. */
  leader: NodeId | null;
  leaderHeardAtMs: number;
  /** "If election timeout elapses": since when, and how long it is this time. */
  waitingSinceMs: number;
  patienceMs: number;

  /** Up to here the log is known to be that of this term's leader; null before its first AppendEntries matched. */
  verified: Mark | null;
  /** The highest index that a Response named in this term. */
  responded: LogIndex;
  /** A heartbeat is to be answered although nothing became durable since the last Response. */
  owesResponse: boolean;
  tally: Tally;

  readonly pool: Pool;
  readonly eagerEntries: number;
  /** Requests may be waiting that were not handed to the leader. */
  forwarding: boolean;
  /** Loads that were asked for and not answered, with the first index wanted. */
  readonly loads: Map<NodeId, LogIndex>;
}

/**
 * A peer does what no node that only crashes does: stop, and change nothing more. Who it was nobody can prove, as nothing
 * is signed.
 */
export function haltForked(s: State, what: string): void {
  halt(
    s,
    'forked',
    `${what} Raft trusts its members, and one of them lost its log, runs twice, is broken or lies. This node stops.`,
    [],
  );
}
