/** Elections (section 5.2), asked for by a pre-vote first (dissertation 9.6) and not while a leader is heard (4.2.3). */
import { isQuorum, nobodyLies } from '../model/quorum.ts';
import type { NodeId, Term } from '../model/ids.ts';
import { becomeLeader } from './lead.ts';
import type { Place, RaftRequestVote, RaftTransferLeadership, RaftVote } from './message.ts';
import type { Candidate, State } from './state.ts';
import { report, send } from '../effects.ts';
import { enterTerm, learnLeader, restartTimer, vote } from './term.ts';

/** "If election timeout elapses without receiving AppendEntries from current leader or granting vote: convert." */
export function watchLeader(s: State): void {
  if (s.role.type === 'leader' || s.now.monotonicMs - s.waitingSinceMs < s.patienceMs) return;
  const wanted = (s.term + 1) as Term;
  s.leader = null;
  report(s, 'warn', 'suspect', `wants term ${wanted}: silent`, { wanted, reason: 'silent' });
  ask(s, { isPreVote: true, isTransfer: false }, wanted);
}

/** "On conversion to candidate, start election: increment currentTerm, vote for self, reset election timer, ask all." */
function startElection(s: State, isTransfer: boolean): void {
  enterTerm(s, (s.term + 1) as Term, s.self);
  ask(s, { isPreVote: false, isTransfer }, s.term);
}

function ask(s: State, how: Pick<RaftRequestVote, 'isPreVote' | 'isTransfer'>, term: Term): void {
  restartTimer(s);
  const { index, term: lastTerm } = s.log.last;
  const request: RaftRequestVote = {
    kind: 'request-vote',
    term,
    ...how,
    last: { index, term: lastTerm },
  };
  s.role = { type: 'candidate', request, granted: new Set() };
  send(s, 'all', request, s.termTicket);
}

/** A link to a peer is up: it may have missed the question. */
export function askAgain(s: State, peer: NodeId): void {
  if (s.role.type === 'candidate') send(s, peer, s.role.request, s.termTicket);
}

/** Counts votes; one's own counts once it is durable. */
export function countVotes(s: State): void {
  const { role } = s;
  if (role.type !== 'candidate') return;
  if (!role.request.isPreVote && s.termTicket > s.durable) return;
  const voters = new Set([s.self, ...role.granted]);
  if (!isQuorum(s.configuration.sets, voters, nobodyLies)) return;
  if (role.request.isPreVote) startElection(s, false);
  else becomeLeader(s);
}

/** RequestVote, receiver: section 5.2, 5.4.1; dissertation 4.2.3, 9.6. */
export function onRequestVote(s: State, from: NodeId, message: RaftRequestVote): void {
  if (!message.isTransfer && hearsLeader(s)) return;
  const isCurrent = isUpToDate(message.last, s.log.last);
  if (message.isPreVote) {
    const granted = message.term > s.term && isCurrent;
    return answer(s, from, { isPreVote: true, granted, term: granted ? message.term : s.term });
  }
  if (message.term > s.term) enterTerm(s, message.term, null);
  const isFree = s.votedFor === null || s.votedFor === from;
  const granted = message.term === s.term && isFree && isCurrent;
  if (granted && s.votedFor === null) vote(s, from);
  if (granted) restartTimer(s);
  answer(s, from, { isPreVote: false, granted, term: s.term });
}

/** "The voter denies its vote if its own log is more up-to-date than that of the candidate" (section 5.4.1). */
function isUpToDate(candidate: Place, own: Place): boolean {
  return candidate.term !== own.term ? candidate.term > own.term : candidate.index >= own.index;
}

/** Within the minimum election timeout of hearing from it; a leader hears itself (until CheckQuorum deposes it). */
function hearsLeader(s: State): boolean {
  if (s.role.type === 'leader') return true;
  const { electionTimeoutMs } = s.configuration.parameters;
  return s.leader !== null && s.now.monotonicMs - s.leaderHeardAtMs < electionTimeoutMs;
}

function answer(s: State, to: NodeId, fields: Omit<RaftVote, 'kind'>): void {
  send(s, to, { kind: 'vote', ...fields }, s.termTicket);
}

export function onVote(s: State, from: NodeId, message: RaftVote): void {
  if (message.isPreVote && message.granted) return count(s, from, message);
  if (message.term > s.term) return enterTerm(s, message.term, null);
  if (message.granted) count(s, from, message);
}

function count({ role }: State, from: NodeId, { term, isPreVote }: RaftVote): void {
  if (role.type === 'candidate' && isAnswer(role, term, isPreVote)) role.granted.add(from);
}

function isAnswer({ request }: Candidate, term: Term, isPreVote: boolean): boolean {
  return request.term === term && request.isPreVote === isPreVote;
}

/** TimeoutNow: the leader hands over to this node, which does not wait and does not ask beforehand. */
export function onTransferLeadership(
  s: State,
  from: NodeId,
  message: RaftTransferLeadership,
): void {
  if (message.term < s.term) return;
  if (message.term > s.term) enterTerm(s, message.term, null);
  if (s.role.type === 'leader') return;
  learnLeader(s, from);
  const wanted = (s.term + 1) as Term;
  report(s, 'info', 'suspect', `wants term ${wanted}: resigned`, { wanted, reason: 'resigned' });
  startElection(s, true);
}
