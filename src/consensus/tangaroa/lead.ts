/** Section 3, the leader's side (N1), and the first entry of a term (E4). */
import { assert } from '../../base/assert.ts';
import { limits } from '../../base/limits.ts';
import type { VoteBundle } from '../model/certificate.ts';
import type { Content, Entry } from '../model/entry.ts';
import { makeEntry, positionOf } from '../model/entry.ts';
import type { LogIndex, Sequence } from '../model/ids.ts';
import type { AppendEntries } from '../model/message.ts';
import type { Position } from '../model/position.ts';
import { hold } from './accept.ts';
import { haltForked } from './commit.ts';
import type { Role, State } from './state.ts';
import { send } from '../effects.ts';
import { learnBundle } from './term.ts';

type Leader = Extract<Role, { type: 'leader' }>;

/** AppendEntries between two that carry the newest commit certificate (N6). */
const COMMIT_EVERY = 16;

/** E4: truncates to the base and proposes first an entry of kind `term` whose payload is the bundle. */
export function becomeLeader(s: State, base: Position, bundle: VoteBundle): void {
  learnBundle(s, bundle);
  const onCommitted = base.index <= s.chain.committed.index;
  const follows = onCommitted ? base.hash === s.chain.committed.hash : s.chain.follow(base);
  if (!follows) return haltForked(s, null);
  for (const request of requestsAbove(s, base)) s.pool.markOrdered(request, s.term);
  const role: Leader = {
    type: 'leader',
    base,
    tip: base,
    sequence: 0 as Sequence,
    termAppend: null,
    lastAppend: null,
    lastAppendMs: s.now.monotonicMs,
    appendsSinceCommit: 0,
  };
  s.role = role;
  role.termAppend = propose(s, role, { kind: 'term', bundle });
}

/** Requests that the base carries uncommitted: ordered already, not to be ordered again. */
function requestsAbove(s: State, base: Position): readonly Entry['hash'][] {
  const entries = s.chain.ascend(base) ?? [];
  return entries.flatMap(({ content }) =>
    content.kind === 'batch' ? content.requests.map((request) => request.digest) : [],
  );
}

/** N1: appends and broadcasts at once; only its own Response waits for its disk. */
function propose(
  s: State,
  role: Leader,
  content: Exclude<Content, { kind: 'malformed' }>,
): AppendEntries {
  const previous = role.tip;
  const fields = {
    index: (previous.index + 1) as LogIndex,
    epoch: s.epoch,
    term: s.term,
    parent: previous.hash,
    kind: content.kind,
    timestamp: Math.max(s.now.wallMs, timestampAt(s, previous)),
  };
  const entry = makeEntry(fields, s.deps.encodeContent(content), content, s.deps.digest);
  role.tip = positionOf(entry);
  const message = append(s, role, previous, [entry]);
  const held = hold(s, [entry], entry.header.index);
  assert(held !== null, 'a leader holds what it extends');
  s.leader.statement = message.signed;
  return message;
}

function timestampAt(s: State, position: Position): number {
  const held = s.chain.entry(position.hash);
  const header = held?.header ?? s.chain.headerAt(position.index)?.header;
  return header?.timestamp ?? 0;
}

/** The same bytes to everyone; the sequence grows with each, heartbeats too (M2). */
function append(
  s: State,
  role: Leader,
  previous: Position,
  entries: readonly Entry[],
): AppendEntries {
  role.sequence = (role.sequence + 1) as Sequence;
  role.appendsSinceCommit++;
  const withCommit = entries.length === 0 || role.appendsSinceCommit >= COMMIT_EVERY;
  if (withCommit) role.appendsSinceCommit = 0;
  const message: AppendEntries = {
    kind: 'append-entries',
    signed: s.deps.sign({
      kind: 'append-entries',
      epoch: s.epoch,
      term: s.term,
      previous,
      head: role.tip,
      sequence: role.sequence,
    }),
    entries,
    commit: withCommit ? s.newestCommit : null,
  };
  role.lastAppend = message;
  role.lastAppendMs = s.now.monotonicMs;
  send(s, 'all', message, s.termTicket);
  return message;
}

/** Entries of its term that are proposed and not committed; the window of N1 bounds them. */
function inFlight(s: State, role: Leader): number {
  return role.tip.index - Math.max(role.base.index, s.chain.committed.index);
}

/**
 * N1: batches what waits, while the window and its own machine leave room; a small batch waits while `eagerEntries` are
 * in flight, since an entry costs all voters the same whatever it carries. True if it proposed anything.
 */
export function proposeWaiting(s: State): boolean {
  const { role } = s;
  if (role.type !== 'leader' || s.transfer !== null || s.halted) return false;
  let proposed = false;
  while (inFlight(s, role) < limits.window && hasRoom(s)) {
    const isEager = inFlight(s, role) < s.eagerEntries;
    const requests = s.pool.nextBatch(s.term, isEager ? 0 : limits.entryBytesWorthwhile);
    if (requests.length === 0) break;
    propose(s, role, { kind: 'batch', requests });
    proposed = true;
  }
  return proposed;
}

/** Its base may fill all that it can hold (D3): then the entry that opened the term commits before anything else comes. */
function hasRoom(s: State): boolean {
  if (s.chain.isFull) return false;
  const lag = s.chain.committed.index - s.applied;
  return lag <= limits.applyLagMax / 2 && s.chain.pathBytes <= limits.acceptAheadBytesMax / 2;
}

/** Once a heartbeat interval: keeps followers from suspecting, and brings them the newest commit certificate. */
export function heartbeat(s: State): void {
  const { role } = s;
  if (role.type !== 'leader') return;
  if (s.now.monotonicMs - role.lastAppendMs < s.configuration.parameters.heartbeatIntervalMs)
    return;
  resendTermEntry(s, role);
  append(s, role, role.tip, []);
  const committed = s.chain.committed.index;
  // M3: without progress since the last heartbeat its own Response goes out again.
  if (committed === s.leader.committedAtHeartbeat && role.tip.index > committed) {
    if (s.acceptance.response !== null) send(s, 'all', s.acceptance.response, s.termTicket);
  }
  s.leader.committedAtHeartbeat = committed;
}

/** M3: the bundle goes out again until its entry committed. */
function resendTermEntry(s: State, role: Leader): void {
  const entry = role.termAppend;
  if (entry === null) return;
  if (entry.signed.statement.head.index <= s.chain.committed.index) role.termAppend = null;
  else send(s, 'all', entry, s.termTicket);
}
