/**
 * Who hears a Response, and what follows. In Raft the leader alone counts, and followers believe its leaderCommit. As
 * one step from there to Tangaroa, all hear and all count, and nobody has to believe it.
 */
import type { LogIndex, NodeId } from '../model/ids.ts';
import type { Leader, State } from './state.ts';

export interface Hearing {
  /** To whom a node's Response goes; null where it is counted at home alone. */
  readonly audience: (s: State) => NodeId | 'all' | null;
  /** How far a follower commits because the leader says so. */
  readonly believed: (leaderCommit: LogIndex) => LogIndex;
  /** A leader's commit index moved. */
  readonly committed: (leader: Leader) => void;
}

export const LEADER_HEARS: Hearing = {
  audience: (s) => (s.leader === s.self ? null : s.leader),
  believed: (leaderCommit) => leaderCommit,
  committed: (leader) => {
    leader.hasNews = true;
  },
};

export const ALL_HEAR: Hearing = {
  audience: () => 'all',
  believed: () => 0 as LogIndex,
  committed: () => undefined,
};
