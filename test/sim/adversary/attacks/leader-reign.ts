/** A chain that a traitor leads past its honest core, from any base, with whatever shall prove its election. */
import type { VoteBundle } from '../../../../src/consensus/model/certificate.ts';
import type { Content, Entry } from '../../../../src/consensus/model/entry.ts';
import type { Hash, NodeId } from '../../../../src/consensus/model/ids.ts';
import type {
  AppendEntries,
  FetchEntriesBody,
  PeerMessage,
} from '../../../../src/consensus/model/message.ts';
import type { Position } from '../../../../src/consensus/model/position.ts';
import type { AppendEntriesStatement, Signed } from '../../../../src/consensus/model/statement.ts';
import type { Link } from '../library.ts';
import type { Traitor } from '../traitor.ts';
import { serve } from './leader-chain.ts';

export interface ReignOptions {
  readonly term: number;
  /** Its first entry stands right above. */
  readonly base: Link;
  /** What its entry of kind `term` carries; null: it begins with what it is told to propose. */
  readonly bundle: VoteBundle | null;
  /** Of the last AppendEntries that its core signed in this term. */
  readonly sequence: number;
  /** It sends heartbeats and no more. */
  readonly ordersNothing?: boolean;
}

const HEARTBEAT_MS = 100;
/** A term is long enough for everything that can go wrong. */
const ENTRIES_MAX = 60;
const LASTS_MS = 10_000;

export class Reign {
  readonly term: number;
  readonly #me: Traitor;
  readonly #beganMs: number;
  readonly #statements = new Map<Hash, Signed<AppendEntriesStatement>>();
  readonly #entries = new Map<Hash, Entry>();
  readonly #ordersNothing: boolean;
  #tip: Link;
  #first: AppendEntries | null = null;
  #sequence: number;
  #lastMs = -HEARTBEAT_MS;
  #newest: unknown = null;

  constructor(me: Traitor, { term, base, bundle, sequence, ordersNothing }: ReignOptions) {
    this.#me = me;
    this.term = term;
    this.#ordersNothing = ordersNothing ?? false;
    this.#beganMs = me.nowMs;
    this.#tip = base;
    this.#sequence = sequence;
    if (bundle !== null) this.#first = this.#append([{ kind: 'term', bundle }]);
  }

  get head(): Position {
    return { index: this.#tip.header.index, hash: this.#tip.hash };
  }

  get isOver(): boolean {
    return this.#me.nowMs - this.#beganMs > LASTS_MS;
  }

  #append(contents: readonly Exclude<Content, { kind: 'malformed' }>[]): AppendEntries {
    const previous = this.head;
    const entries: Entry[] = [];
    for (const content of contents) {
      const entry = this.#me.forge.entry(this.#tip, this.term, content);
      this.#entries.set(entry.hash, entry);
      this.#tip = entry;
      entries.push(entry);
    }
    const fields = { term: this.term, previous, head: this.head, sequence: ++this.#sequence };
    const message = this.#me.forge.append(this.#me.id, fields, entries);
    this.#statements.set(fields.head.hash, message.signed);
    return message;
  }

  /** Proposes entries in one message, and claims at once that it is prepared for them. */
  propose(
    contents: readonly Exclude<Content, { kind: 'malformed' }>[],
    to: readonly NodeId[],
  ): void {
    this.#tell(to, this.#append(contents));
    this.#tell(to, this.#me.forge.response(this.#me.id, this.term, this.head, this.head));
  }

  #tell(to: readonly NodeId[], message: PeerMessage): void {
    for (const peer of to) this.#me.send(peer, message);
  }

  /** With every tick: heartbeats, the first entry again for a while, and what clients were heard to ask for. */
  tick(to: readonly NodeId[]): void {
    const { nowMs, mind } = this.#me;
    if (this.isOver || nowMs - this.#lastMs < HEARTBEAT_MS) return;
    this.#lastMs = nowMs;
    if (this.#first !== null && nowMs - this.#beganMs < 10 * HEARTBEAT_MS)
      this.#tell(to, this.#first);
    const requests = mind.library.requests.slice(-3);
    const isNew = requests.length > 0 && requests.at(-1) !== this.#newest;
    this.#newest = requests.at(-1) ?? null;
    const orders = isNew && !this.#ordersNothing && this.#entries.size < ENTRIES_MAX;
    if (orders) this.propose([{ kind: 'batch', requests }], to);
    else this.#tell(to, this.#append([]));
  }

  /** What a follower is missing below a head of this chain; null for another head. */
  answer(body: FetchEntriesBody): PeerMessage | null {
    const leader = this.#statements.get(body.head.hash);
    return leader === undefined ? null : serve(this.#me, body, leader, this.#entries);
  }
}
