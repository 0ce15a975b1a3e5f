/** Leaders: the first entry of a term, batches of requests, and CheckQuorum. */
import { limits } from '../../base/limits.ts';
import { nameEntry } from '../model/entry.ts';
import type { LogIndex, NodeId } from '../model/ids.ts';
import { isQuorum, nobodyLies } from '../model/quorum.ts';
import type { ClientRequest } from '../model/request.ts';
import { appendDurably } from './disk.ts';
import { Progress } from './progress.ts';
import type { State } from './state.ts';
import { report } from '../effects.ts';
import { follow, learnLeader } from './term.ts';

/**
 * "If votes received from majority of servers: become leader." It appends an empty entry at once: without one of its own
 * term it cannot commit those of earlier ones (sections 5.4.2, 8).
 */
export function becomeLeader(s: State): void {
  const { last } = s.log;
  const { monotonicMs } = s.now;
  const progressOf = (peer: NodeId) => [peer, new Progress(last, monotonicMs)] as const;
  const followers = new Map(s.others.map(progressOf));
  s.role = { type: 'leader', followers, transfer: null, curious: new Set() };
  learnLeader(s, s.self);
  // Nothing below its own entry can commit by counting: what it holds of that needs no word.
  s.responded = last.index;
  // What the log carries uncommitted is ordered already.
  for (const { content } of s.log.uncommitted)
    if (content.kind === 'batch')
      for (const { digest } of content.requests) s.pool.markOrdered(digest, s.term);
  const { term } = s;
  report(s, 'info', 'elected', `elected leader of term ${term}`, { term, index: last.index });
  propose(s, []);
}

/** "If command received from client: append entry to local log." */
function propose(s: State, requests: readonly ClientRequest[]): void {
  const { last, lastTimestamp } = s.log;
  const content = { kind: 'batch', requests } as const;
  const fields = {
    index: (last.index + 1) as LogIndex,
    epoch: s.configuration.epoch,
    term: s.term,
    parent: last.hash,
    kind: content.kind,
    timestamp: Math.max(s.now.wallMs, lastTimestamp),
  };
  const { encodeContent, naming } = s.deps;
  appendDurably(s, [], [nameEntry(fields, encodeContent(content), content, naming)]);
}

/** Batches what waits, while the window and its own machine leave room (N1 of `protocol.md`, the same for every core). */
export function proposeWaiting(s: State): void {
  const { role } = s;
  if (role.type !== 'leader' || role.transfer !== null) return;
  while (hasRoom(s)) {
    const isEager = inFlight(s) < s.eagerEntries;
    const requests = s.pool.nextBatch(s.term, isEager ? 0 : limits.entryBytesWorthwhile);
    if (requests.length === 0) break;
    propose(s, requests);
  }
}

function inFlight({ log, commitIndex }: State): number {
  return log.last.index - commitIndex;
}

function hasRoom(s: State): boolean {
  const { log, applied } = s;
  return (
    inFlight(s) < limits.window &&
    log.committed.index - applied <= limits.applyLagMax / 2 &&
    log.uncommittedBytes <= limits.acceptAheadBytesMax / 2
  );
}

/** CheckQuorum (dissertation, 6.2): a leader that heard no majority for an election timeout leads nobody. */
export function checkQuorum(s: State): void {
  const { role } = s;
  if (role.type !== 'leader') return;
  const { electionTimeoutMs } = s.configuration.parameters;
  const since = s.now.monotonicMs - electionTimeoutMs;
  const heard = new Set([s.self]);
  for (const [peer, { heardAtMs }] of role.followers) if (heardAtMs > since) heard.add(peer);
  if (isQuorum(s.configuration.sets, heard, nobodyLies)) return;
  const { term } = s;
  report(s, 'warn', 'stepped-down', `heard no majority in term ${term}`, { term });
  follow(s);
  s.leader = null;
  s.verified = null;
}
