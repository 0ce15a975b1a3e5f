/** S4: the client requests a node keeps: unexecuted, bounded by share and by client, handed out clients in turn. */
import { limits } from '../base/limits.ts';
import type { Executed } from './core.ts';
import type { ClientId, Hash, NodeId, Term } from './model/ids.ts';
import type { ClientRequest } from './model/request.ts';
import { lastNumber } from './model/request.ts';
import { Forwards, Unordered } from './pool/lanes.ts';
import { Spent } from './pool/spent.ts';

export interface Pending {
  readonly request: ClientRequest;
  /** The voter whose share it counts in: this node for its own clients, else who forwarded it. */
  readonly origin: NodeId;
  readonly arrivedAtMs: number;
  /** The term in which this node, as leader, found or put it in an entry; null before. */
  orderedIn: Term | null;
  forwardedAtMs: number;
}

/** What one origin, or one client at one origin, has here. */
interface Sum {
  bytes: number;
  requests: number;
}

type PoolSize =
  | 'requests'
  | 'bytes'
  | 'clients'
  | 'sums'
  | 'own'
  | 'forwards'
  | 'unordered'
  | 'sessions'
  | 'numbers';

export class Pool {
  readonly #self: NodeId;
  /** capacity / |order|: what one voter may keep and forward. */
  readonly #shareBytes: number;
  readonly #byDigest = new Map<Hash, Pending>();
  readonly #byClient = new Map<ClientId, Map<Hash, Pending>>();
  /** Those that this node itself took, in order of arrival. */
  readonly #own = new Map<Hash, Pending>();
  readonly #forwards = new Forwards();
  /** Of `#term`. */
  readonly #unordered = new Unordered();
  #term: Term | null = null;
  readonly #sums = new Map<string, Sum>();
  readonly #spent = new Spent();
  #bytes = 0;

  constructor(self: NodeId, capacityBytes: number, voters: number) {
    this.#self = self;
    this.#shareBytes = Math.floor(capacityBytes / voters);
  }

  get size(): number {
    return this.#byDigest.size;
  }
  get bytes(): number {
    return this.#bytes;
  }

  /** How much is kept, for checkers: requests, their bytes, and all that leads to them or tells of them. */
  get sizes(): Readonly<Record<PoolSize, number>> {
    const { clients, numbers } = this.#spent.sizes;
    return {
      requests: this.#byDigest.size,
      bytes: this.#bytes,
      clients: this.#byClient.size,
      sums: this.#sums.size,
      own: this.#own.size,
      forwards: this.#forwards.size,
      unordered: this.#unordered.size,
      sessions: clients,
      numbers,
    };
  }

