/** Answering fetches: what is above the commit index from memory; what is committed the host reads from the store. */
import { limits } from '../../base/limits.ts';
import type { ServeLink } from '../core.ts';
import { certifiedPosition } from '../model/certificate.ts';
import type { Entry } from '../model/entry.ts';
import { positionOf } from '../model/entry.ts';
import type { LogIndex, NodeId } from '../model/ids.ts';
import type { EntriesBody, FetchEntries, FetchEntriesBody } from '../model/message.ts';
import type { Position } from '../model/position.ts';
import { samePosition } from '../model/position.ts';
import type { AppendEntriesStatement, Signed } from '../model/statement.ts';
import type { Verified } from '../model/verified.ts';
import { ServedPeer } from './served.ts';
import type { State } from './state.ts';
import { send } from '../effects.ts';

export function onFetchEntries(s: State, from: NodeId, message: Verified<FetchEntries>): void {
  s.fetchesWaiting.set(from, message.body);
  serveWaitingFor(s, from, message.body);
}

/** Once a tick: the newest question of each peer that came too soon. */
export function serveWaiting(s: State): void {
  for (const [peer, body] of [...s.fetchesWaiting]) serveWaitingFor(s, peer, body);
}

/** L2: each answer is paid for by the time that it may take; nobody's fetches are in another's way. */
function serveWaitingFor(s: State, to: NodeId, body: FetchEntriesBody): void {
  const served = servedPeer(s, to);
  const { monotonicMs } = s.now;
  if (!served.account.isOpen(monotonicMs)) return;
  served.account.begin(monotonicMs);
  const chain = chainFor(s, body.head);
  if (body.from <= s.chain.committed.index) {
    // From the store the host serves it, at a pace of its own.
    served.account.pay({ bytes: 0, records: limits.fetchEntriesTarget }, false);
    serveCommitted(s, to, body.from, chain);
  } else if (!serveHeld(s, to, chain === null ? null : answerFrom(chain, body.from), served))
    return;
  s.fetchesWaiting.delete(to);
}

function servedPeer(s: State, peer: NodeId): ServedPeer {
  const served = s.served.get(peer) ?? new ServedPeer(s.order.length - 1);
  s.served.set(peer, served);
  return served;
}

/** False where it has to wait for what pays for repeats. */
function serveHeld(s: State, to: NodeId, answer: EntriesBody | null, served: ServedPeer): boolean {
  if (answer === null) return true;
  const { entries, headers } = answer;
  const isRepeat = served.hasAny(entries);
  if (isRepeat && !served.account.repeats(s.now.monotonicMs)) return false;
  served.note(entries);
  const bytes = entries.reduce((sum, { payload }) => sum + payload.length, 0);
  served.account.pay({ bytes, records: entries.length + headers.length }, isRepeat);
  send(s, to, s.deps.signBody({ kind: 'entries', body: answer }), s.ticket);
  return true;
}

function serveCommitted(s: State, to: NodeId, from: LogIndex, chain: Proven | null): void {
  const { committed } = s.chain;
  const newest = s.newestCommit;
  const certified = newest !== null && certifiedPosition(newest).index >= from;
  const link: ServeLink | null =
    certified || chain === null
      ? null
      : { committed, headers: chain.entries.map(({ header }) => header), leader: chain.leader };
  if (certified || link !== null)
    s.effects.push({ type: 'serve', to, from, newest: certified ? newest : null, link });
}

/** A chain above the commit index that ends where the asker, or the leader's signature, proves it. */
interface Proven {
  readonly entries: readonly Entry[];
  readonly leader: Signed<AppendEntriesStatement> | null;
}

/** Up to the leader's newest head if the asked-for one is below it or unknown here, else up to the asked-for one. */
function chainFor(s: State, asked: Position): Proven | null {
  const { statement } = s.acceptance;
  const head = statement?.statement.head ?? null;
  const own = head !== null && s.chain.holds(head) ? s.chain.ascend(head) : null;
  const knowsAsked = s.chain.holds(asked);
  if (own !== null && (!knowsAsked || own.some((e) => samePosition(positionOf(e), asked)))) {
    return { entries: own, leader: statement };
  }
  const entries = knowsAsked ? s.chain.ascend(asked) : null;
  return entries === null ? null : { entries, leader: null };
}

function answerFrom({ entries: chain, leader }: Proven, from: LogIndex): EntriesBody | null {
  const wanted = chain.filter((entry) => entry.header.index >= from);
  const entries: Entry[] = [];
  let bytes = 0;
  let signatures = 0;
  for (const entry of wanted) {
    bytes += entry.payload.length;
    signatures += signaturesIn(entry);
    const tooMuch = bytes > limits.fetchBytesMax || signatures > limits.unprovenSignaturesMax;
    if (entries.length > 0 && (tooMuch || entries.length >= limits.fetchEntriesMax)) break;
    entries.push(entry);
  }
  const headers = wanted.slice(entries.length).map((entry) => entry.header);
  if (entries.length === 0 || headers.length > limits.fetchHeadersMax) return null;
  return { entries, headers, leader, commit: null };
}

/** What whoever gets it verifies. Unlike wire's count of the same it looks into contents, which are read already here. */
function signaturesIn({ content }: Entry): number {
  switch (content.kind) {
    case 'batch':
      return content.requests.length;
    case 'term':
      return content.bundle.votes.length;
    default:
      return 0;
  }
}
