/** What a leader sends: entries to each follower from its nextIndex on, and heartbeats. The same bytes wherever it can. */
import { assert } from '../../base/assert.ts';
import type { Entry } from '../model/entry.ts';
import type { LogIndex, NodeId, Term } from '../model/ids.ts';
import type { Log, Mark } from './log.ts';
import { markOf } from './log.ts';
import type { Place, RaftAppendEntries, RaftAppendEntriesResponse } from './message.ts';
import type { Progress } from './progress.ts';
import type { Leader, State } from './state.ts';
import { send } from '../effects.ts';

/** "If last log index >= nextIndex for a follower: send AppendEntries with log entries starting at nextIndex." */
export function replicate(s: State): void {
  const { role } = s;
  if (role.type !== 'leader') return;
  for (let ready = takers(s, role); ready.size > 0; ready = takers(s, role)) {
    for (const [next, peers] of ready) {
      const entries = s.log.chunk(next);
      const previous = s.log.markAt((next - 1) as LogIndex);
      assert(previous !== null && entries.length > 0, 'who can be sent to has been found out');
      sendEntries(s, role, peers, previous, entries);
    }
  }
}

/** Who takes entries from memory now, by the index they start at; what only the disk has is loaded first. */
function takers(s: State, role: Leader): ReadonlyMap<LogIndex, readonly NodeId[]> {
  const ready = new Map<LogIndex, NodeId[]>();
  for (const [peer, progress] of role.followers) {
    if (!progress.hasRoom || progress.next > s.log.last.index) continue;
    if (progress.previous === null || s.log.entryAt(progress.next) === null) {
      load(s, peer, progress);
      continue;
    }
    const peers = ready.get(progress.next) ?? [];
    peers.push(peer);
    ready.set(progress.next, peers);
  }
  return ready;
}

function sendEntries(
  s: State,
  role: Leader,
  peers: readonly NodeId[],
  previous: Mark,
  entries: readonly Entry[],
): void {
  sendAppend(s, role, peers, previous, entries);
  for (const peer of peers) role.followers.get(peer)?.sent(entries);
}

function sendAppend(
  s: State,
  role: Leader,
  peers: readonly NodeId[],
  { index, hash, term }: Mark,
  entries: readonly Entry[],
): void {
  const message: RaftAppendEntries = {
    kind: 'append-entries',
    term: s.term,
    previous: { index, hash },
    previousTerm: term,
    entries,
    committed: s.commitIndex,
  };
  if (peers.length === s.others.length) send(s, 'all', message, s.termTicket);
  else for (const peer of peers) send(s, peer, message, s.termTicket);
  for (const peer of peers) {
    const progress = role.followers.get(peer) as Progress;
    progress.sentAtMs = s.now.monotonicMs;
    progress.toldCommitted = s.commitIndex;
  }
}

/** "Send initial empty AppendEntries (heartbeat) to each server; repeat during idle periods." */
export function heartbeat(s: State): void {
  const { role } = s;
  if (role.type !== 'leader') return;
  const { heartbeatIntervalMs } = s.configuration.parameters;
  const isDue = ({ sentAtMs }: Progress): boolean =>
    s.now.monotonicMs - sentAtMs >= heartbeatIntervalMs;
  if (sendEmpty(s, role, isDue) > 0) s.owesResponse = true;
}

/** The commit index moved: who forwarded anything has clients that wait to hear of it. */
export function noteCurious(s: State, role: Leader): void {
  for (const peer of role.followers.keys()) if (s.pool.holdsOf(peer)) role.curious.add(peer);
}

/** Those whose clients wait hear at once how far it is committed, if no entries told them. */
export function tellCurious(s: State): void {
  const { role } = s;
  if (role.type !== 'leader' || role.curious.size === 0) return;
  sendEmpty(s, role, (progress, peer) => role.curious.has(peer) && isToBeTold(s, progress));
  role.curious.clear();
}

/** The others hear within a tick: under load the next entries carry it, and it costs no message of its own. */
export function tellCommitted(s: State): void {
  const { role } = s;
  if (role.type === 'leader') sendEmpty(s, role, (progress) => isToBeTold(s, progress));
}

