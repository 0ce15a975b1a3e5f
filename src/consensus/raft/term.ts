/** currentTerm and votedFor (figure 2): how they change, and that they are durable before anything is said in them. */
import { assert } from '../../base/assert.ts';
import { limits } from '../../base/limits.ts';
import type { StoreRecord } from '../core.ts';
import type { LogIndex, NodeId, Term } from '../model/ids.ts';
import type { Mark } from './log.ts';
import type { State } from './state.ts';
import { report, store } from '../effects.ts';
import { Tally } from './tally.ts';

/** Enters a higher term as a follower, with a vote in it or none. */
export function enterTerm(s: State, term: Term, votedFor: NodeId | null): void {
  assert(term > s.term, 'terms only grow');
  s.term = term;
  s.votedFor = votedFor;
  s.leader = null;
  s.verified = null;
  s.responded = 0 as LogIndex;
  s.owesResponse = false;
  s.tally = new Tally(s.configuration.sets);
  follow(s);
  s.termTicket = store(s, [voteRecord(s)]);
  report(s, 'info', 'entered-term', `entered term ${term}`, { term });
}

/** Votes in the current term, once. */
export function vote(s: State, candidate: NodeId): void {
  assert(s.votedFor === null, 'one vote a term');
  s.votedFor = candidate;
  s.termTicket = store(s, [voteRecord(s)]);
}

/** Who leads no more keeps only what its own clients brought: the others hand theirs to the next leader. */
export function follow(s: State): void {
  if (s.role.type === 'leader') {
    s.pool.dropForeign();
    restartTimer(s);
  }
  s.role = { type: 'follower' };
}

/** Hears this term's leader. */
export function learnLeader(s: State, leader: NodeId): void {
  if (s.leader === leader) return;
  s.leader = leader;
  s.pool.forgetForwards();
  s.forwarding = true;
}

/** The elections wait anew, each for a time of its own between T and 2T (section 5.2). */
export function restartTimer(s: State): void {
  const { electionTimeoutMs } = s.configuration.parameters;
  s.waitingSinceMs = s.now.monotonicMs;
  s.patienceMs = electionTimeoutMs + s.deps.random.below(electionTimeoutMs);
}

export function voteRecord(s: State): Extract<StoreRecord, { type: 'vote' }> {
  const { index, hash }: Mark = s.log.committed;
  s.recordedCommit = index;
  s.unrecordedBytes = 0;
  return {
    type: 'vote',
    record: { term: s.term, votedFor: s.votedFor, committed: { index, hash } },
  };
}

/** The commit index is written now and then, beside entries that are written anyway. */
export function isCommitWorthRecording(s: State): boolean {
  return (
    s.log.committed.index - s.recordedCommit >= limits.certificateSpacing ||
    s.unrecordedBytes >= limits.certificateSpacingBytes
  );
}
