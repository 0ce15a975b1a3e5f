/** Section 3, the voter's side: what it accepts (N2) and when it says so (N3). */
import { limits } from '../../base/limits.ts';
import type { StoreRecord, Ticket } from '../core.ts';
import type { Entry } from '../model/entry.ts';
import type { LogIndex } from '../model/ids.ts';
import type { AppendEntriesResponse } from '../model/message.ts';
import type { Position } from '../model/position.ts';
import { NONE, samePosition } from '../model/position.ts';
import type { AppendEntriesStatement, Signed } from '../model/statement.ts';
import type { State } from './state.ts';
import { report, send, store } from '../effects.ts';
import { keepOnly } from './state.ts';
import { accuse } from './suspicion.ts';
import { candidateOf } from './term.ts';

/** N1: an honest leader's entries lie no further than this above its base and what is committed. */
export function leaderCeiling(s: State): LogIndex {
  const floor = Math.max(s.chain.committed.index, s.leader.base?.index ?? 0);
  return (floor + limits.acceptAheadMax) as LogIndex;
}

/**
 * Adds proven entries up to `ceiling` to what is held, from the first whose parent is held. Returns the last entry held
 * of them, or null.
 */
export function hold(s: State, entries: readonly Entry[], ceiling: LogIndex): Entry | null {
  if (s.chain.isFull) makeRoom(s);
  const fresh: Entry[] = [];
  let last: Entry | null = null;
  const ticket: Ticket = s.ticket + 1;
  for (const entry of entries) {
    const { index, parent } = entry.header;
    if (index <= s.chain.committed.index) continue;
    const below: Position = { index: (index - 1) as LogIndex, hash: parent };
    const known = s.chain.entry(entry.hash) !== null;
    if (!known && (index > ceiling || !s.chain.holds(below))) break;
    if (!known && s.chain.isFull && !hasRoomToOpen(s, entry)) break;
    if (s.chain.insert(entry, ticket)) fresh.push(entry);
    last = entry;
  }
  if (fresh.length > 0)
    store(
      s,
      fresh.map((entry) => ({ type: 'entry', entry })),
    );
  return last;
}

/**
 * What a leader sent of chains that nobody accepted makes room: not before the last room that was made is durable, or a
 * flood would pile up before a slow disk.
 */
function makeRoom(s: State): void {
  if (s.roomTicket > s.durable) return;
  pruneHeld(s);
  s.roomTicket = s.ticket;
}

/**
 * A term's first entry always has room: without it no term could make any. A leader that makes it again and again has
 * no more of that than there are bases to ask with (E3).
 */
function hasRoomToOpen(s: State, entry: Entry): boolean {
  if (!opensTerm(s, entry)) return false;
  return s.chain.countHeld((held) => opensTerm(s, held)) <= s.order.length;
}

/** N2: accepts up to the highest head that the leader of this term signed, once all of it is held and in order. */
export function acceptLeader(s: State): boolean {
  const signed = heldStatement(s);
  if (signed === null || !s.leader.proven || !s.voter || s.acceptance.certifiedOnly) return false;
  const { head } = signed.statement;
  const { position } = s.acceptance;
  if (head.index <= position.index) return false;
  if (tooFarAhead(s, head)) return false;
  const entries = newEntries(s, head);
  if (entries === null) return rogue(s, 'its entries do not extend what was accepted in its term');
  const verdict = checkEntries(s, entries);
  if (verdict === 'wait') return false;
  if (verdict !== 'fine') return rogue(s, verdict.fault);
  if (!s.chain.follow(head)) return rogue(s, 'its entries conflict with what is committed');
  accept(s, head, signed);
  if (position.index === 0) pruneHeld(s);
  s.tally.replace(s.chain);
  return true;
}

/** The leader's statement with the highest head that is held. */
function heldStatement(s: State): Signed<AppendEntriesStatement> | null {
  const { statement } = s.leader;
  if (statement !== null && s.chain.holds(statement.statement.head)) s.leader.held = statement;
  return s.leader.held;
}

/** A leader that breaks a rule under its own signature; its statement is not looked at again. */
function rogue(s: State, reason: string): boolean {
  s.leader.statement = s.acceptance.statement;
  s.leader.held = s.acceptance.statement;
  accuse(s, candidateOf(s, s.term), reason);
  return false;
}

/** Followers wait for certificates before they go further than an honest leader would, and for their machine. */
function tooFarAhead(s: State, head: Position): boolean {
  return (
    head.index > leaderCeiling(s) ||
    bytesTo(s, head) > limits.acceptAheadBytesMax ||
    s.chain.committed.index - s.applied > limits.applyLagMax
  );
}

/** Payload bytes that the own chain would have above the commit index. */
function bytesTo(s: State, head: Position): number {
  const entry = s.chain.entry(head.hash);
  if (entry !== null && opensTerm(s, entry)) return 0;
  return (s.chain.ascend(head) ?? []).reduce((sum, { payload }) => sum + payload.length, 0);
}

function opensTerm(s: State, { header }: Entry): boolean {
  return header.kind === 'term' && header.term === s.term;
}

/** The entries of this term that `head` adds to what was accepted; null if it does not extend that. */
function newEntries(s: State, head: Position): readonly Entry[] | null {
  const { position } = s.acceptance;
  if (position.index > s.chain.committed.index) return s.chain.ascend(head, position);
  const entries = s.chain.ascend(head);
  if (entries === null || position.index > 0) return entries;
  return entries.filter(({ header }) => header.epoch === s.epoch && header.term === s.term);
}

/** What a leader did wrong under its own signature. */
interface Fault {
  readonly fault: string;
}

