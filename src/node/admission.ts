/**
 * Who may hold a connection (L2): places are bounded, in total and per address, and an address that keeps failing its
 * handshakes waits. A stranger who takes every place of the unauthenticated keeps nobody out: the oldest of them makes
 * room, and an honest handshake takes milliseconds. Nor does one who shares a peer's address: while that peer is missed
 * its address may try. Who has addresses without end wears out what all strangers together may fail; then only peers and
 * addresses that somebody has proven himself from are let in, and all others as time forgives.
 */
import { Allowance } from '../base/allowance.ts';
import { assert } from '../base/assert.ts';
import { limits } from '../base/limits.ts';

export type AdmissionLimits = Readonly<
  Record<
    | 'unauthenticatedMax'
    | 'unauthenticatedPerAddressMax'
    | 'connectionsPerAddressMax'
    | 'handshakeFailuresMax'
    | 'handshakeFailuresForgivenPerSecond'
    | 'strangersFailedMax'
    | 'strangersForgivenPerSecond',
    number
  >
>;

export type Admitted<T> =
  /** `evict` has to go for it: it counts no more. */
  | { readonly type: 'admitted'; readonly evict: T | null }
  | { readonly type: 'refused'; readonly reason: string };

interface Origin<T> {
  /** In order of arrival. */
  readonly unauthenticated: Set<T>;
  total: number;
  /** Failed handshakes not yet forgiven, as of `failuresAtMs`. */
  failures: number;
  failuresAtMs: number;
}

/** `T` is a connection's identity. Times are monotonic milliseconds. */
export class Admission<T> {
  readonly #limits: AdmissionLimits;
  readonly #origins = new Map<string, Origin<T>>();
  /** In order of arrival. */
  readonly #unauthenticated = new Map<T, string>();
  readonly #authenticated = new Map<T, string>();
  /** What is left of who may come and go without a proof, from all addresses together. */
  readonly #strangers: Allowance;

  constructor(bounds: AdmissionLimits = limits) {
    this.#limits = bounds;
    this.#strangers = new Allowance({
      max: bounds.strangersFailedMax,
      perSecond: bounds.strangersForgivenPerSecond,
    });
  }

  get counts(): { readonly unauthenticated: number; readonly authenticated: number } {
    return {
      unauthenticated: this.#unauthenticated.size,
      authenticated: this.#authenticated.size,
    };
  }

  /** A connection came from `address`; `isExpected`: a peer of that address is missed, and may be who comes. */
  arrive(connection: T, address: string, nowMs: number, isExpected = false): Admitted<T> {
    const origin = this.#origin(address, nowMs);
    if (!isExpected && origin.failures + 1 > this.#limits.handshakeFailuresMax)
      return this.#refuse(address, 'too many failed handshakes from this address');
    const isKnown = origin.total > origin.unauthenticated.size;
    if (!isExpected && !isKnown && !this.#strangers.has(nowMs))
      return this.#refuse(address, 'too many failed handshakes from all addresses');
    let evict: T | null = null;
    if (origin.unauthenticated.size >= this.#limits.unauthenticatedPerAddressMax)
      evict = oldest(origin.unauthenticated.keys());
    else if (!isExpected && origin.total >= this.#limits.connectionsPerAddressMax)
      return this.#refuse(address, 'too many connections from this address');
    else if (this.#unauthenticated.size >= this.#limits.unauthenticatedMax)
      evict = oldest(this.#unauthenticated.keys());
    if (evict !== null) this.leave(evict, nowMs);
    const kept = this.#origin(address, nowMs);
    kept.total++;
    kept.unauthenticated.add(connection);
    this.#unauthenticated.set(connection, address);
    return { type: 'admitted', evict };
  }

  authenticate(connection: T): void {
    const address = this.#unauthenticated.get(connection);
    assert(address !== undefined, 'only who arrived is authenticated');
    this.#unauthenticated.delete(connection);
    this.#origins.get(address)?.unauthenticated.delete(connection);
    this.#authenticated.set(connection, address);
  }

  /** A handshake of this connection failed: wrong signature, malformed frames, too slow. */
  fail(connection: T, nowMs: number): void {
    const address = this.#unauthenticated.get(connection);
    if (address !== undefined) this.#origin(address, nowMs).failures++;
  }

  /** Closed, or about to be. Harmless for who left before. */
  leave(connection: T, nowMs: number): void {
    const address = this.#unauthenticated.get(connection) ?? this.#authenticated.get(connection);
    if (address === undefined) return;
    if (this.#unauthenticated.delete(connection)) this.#strangers.take(1, nowMs);
    this.#authenticated.delete(connection);
    const origin = this.#origin(address, nowMs);
    origin.unauthenticated.delete(connection);
    origin.total--;
    this.#forgetIfIdle(address, origin);
  }

  /** Forgets addresses whose failures are forgiven: call now and then, so that the map stays small. */
  sweep(nowMs: number): void {
    for (const address of [...this.#origins.keys()])
      this.#forgetIfIdle(address, this.#origin(address, nowMs));
  }

  #refuse(address: string, reason: string): Admitted<T> {
    const origin = this.#origins.get(address);
    if (origin !== undefined) this.#forgetIfIdle(address, origin);
    return { type: 'refused', reason };
  }

  #origin(address: string, nowMs: number): Origin<T> {
    let origin = this.#origins.get(address);
    if (origin === undefined) {
      origin = { unauthenticated: new Set(), total: 0, failures: 0, failuresAtMs: nowMs };
      this.#origins.set(address, origin);
    }
    const passedMs = nowMs - origin.failuresAtMs;
    const forgiven = (passedMs / 1_000) * this.#limits.handshakeFailuresForgivenPerSecond;
    origin.failures = Math.max(0, origin.failures - forgiven);
    origin.failuresAtMs = nowMs;
    return origin;
  }

  #forgetIfIdle(address: string, origin: Origin<T>): void {
    if (origin.total === 0 && origin.failures === 0) this.#origins.delete(address);
  }
}

function oldest<T>(connections: Iterator<T>): T | null {
  const first = connections.next();
  return first.done === true ? null : first.value;
}
