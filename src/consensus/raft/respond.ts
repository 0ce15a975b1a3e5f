/** AppendEntriesResponse: what this node durably holds of the leader's log, and what follows from what others hold. */
import type { Effect } from '../core.ts';
import type { LogIndex, NodeId } from '../model/ids.ts';
import type { Position } from '../model/position.ts';
import type { Mark } from './log.ts';
import type { RaftAppendEntriesResponse, RaftMessage } from './message.ts';
import { noteCurious, onProgress } from './replicate.ts';
import type { State } from './state.ts';
import { send } from '../effects.ts';
import { enterTerm } from './term.ts';

/** How far the own log is the leader's: a leader's own is all of it. */
function verifiedMark(s: State): Mark | null {
  return s.role.type === 'leader' ? s.log.last : s.verified;
}

/** As far as it is durable here too. */
function matchedMark(s: State): Mark | null {
  const verified = verifiedMark(s);
  return verified === null || verified.index <= s.log.durable
    ? verified
    : s.log.markAt(s.log.durable);
}

/** Says what became durable since the last Response, or that nothing did, to a heartbeat. */
export function respond(s: State): void {
  const mark = matchedMark(s);
  if (mark === null || !(s.owesResponse || mark.index > s.responded)) return;
  s.owesResponse = false;
  s.responded = Math.max(s.responded, mark.index) as LogIndex;
  const matched: Position = { index: mark.index, hash: mark.hash };
  s.tally.record(s.self, matched);
  const to = s.hearing.audience(s);
  if (to === null) return;
  const { term } = s;
  send(s, to, { kind: 'append-entries-response', term, matched, hint: null }, s.termTicket);
}

export function onResponse(s: State, from: NodeId, message: RaftAppendEntriesResponse): void {
  if (message.term > s.term) return enterTerm(s, message.term, null);
  if (message.term < s.term) return;
  if (message.matched !== null) s.tally.record(from, message.matched);
  if (s.role.type === 'leader') onProgress(s, s.role, from, message);
}

/**
 * "If there exists an N such that N > commitIndex, a majority of matchIndex[i] >= N, and log[N].term == currentTerm:
 * set commitIndex = N" (section 5.4.2).
 */
export function countMatches(s: State): void {
  const verified = verifiedMark(s);
  if (verified === null) return;
  const index = s.tally.majorityIndex(s.log, verified.index);
  if (index <= s.commitIndex || s.log.markAt(index)?.term !== s.term) return;
  s.commitIndex = index;
  if (s.role.type === 'leader') noteCurious(s, s.role);
}

/** "If commitIndex > lastApplied: apply": what is durable here, in order. */
export function applyCommitted(s: State): void {
  const upTo = Math.min(s.commitIndex, s.log.durable) as LogIndex;
  if (upTo <= s.log.committed.index) return;
  const entries = s.log.commit(upTo);
  for (const { payload } of entries) s.unrecordedBytes += payload.length;
  const apply: Effect<RaftMessage> = { type: 'apply', entries };
  s.effects.push(apply);
}
