/** S4: the client requests a node keeps: unexecuted, bounded by share and by client, handed out clients in turn. */
import { limits } from '../base/limits.ts';
import type { Executed } from './core.ts';
import type { ClientId, Hash, NodeId, Term } from './model/ids.ts';
import type { ClientRequest } from './model/request.ts';
import { lastNumber } from './model/request.ts';

export interface Pending {
  readonly request: ClientRequest;
  /** The voter whose share it counts in: this node for its own clients, else who forwarded it. */
  readonly origin: NodeId;
  readonly arrivedAtMs: number;
  /** The term in which this node, as leader, found or put it in an entry; null before. */
  orderedIn: Term | null;
  forwardedAtMs: number;
}

/** What would go into the next batch; `isFull` where it can grow no more. */
interface Gathered {
  readonly batch: readonly Pending[];
  readonly bytes: number;
  readonly isFull: boolean;
}

export class Pool {
  readonly #self: NodeId;
  /** capacity / |order|: what one voter may keep and forward. */
  readonly #shareBytes: number;
  readonly #byDigest = new Map<Hash, Pending>();
  readonly #byClient = new Map<ClientId, Map<Hash, Pending>>();
  readonly #bytesOf = new Map<string, number>();
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

  /** How much is kept, for checkers: requests, their bytes and clients, and the sums of bytes that are known. */
  get sizes(): Readonly<Record<'requests' | 'bytes' | 'clients' | 'sums', number>> {
    return {
      requests: this.#byDigest.size,
      bytes: this.#bytes,
      clients: this.#byClient.size,
      sums: this.#bytesOf.size,
    };
  }