/** N2, N1: terms, kinds and timestamps. `wait`: its clock may be right and ours wrong. */
function checkEntries(s: State, entries: readonly Entry[]): 'fine' | 'wait' | Fault {
  const first = s.acceptance.position.index === 0;
  const latest = s.now.wallMs + s.configuration.parameters.clockDriftMs;
  let waits = false;
  for (const [i, { header }] of entries.entries()) {
    if (header.term !== s.term || header.epoch !== s.epoch)
      return { fault: 'an entry of another term' };
    if ((header.kind === 'term') !== (first && i === 0)) {
      return { fault: 'exactly the first entry of a term carries its vote bundle' };
    }
    if (header.kind === 'configuration')
      return { fault: 'a configuration entry that nothing justifies' };
    const parent =
      (i === 0
        ? parentTimestamp(s, header.index, header.parent)
        : entries[i - 1]?.header.timestamp) ?? 0;
    if (header.timestamp < parent)
      return { fault: 'a timestamp below that of the entry before it' };
    // The parent's own timestamp is never too far ahead: clocks that were set back must not stop the log.
    if (header.timestamp > Math.max(latest, parent)) waits = true;
  }
  if (entries.length === 0) return { fault: 'no entry of its own term below its head' };
  return waits ? 'wait' : 'fine';
}

function parentTimestamp(s: State, index: LogIndex, parent: Entry['hash']): number {
  const held = s.chain.entry(parent);
  if (held !== null) return held.header.timestamp;
  const linked = s.chain.headerAt((index - 1) as LogIndex);
  return linked?.hash === parent ? linked.header.timestamp : 0;
}

/** Makes a position accepted; it is named once this is durable (N3, V3). `first` is written with it or not at all. */
function accept(
  s: State,
  position: Position,
  statement: Signed<AppendEntriesStatement> | null,
  first: readonly StoreRecord[] = [],
): void {
  s.acceptance.position = position;
  s.acceptance.statement = statement;
  const { silentUpTo } = s.acceptance;
  const record = { epoch: s.epoch, term: s.term, position, silentUpTo };
  const ticket = store(s, [...first, { type: 'accepted', record }]);
  s.acceptance.accepting.push({ ticket, position });
}

/**
 * N2's exception: a held position that a certificate of this (epoch, term) proves counts as accepted, whatever was
 * accepted before; indexes that were named on another chain are never named again.
 */
export function acceptCertified(
  s: State,
  position: Position,
  first: readonly StoreRecord[] = [],
): void {
  const before = s.acceptance.position;
  const covered =
    samePosition(before, position) ||
    (s.chain.onPath(position) && position.index <= before.index) ||
    (position.index > s.chain.committed.index && s.chain.ascend(position) === null);
  if (!s.voter || covered) {
    if (first.length > 0) store(s, first);
    return;
  }
  const extend = before.index === 0 || extendsAccepted(s, position);
  if (!extend) {
    const named = s.acceptance.accepting.at(-1)?.position ?? before;
    s.acceptance.silentUpTo = Math.max(
      s.acceptance.silentUpTo,
      before.index,
      named.index,
    ) as LogIndex;
    s.acceptance.accepting.length = 0;
    s.acceptance.durableAccepted = NONE;
    s.leader.statement = null;
    s.leader.held = null;
    report(s, 'warn', 'switched-chain', `a certificate of term ${s.term} lies on another chain`, {
      index: position.index,
    });
  }
  if (position.index > s.chain.committed.index) s.chain.follow(position);
  s.acceptance.certifiedOnly = false;
  accept(s, position, null, first);
  if (extend) s.tally.replace(s.chain);
  else s.tally.rebuild(s.chain);
}

function extendsAccepted(s: State, position: Position): boolean {
  const { position: before } = s.acceptance;
  if (before.index <= s.chain.committed.index) return true;
  return position.index > before.index && s.chain.ascend(position, before) !== null;
}

/** After a commit and the first entry of a term: what conflicts is dropped, E3's prefix and the best one are kept aside. */
export function pruneHeld(s: State): void {
  const tips = [s.lock.position, s.best.position, s.linked.position];
  for (const { tip } of s.fetching.starts.values()) if (tip !== null) tips.push(tip);
  for (const signed of [s.leader.statement, s.leader.held]) {
    if (signed !== null) tips.push(signed.statement.head);
  }
  keepOnly(s, tips);
}

/** N3: what became durable is named, once, in one Response to everybody. True if there was something new. */
export function respond(s: State): boolean {
  const a = s.acceptance;
  settle(a.accepting, s.durable, (position) => (a.durableAccepted = position));
  settle(a.preparing, s.durable, (position) => (a.durablePrepared = position));
  if (!s.voter) return false;
  const accepted = nameable(s, a.durableAccepted);
  const prepared = nameable(s, a.durablePrepared);
  const said = a.response?.signed.statement;
  if (
    samePosition(said?.accepted ?? NONE, accepted) &&
    samePosition(said?.prepared ?? NONE, prepared)
  ) {
    return false;
  }
  const response: AppendEntriesResponse = {
    kind: 'append-entries-response',
    signed: s.deps.sign({
      kind: 'append-entries-response',
      epoch: s.epoch,
      term: s.term,
      accepted,
      prepared,
    }),
  };
  a.response = response;
  send(s, 'all', response, s.termTicket);
  s.tally.record(response.signed, s.chain);
  return true;
}

function nameable(s: State, position: Position): Position {
  return position.index > s.acceptance.silentUpTo ? position : NONE;
}

function settle(
  writing: { readonly ticket: Ticket; readonly position: Position }[],
  durable: Ticket,
  reached: (position: Position) => void,
): void {
  while (writing[0] !== undefined && writing[0].ticket <= durable) {
    reached(writing[0].position);
    writing.shift();
  }
}
