/** The state of a node that starts: fresh, or from what it had made durable. */
import { assert } from '../../base/assert.ts';
import { limits } from '../../base/limits.ts';
import type { Now, Recovered } from '../core.ts';
import type { Configuration } from '../model/configuration.ts';
import type { LogIndex, NodeId } from '../model/ids.ts';
import { Pool } from '../pool.ts';
import { ALL_HEAR, LEADER_HEARS } from './hearing.ts';
import { Log } from './log.ts';
import type { RaftDeps, State } from './state.ts';
import { Tally } from './tally.ts';
import { restartTimer } from './term.ts';

export interface RaftOptions {
  readonly self: NodeId;
  readonly configuration: Configuration;
  /** Who hears and counts Responses (`hearing.ts`); in Raft the leader does. */
  readonly responses?: 'leader' | 'all';
  /** So many entries may be in flight before a leader lets small batches wait; default `limits.eagerEntries`. */
  readonly eagerEntries?: number;
  /** Committed entries that stay in memory; default `limits.raftCacheEntriesMax`. */
  readonly cacheEntries?: number;
}

export function makeState(
  options: RaftOptions,
  deps: RaftDeps,
  recovered: Recovered,
  now: Now,
): State {
  const { self, configuration, responses = 'leader' } = options;
  const { eagerEntries = limits.eagerEntries } = options;
  const { sets, parameters } = configuration;
  assert(sets.length === 1, 'Raft changes no configuration here');
  const [voters] = sets;
  assert(voters.includes(self), 'a node is a voter');
  const { committed, vote, genesis } = recovered;
  const log = new Log(recovered, options.cacheEntries);
  // Written before the first entry could be: without it a node would vote once more in terms that it voted in.
  assert(vote !== null || log.last.index === genesis.header.index, 'a log has its term and vote');
  const state: State = {
    self,
    others: voters.filter((id) => id !== self),
    configuration,
    hearing: responses === 'all' ? ALL_HEAR : LEADER_HEARS,
    deps,
    now,
    effects: [],
    halted: false,
    ticket: 0,
    durable: 0,
    term: vote?.term ?? genesis.header.term,
    votedFor: vote?.votedFor ?? null,
    termTicket: 0,
    log,
    commitIndex: committed.index,
    applied: committed.index,
    recordedCommit: vote?.committed.index ?? (0 as LogIndex),
    unrecordedBytes: 0,
    role: { type: 'follower' },
    leader: null,
    leaderHeardAtMs: now.monotonicMs,
    waitingSinceMs: now.monotonicMs,
    patienceMs: parameters.electionTimeoutMs,
    verified: null,
    responded: 0 as LogIndex,
    owesResponse: false,
    tally: new Tally(sets),
    pool: new Pool(self, parameters.capacityBytes, voters.length),
    eagerEntries,
    forwarding: false,
    loads: new Map(),
  };
  restartTimer(state);
  return state;
}