  /** How many bytes of these, which are all new, `add` would keep. */
  roomFor(origin: NodeId, requests: readonly ClientRequest[]): number {
    const used = this.#bytesOf.get(origin) ?? 0;
    const ofClients = new Map<string, number>();
    let kept = 0;
    for (const { statement, bytes } of requests) {
      const clientKey = `${origin} ${statement.client}`;
      const usedByClient = ofClients.get(clientKey) ?? this.#bytesOf.get(clientKey) ?? 0;
      if (!this.#fits(bytes.length, used + kept, usedByClient)) continue;
      ofClients.set(clientKey, usedByClient + bytes.length);
      kept += bytes.length;
    }
    return kept;
  }

  #fits(size: number, used: number, usedByClient: number): boolean {
    if (used + size > this.#shareBytes) return false;
    return usedByClient === 0 || usedByClient + size <= this.#clientBytes();
  }

  /** Whether anything of this origin waits. */
  holdsOf(origin: NodeId): boolean {
    return this.#bytesOf.has(origin);
  }

  has(digest: Hash): boolean {
    return this.#byDigest.has(digest);
  }

  /** Keeps a request; false when the share of its origin, or its client's part of it, is full (S4). */
  add(request: ClientRequest, origin: NodeId, nowMs: number): boolean {
    const known = this.#byDigest.get(request.digest);
    if (known !== undefined && (known.origin === origin || origin !== this.#self)) return true;
    // Its own client brought what another voter forwarded: this node answers for it from now on.
    if (known !== undefined) this.#remove(known);
    const client = request.statement.client;
    const clientKey = `${origin} ${client}`;
    const size = request.bytes.length;
    const used = this.#bytesOf.get(origin) ?? 0;
    const usedByClient = this.#bytesOf.get(clientKey) ?? 0;
    if (!this.#fits(size, used, usedByClient)) return false;
    const pending: Pending = {
      request,
      origin,
      arrivedAtMs: nowMs,
      orderedIn: null,
      forwardedAtMs: -Infinity,
    };
    this.#byDigest.set(request.digest, pending);
    const ofClient = this.#byClient.get(client) ?? new Map<Hash, Pending>();
    this.#byClient.set(client, ofClient.set(request.digest, pending));
    this.#count(pending, size);
    return true;
  }

  /** One client takes at most half of a share, so that another always finds room. */
  #clientBytes(): number {
    return Math.max(limits.requestBytesMax, this.#shareBytes / 2);
  }

  #count(pending: Pending, bytes: number): void {
    this.#bytes += bytes;
    for (const key of [pending.origin, `${pending.origin} ${pending.request.statement.client}`]) {
      const sum = (this.#bytesOf.get(key) ?? 0) + bytes;
      if (sum === 0) this.#bytesOf.delete(key);
      else this.#bytesOf.set(key, sum);
    }
  }

  #remove(pending: Pending): void {
    const { digest, statement, bytes } = pending.request;
    this.#byDigest.delete(digest);
    const ofClient = this.#byClient.get(statement.client);
    ofClient?.delete(digest);
    if (ofClient?.size === 0) this.#byClient.delete(statement.client);
    this.#count(pending, -bytes.length);
  }

  /** What was executed, and what it made void: other uses of its numbers, and all at or below the floor (C2, S1). */
  executed(done: Executed): void {
    const own = this.#byDigest.get(done.requestDigest);
    if (own !== undefined) this.#remove(own);
    const last = done.first + BigInt(done.count) - 1n;
    for (const pending of [...(this.#byClient.get(done.client)?.values() ?? [])]) {
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
    const { batch, bytes, isFull } = this.#gather(term);
    if (bytes < bytesMin && !isFull) return [];
    for (const pending of batch) pending.orderedIn = term;
    return batch.map(({ request }) => request);
  }

  #gather(term: Term): Gathered {
    const batch: Pending[] = [];
    let bytes = 0;
    const queues = [...this.#byClient.values()].map((ofClient) => ofClient.values());
    while (queues.length > 0) {
      for (let i = 0; i < queues.length;) {
        const pending = nextUnordered(queues[i] as IterableIterator<Pending>, term);
        if (pending === null) {
          queues.splice(i, 1);
          continue;
        }
        const size = pending.request.bytes.length + 4;
        if (bytes > 0 && bytes + size > limits.batchBytesTarget)
          return { batch, bytes, isFull: true };
        batch.push(pending);
        bytes += size;
        if (batch.length >= limits.requestsPerBatchTarget) return { batch, bytes, isFull: true };
        i++;
      }
    }
    return { batch, bytes, isFull: false };
  }

  /** A new leader's base carries it already. */
  markOrdered(digest: Hash, term: Term): void {
    const pending = this.#byDigest.get(digest);
    if (pending !== undefined) pending.orderedIn = term;
  }

  /** Requests of this node's own clients to hand to the leader, never forwarded since `sinceMs`: what fits a message. */
  toForward(sinceMs: number, bytesMax: number): readonly Pending[] {
    const due: Pending[] = [];
    let bytes = 0;
    for (const pending of this.#byDigest.values()) {
      if (pending.origin !== this.#self || pending.forwardedAtMs > sinceMs) continue;
      bytes += pending.request.bytes.length;
      const full = bytes > bytesMax || due.length >= limits.requestsPerBatchTarget;
      if (due.length > 0 && full) break;
      due.push(pending);
    }
    return due;
  }

  /** Who hears of requests from now on knows of none of them. */
  forgetForwards(): void {
    for (const pending of this.#byDigest.values()) pending.forwardedAtMs = -Infinity;
  }

  /** The oldest arrival among the requests that this node itself took, or null: what S1's `stalled` is about. */
  oldestMs(): number | null {
    for (const { origin, arrivedAtMs } of this.#byDigest.values()) {
      if (origin === this.#self) return arrivedAtMs;
    }
    return null;
  }

  /** Who leads no more keeps only what its own clients brought: the forwarders hand the rest to the next leader. */
  dropForeign(): void {
    for (const pending of [...this.#byDigest.values()]) {
      if (pending.origin !== this.#self) this.#remove(pending);
    }
  }
}

function nextUnordered(queue: IterableIterator<Pending>, term: Term): Pending | null {
  for (const pending of queue) if (pending.orderedIn !== term) return pending;
  return null;
}