  /** How many bytes of these, which are all new, `add` would keep. */
  roomFor(origin: NodeId, requests: readonly ClientRequest[]): number {
    const used = this.#sumOf(origin).bytes;
    const ofClients = new Map<string, Sum>();
    let kept = 0;
    for (const { statement, bytes } of requests) {
      const clientKey = `${origin} ${statement.client}`;
      const ofClient = ofClients.get(clientKey) ?? { ...this.#sumOf(clientKey) };
      if (!this.#fits(bytes.length, used + kept, ofClient)) continue;
      ofClient.bytes += bytes.length;
      ofClient.requests++;
      ofClients.set(clientKey, ofClient);
      kept += bytes.length;
    }
    return kept;
  }

  #sumOf(key: string): Readonly<Sum> {
    return this.#sums.get(key) ?? NOTHING;
  }

  #fits(size: number, used: number, ofClient: Readonly<Sum>): boolean {
    if (used + size > this.#shareBytes) return false;
    if (ofClient.requests >= limits.pendingPerClientMax) return false;
    return ofClient.bytes === 0 || ofClient.bytes + size <= this.#clientBytes();
  }

  /** Whether anything of this origin waits. */
  holdsOf(origin: NodeId): boolean {
    return this.#sums.has(origin);
  }

  /** Whether a request is neither here nor executed. */
  isNews({ digest, statement }: ClientRequest): boolean {
    return !this.#byDigest.has(digest) && !this.#spent.has(statement);
  }

  /** Keeps a request that was not executed; false when the share of its origin, or its client's part of it, is full (S4). */
  add(request: ClientRequest, origin: NodeId, nowMs: number): boolean {
    // Its client was told what became of it, or is when it asks again (C2).
    if (this.#spent.has(request.statement)) return true;
    const known = this.#byDigest.get(request.digest);
    if (known !== undefined && (known.origin === origin || origin !== this.#self)) return true;
    // Its own client brought what another voter forwarded: this node answers for it from now on.
    if (known !== undefined) this.#remove(known);
    const client = request.statement.client;
    const ofClient = this.#sumOf(`${origin} ${client}`);
    if (!this.#fits(request.bytes.length, this.#sumOf(origin).bytes, ofClient)) return false;
    const pending: Pending = {
      request,
      origin,
      arrivedAtMs: nowMs,
      orderedIn: null,
      forwardedAtMs: -Infinity,
    };
    this.#byDigest.set(request.digest, pending);
    const lane = this.#byClient.get(client) ?? new Map<Hash, Pending>();
    this.#byClient.set(client, lane.set(request.digest, pending));
    this.#unordered.add(pending);
    if (origin === this.#self) {
      this.#own.set(request.digest, pending);
      this.#forwards.add(pending);
    }
    this.#count(pending, 1);
    return true;
  }

  /** One client takes at most half of a share, so that another always finds room. */
  #clientBytes(): number {
    return Math.max(limits.requestBytesMax, this.#shareBytes / 2);
  }

  #count({ origin, request }: Pending, requests: 1 | -1): void {
    const bytes = requests * request.bytes.length;
    this.#bytes += bytes;
    for (const key of [origin, `${origin} ${request.statement.client}`]) {
      const sum = this.#sums.get(key) ?? { bytes: 0, requests: 0 };
      sum.bytes += bytes;
      sum.requests += requests;
      if (sum.requests === 0) this.#sums.delete(key);
      else this.#sums.set(key, sum);
    }
  }

  #remove(pending: Pending): void {
    const { digest, statement } = pending.request;
    this.#byDigest.delete(digest);
    const ofClient = this.#byClient.get(statement.client);
    ofClient?.delete(digest);
    if (ofClient?.size === 0) this.#byClient.delete(statement.client);
    this.#own.delete(digest);
    this.#forwards.delete(pending);
    this.#unordered.delete(pending);
    this.#count(pending, -1);
  }

  /** What was executed, and what it made void: other uses of its numbers, and all at or below the floor (C2, S1). */
  executed(done: Executed): void {
    this.#spent.executed(done);
    const own = this.#byDigest.get(done.requestDigest);
    if (own !== undefined) this.#remove(own);
    const last = done.first + BigInt(done.count) - 1n;
    for (const pending of this.#byClient.get(done.client)?.values() ?? []) {
      const { first } = pending.request.statement;
      const end = lastNumber(pending.request.statement);
      const overlaps = done.index > 0 && first <= last && end >= done.first;
      if (overlaps || first <= done.floor) this.#remove(pending);
    }
  }

  /**
   * Requests not ordered in `term` yet, up to the batch's bounds, one of each client in turn; none where more would fit
   * and they are less than `bytesMin` together. Marks what it gives as ordered.
   */
  nextBatch(term: Term, bytesMin = 0): readonly ClientRequest[] {
    this.#enter(term);
    if (this.#unordered.isBelow(bytesMin)) return [];
    const batch = this.#unordered.take();
    for (const pending of batch) pending.orderedIn = term;
    return batch.map(({ request }) => request);
  }

  /** What was ordered in another term is to be ordered again. */
  #enter(term: Term): void {
    if (term === this.#term) return;
    this.#term = term;
    this.#unordered.clear();
    for (const pending of this.#byDigest.values())
      if (pending.orderedIn !== term) this.#unordered.add(pending);
  }

  /** A new leader's base carries it already. */
  markOrdered(digest: Hash, term: Term): void {
    const pending = this.#byDigest.get(digest);
    if (pending === undefined) return;
    this.#enter(term);
    pending.orderedIn = term;
    this.#unordered.delete(pending);
  }

  /** Requests of this node's own clients to hand to the leader, never forwarded since `sinceMs`: what fits a message. */
  toForward(sinceMs: number, bytesMax: number): readonly Pending[] {
    return this.#forwards.due(sinceMs, bytesMax);
  }

  /** Who hears of requests from now on knows of none of them. */
  forgetForwards(): void {
    this.#forwards.clear();
    for (const pending of this.#own.values()) {
      pending.forwardedAtMs = -Infinity;
      this.#forwards.add(pending);
    }
  }

  /** The oldest arrival among the requests that this node itself took, or null: what S1's `stalled` is about. */
  oldestMs(): number | null {
    for (const { arrivedAtMs } of this.#own.values()) return arrivedAtMs;
    return null;
  }

  /** Who leads no more keeps only what its own clients brought: the forwarders hand the rest to the next leader. */
  dropForeign(): void {
    for (const pending of [...this.#byDigest.values()]) {
      if (pending.origin !== this.#self) this.#remove(pending);
    }
  }
}

const NOTHING: Readonly<Sum> = { bytes: 0, requests: 0 };
