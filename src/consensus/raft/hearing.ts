/**
 * Who hears a Response, and what follows. In Raft the leader alone counts, and followers believe its leaderCommit. As
 * one step from there to Tangaroa, all hear and all count, and nobody has to believe it.
 */
import { limits } from '../../base/limits.ts';
import type { LogIndex, NodeId } from '../model/ids.ts';
import type { Log } from './log.ts';
import type { Progress } from './progress.ts';
import type { State } from './state.ts';

export interface Hearing {
  /** To whom a node's Response goes; null where it is counted at home alone. */
  readonly audience: (s: State) => NodeId | 'all' | null;
  /** How far a follower commits because the leader says so. */
  readonly believed: (leaderCommit: LogIndex, log: Log) => LogIndex;
  /** Whether a follower is to be told that its leader's commit index has moved to here. */
  readonly isBehind: (follower: Progress, commitIndex: LogIndex) => boolean;
}

export const LEADER_HEARS: Hearing = {
  audience: (s) => (s.leader === s.self ? null : s.leader),
  believed: (leaderCommit) => leaderCommit,
  isBehind: ({ toldCommitted }, commitIndex) => toldCommitted < commitIndex,
};

export const ALL_HEAR: Hearing = {
  audience: () => 'all',
  believed: (leaderCommit, log) => (isCrowded(log) ? leaderCommit : (0 as LogIndex)),
  isBehind: () => false,
};

/**
 * Who catches up through earlier terms can count nothing before it comes to an entry of this one (section 5.4.2), and
 * what is not committed is held in memory: beyond what a node may hold it takes the leader's word.
 */
function isCrowded(log: Log): boolean {
  const entries = log.last.index - log.committed.index;
  return entries > limits.heldEntriesMax || log.uncommittedBytes > limits.heldBytesMax;
}