/** Not while it is found out what it has: heartbeats do that. */
function isToBeTold({ hearing, commitIndex }: State, progress: Progress): boolean {
  return progress.state === 'replicate' && hearing.isBehind(progress, commitIndex);
}

/** To whom `wants` it; how many they are. */
function sendEmpty(
  s: State,
  role: Leader,
  wants: (progress: Progress, peer: NodeId) => boolean,
): number {
  const groups = new Map<LogIndex, { readonly previous: Mark; readonly peers: NodeId[] }>();
  let count = 0;
  for (const [peer, progress] of role.followers) {
    if (!wants(progress, peer)) continue;
    count++;
    const previous = knownPrevious(s.log, progress);
    const group = groups.get(previous.index) ?? { previous, peers: [] };
    group.peers.push(peer);
    groups.set(previous.index, group);
  }
  for (const { previous, peers } of groups.values()) sendAppend(s, role, peers, previous, []);
  return count;
}

/** What was sent last; while that has to be loaded, something that every log has. */
function knownPrevious(log: Log, progress: Progress): Mark {
  return progress.previous ?? log.markAt(progress.match) ?? log.genesis;
}

/** AppendEntriesResponse, leader. */
export function onProgress(
  s: State,
  role: Leader,
  from: NodeId,
  { matched, hint }: RaftAppendEntriesResponse,
): void {
  const progress = role.followers.get(from);
  if (progress === undefined) return;
  progress.heardAtMs = s.now.monotonicMs;
  if (matched !== null) {
    // Nobody holds more of this log than there is.
    const index = Math.min(matched.index, s.log.last.index) as LogIndex;
    return progress.matched(index, s.log.markAt(index));
  }
  if (hint === null) return;
  const agreeing = highestAgreeing(s.log, hint);
  progress.rejected(agreeing, s.log.markAt(agreeing));
}

/** The highest index at or below the follower's where this log's term is no later than the follower's (section 5.3). */
function highestAgreeing(log: Log, { index, term }: Place): LogIndex {
  let agreeing = Math.min(index, log.last.index);
  while (agreeing > log.genesis.index && isLater(log.markAt(agreeing as LogIndex), term))
    agreeing--;
  return Math.max(agreeing, log.genesis.index) as LogIndex;
}

/** What is not remembered is committed, and the store will tell. */
function isLater(mark: Mark | null, term: Term): boolean {
  return mark !== null && mark.term > term;
}

/** The link to a follower is up: it may have missed anything. */
export function resume(s: State, peer: NodeId): void {
  if (s.role.type !== 'leader') return;
  const progress = s.role.followers.get(peer);
  if (progress === undefined) return;
  progress.reconnected(s.log.markAt(progress.match));
  progress.sentAtMs = -Infinity;
}

/** Where the term of the entry before `next` is not known, that entry is loaded too. */
function firstToLoad({ previous, next }: Progress): LogIndex {
  return previous === null ? ((next - 1) as LogIndex) : next;
}

function load(s: State, peer: NodeId, progress: Progress): void {
  if (s.loads.has(peer)) return;
  const from = firstToLoad(progress);
  s.loads.set(peer, from);
  const { index, hash } = s.log.committed;
  s.effects.push({ type: 'load', peer, from, upTo: { index, hash } });
}

export function onLoaded(s: State, peer: NodeId, entries: readonly Entry[]): void {
  const from = s.loads.get(peer);
  const first = entries[0];
  assert(first !== undefined && first.header.index === from, 'what was asked for is loaded');
  s.loads.delete(peer);
  const progress = s.role.type === 'leader' ? s.role.followers.get(peer) : undefined;
  // Its answers may have moved it elsewhere meanwhile: `replicate` looks anew.
  if (progress === undefined || !progress.hasRoom || from !== firstToLoad(progress)) return;
  const isLocated = progress.previous !== null;
  const previous = progress.previous ?? markOf(first);
  progress.located(previous);
  const following = isLocated ? entries : entries.slice(1);
  if (s.role.type === 'leader' && following.length > 0)
    sendEntries(s, s.role, [peer], previous, following);
}
