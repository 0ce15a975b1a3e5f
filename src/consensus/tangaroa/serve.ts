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
import type { State } from './state.ts';
import { send } from '../effects.ts';

/** One answer for each peer in so many milliseconds: who asks faster waits for the next tick. */
const SERVE_INTERVAL_MS = 2;

export function onFetchEntries(s: State, from: NodeId, message: Verified<FetchEntries>): void {
  if (isServed(s, from)) serve(s, from, message.body);
  else s.fetchesWaiting.set(from, message.body);
}

/** Once a tick: the newest question of each peer that came too soon. */
export function serveWaiting(s: State): void {
  for (const [peer, body] of s.fetchesWaiting) {
    if (!isServed(s, peer)) continue;
    s.fetchesWaiting.delete(peer);
    serve(s, peer, body);
  }
}

/** L2: each answer is paid for by the time that its bytes may take; nobody's fetches are in another's way. */
function isServed(s: State, peer: NodeId): boolean {
  return s.now.monotonicMs >= (s.servedMs.get(peer) ?? -Infinity);
}

function serve(s: State, to: NodeId, body: FetchEntriesBody): void {
  s.servedMs.set(to, s.now.monotonicMs + SERVE_INTERVAL_MS);
  const chain = chainFor(s, body.head);
  if (body.from > s.chain.committed.index) {
    const answer = chain === null ? null : answerFrom(chain, body.from);
    if (answer === null) return;
    const bytes = answer.entries.reduce((sum, { payload }) => sum + payload.length, 0);
    const costMs = Math.max(SERVE_INTERVAL_MS, (1_000 * bytes) / limits.serveBytesPerSecond);
    s.servedMs.set(to, s.now.monotonicMs + costMs);
    return send(s, to, s.deps.signBody({ kind: 'entries', body: answer }), s.ticket);
  }
  const { committed } = s.chain;
  const newest = s.newestCommit;
  const certified = newest !== null && certifiedPosition(newest).index >= body.from;
  const link: ServeLink | null =
    certified || chain === null
      ? null
      : { committed, headers: chain.entries.map(({ header }) => header), leader: chain.leader };
  if (certified || link !== null) {
    s.effects.push({ type: 'serve', to, from: body.from, newest: certified ? newest : null, link });
  }
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

/** What whoever gets it verifies. */
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
