/** AppendEntries, receiver (figure 2; section 5.3). */
import { positionOf } from '../model/entry.ts';
import type { Entry } from '../model/entry.ts';
import type { LogIndex, NodeId } from '../model/ids.ts';
import type { Position } from '../model/position.ts';
import { appendDurably } from './disk.ts';
import { markOf } from './log.ts';
import type { Mark } from './log.ts';
import type { Place, RaftAppendEntries } from './message.ts';
import { report, send } from '../effects.ts';
import { haltForked } from './state.ts';
import type { State } from './state.ts';
import { enterTerm, follow, learnLeader } from './term.ts';

export function onAppendEntries(s: State, from: NodeId, message: RaftAppendEntries): void {
  // 1. "Reply false if term < currentTerm": the term in it deposes the sender.
  if (message.term < s.term) return refuse(s, from, null);
  if (!obey(s, from, message)) return;
  const { previous, entries } = message;
  // 2. "Reply false if log doesn't contain an entry at prevLogIndex whose term matches prevLogTerm."
  if (!contains(s, previous)) {
    if (previous.index <= s.commitIndex) return haltContradicted(s, previous);
    return refuse(s, from, highestPossible(s, message));
  }
  const last = entries.at(-1);
  const mark = last === undefined ? { ...previous, term: message.previousTerm } : markOf(last);
  if (!take(s, entries)) return;
  if (s.verified === null || mark.index > s.verified.index) s.verified = mark;
  const isNews = believe(s, message.committed, mark);
  // What is new is answered once it is durable (`respond`); that `previous` is there needs no word of its own.
  if (entries.length > 0) s.responded = Math.max(s.responded, previous.index) as LogIndex;
  // News of the commit index alone is not answered: the answer would tell the leader nothing.
  else if (!isNews) s.owesResponse = true;
}

/** "If RPC contains term > currentTerm: follow"; "If AppendEntries received from new leader: convert to follower." */
function obey(s: State, from: NodeId, { term }: RaftAppendEntries): boolean {
  if (term > s.term) enterTerm(s, term, null);
  const other = s.role.type === 'leader' ? s.self : s.leader;
  if (other !== null && other !== from) {
    haltForked(s, `Two nodes lead term ${term}: ${other} and ${from}.`);
    return false;
  }
  if (s.role.type === 'candidate') follow(s);
  learnLeader(s, from);
  s.leaderHeardAtMs = s.now.monotonicMs;
  s.waitingSinceMs = s.now.monotonicMs;
  return true;
}

/** What is older than all names that are remembered is committed, so the leader has it too (section 5.4.3). */
function contains(s: State, { index, hash }: Position): boolean {
  const own = s.log.markAt(index);
  return own === null ? index <= s.log.committed.index : own.hash === hash;
}

/**
 * The highest place at which the logs can still agree: below `previous`, not above the log, not of a later term than
 * `previous`; what is committed here, the leader has.
 */
function highestPossible(
  { log, commitIndex }: State,
  { previous, previousTerm }: RaftAppendEntries,
): Place {
  let index = Math.min(previous.index - 1, log.last.index);
  while (index > commitIndex && termAt(log.markAt(index as LogIndex)) > previousTerm) index--;
  return { index: index as LogIndex, term: termAt(log.markAt(index as LogIndex)) as Place['term'] };
}

function termAt(mark: Mark | null): number {
  return mark?.term ?? 0;
}

function refuse(s: State, to: NodeId, hint: Place | null): void {
  const { term } = s;
  send(s, to, { kind: 'append-entries-response', term, matched: null, hint }, s.termTicket);
}

/**
 * 3. "If an existing entry conflicts with a new one, delete the existing entry and all that follow it"; 4. "Append any
 * new entries not already in the log." False where what conflicts is committed.
 */
function take(s: State, entries: readonly Entry[]): boolean {
  const fresh = entries.findIndex(
    (entry) => !(entry.header.index <= s.log.last.index && contains(s, positionOf(entry))),
  );
  if (fresh < 0) return true;
  const first = entries[fresh] as Entry;
  const { index } = first.header;
  if (index <= s.commitIndex) {
    haltContradicted(s, { index, hash: first.hash });
    return false;
  }
  const dropped = index <= s.log.last.index ? s.log.truncate((index - 1) as LogIndex) : [];
  if (dropped.length > 0) {
    const text = `dropped ${dropped.length} entries from ${index} on, which another leader's replace`;
    report(s, 'info', 'truncated', text, { index, entries: dropped.length, term: s.term });
  }
  appendDurably(s, dropped, entries.slice(fresh));
  return true;
}

/** 5. "If leaderCommit > commitIndex, set commitIndex = min(leaderCommit, index of last new entry)." */
function believe(s: State, leaderCommit: LogIndex, lastNew: Mark): boolean {
  const committed = Math.min(s.hearing.believed(leaderCommit, s.log), lastNew.index) as LogIndex;
  if (committed <= s.commitIndex) return false;
  s.commitIndex = committed;
  return true;
}

function haltContradicted(s: State, { index, hash }: Position): void {
  haltForked(
    s,
    `The leader of term ${s.term} has another entry at index ${index} (${hash}) than this node committed there.`,
  );
}
