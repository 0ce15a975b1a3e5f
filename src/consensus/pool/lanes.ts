/** In which order a pool hands out what it keeps, at a cost of what is handed out and not of what is kept. */
import { limits } from '../../base/limits.ts';
import type { ClientId, Hash } from '../model/ids.ts';
import type { Pending } from '../pool.ts';

/** A request in a batch, behind its length. */
function batchedBytes({ request }: Pending): number {
  return request.bytes.length + 4;
}

/** Requests that are in no entry of this term yet: one of each client in turn. */
export class Unordered {
  /** In the order of the clients' turns; no client without one. */
  readonly #lanes = new Map<ClientId, Map<Hash, Pending>>();
  #requests = 0;
  #bytes = 0;

  get size(): number {
    return this.#requests;
  }

  add(pending: Pending): void {
    const { client } = pending.request.statement;
    const lane = this.#lanes.get(client) ?? new Map<Hash, Pending>();
    this.#lanes.set(client, lane.set(pending.request.digest, pending));
    this.#requests++;
    this.#bytes += batchedBytes(pending);
  }

  delete(pending: Pending): void {
    const { client } = pending.request.statement;
    const lane = this.#lanes.get(client);
    if (lane?.delete(pending.request.digest) !== true) return;
    if (lane.size === 0) this.#lanes.delete(client);
    this.#requests--;
    this.#bytes -= batchedBytes(pending);
  }

  clear(): void {
    this.#lanes.clear();
    this.#requests = 0;
    this.#bytes = 0;
  }

  /** Whether there is less than `bytesMin`, and room for more in a batch of it all. */
  isBelow(bytesMin: number): boolean {
    const fits = this.#bytes <= limits.batchBytesTarget;
    return this.#bytes < bytesMin && fits && this.#requests < limits.requestsPerBatchTarget;
  }

  /** A batch: it fits its bounds, or is a single request. */
  take(): readonly Pending[] {
    const batch: Pending[] = [];
    let bytes = 0;
    while (batch.length < limits.requestsPerBatchTarget) {
      const next = this.#next();
      if (next === null) break;
      const size = batchedBytes(next);
      if (bytes > 0 && bytes + size > limits.batchBytesTarget) break;
      batch.push(next);
      bytes += size;
      this.#served(next);
    }
    return batch;
  }

  #next(): Pending | null {
    for (const lane of this.#lanes.values()) for (const pending of lane.values()) return pending;
    return null;
  }

  #served(pending: Pending): void {
    const { client } = pending.request.statement;
    const lane = this.#lanes.get(client);
    this.delete(pending);
    if (lane === undefined || lane.size === 0) return;
    this.#lanes.delete(client);
    this.#lanes.set(client, lane);
  }
}

/** A node's own clients' requests, by when they were handed to a leader. */
export class Forwards {
  /** Never handed to this leader, in order of arrival. */
  readonly #fresh = new Map<Hash, Pending>();
  /** In the order in which they were handed over, with the time that this order knows of. */
  readonly #sent = new Map<Hash, { readonly pending: Pending; readonly atMs: number }>();

  get size(): number {
    return this.#fresh.size + this.#sent.size;
  }

  add(pending: Pending): void {
    this.#fresh.set(pending.request.digest, pending);
  }

  delete({ request }: Pending): void {
    this.#fresh.delete(request.digest);
    this.#sent.delete(request.digest);
  }

  clear(): void {
    this.#fresh.clear();
    this.#sent.clear();
  }

  /** What was not handed over since `sinceMs`, oldest first: what fits a message, or a single request. */
  due(sinceMs: number, bytesMax: number): readonly Pending[] {
    this.#settle(sinceMs);
    const due: Pending[] = [];
    let bytes = 0;
    for (const pending of this.#candidates(sinceMs)) {
      bytes += pending.request.bytes.length;
      const full = bytes > bytesMax || due.length >= limits.requestsPerBatchTarget;
      if (due.length > 0 && full) break;
      due.push(pending);
    }
    return due;
  }

  *#candidates(sinceMs: number): Generator<Pending> {
    for (const { pending, atMs } of this.#sent.values()) {
      if (atMs > sinceMs) break;
      yield pending;
    }
    yield* this.#fresh.values();
  }

  /** Moves what was handed over since the last look to its place. */
  #settle(sinceMs: number): void {
    for (const [digest, { pending, atMs }] of this.#sent) {
      if (pending.forwardedAtMs === atMs) {
        if (atMs > sinceMs) break;
        continue;
      }
      this.#sent.delete(digest);
      this.#sent.set(digest, { pending, atMs: pending.forwardedAtMs });
    }
    for (const [digest, pending] of this.#fresh) {
      if (pending.forwardedAtMs === -Infinity) break;
      this.#fresh.delete(digest);
      this.#sent.set(digest, { pending, atMs: pending.forwardedAtMs });
    }
  }
}
