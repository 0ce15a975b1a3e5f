/**
 * Who may hold a connection (L2). Before its proof an end is a stranger, whatever it says, and comes to nothing until the
 * proof: when it arrives it is charged to its address and to all strangers together, and a proof gives both back. Who is
 * evicted, cut off, silent or gone has proven nothing, and only time forgives him; so what strangers can cost is what
 * the two allowances hold, however they go about it.
 *
 * - An address may come to nothing `handshakeFailuresMax` times at once and `handshakeFailuresForgivenPerSecond` times a
 *   second. That is enough for who looks now and then whether the port is open, and for many clients behind one
 *   address that come at once: who is refused dials again, and each proof makes room.
 * - All strangers together have `strangersFailedMax` and `strangersForgivenPerSecond`. Whoever has addresses without end
 *   wears that out, and would keep out every honest client that comes anew. So the last of it is kept: so much for those
 *   in whose neighbourhood nobody came to nothing lately, and of that so much for addresses from which somebody has
 *   proven himself. Who floods is blamed, and has what the others leave.
 * - While a peer is missed, its address may try `expectedTriesPerSecond` times a second when it would be refused: others
 *   of that address lie, and the cluster needs the peer.
 *
 * Places are bounded as well, and the oldest stranger makes room. More arrive at once than there are places only over
 * seconds, and an honest handshake takes milliseconds.
 */
import { Allowance } from '../base/allowance.ts';
import { assert } from '../base/assert.ts';
import { limits } from '../base/limits.ts';
import { neighbourhoodOf } from './address.ts';

export type AdmissionLimits = Readonly<
  Record<
    | 'unauthenticatedMax'
    | 'unauthenticatedPerAddressMax'
    | 'connectionsPerAddressMax'
    | 'handshakeFailuresMax'
    | 'handshakeFailuresForgivenPerSecond'
    | 'strangersFailedMax'
    | 'strangersForgivenPerSecond'
    | 'strangersKeptForBlameless'
    | 'strangersKeptForKnown'
    | 'expectedTriesPerSecond'
    | 'addressesRememberedMax',
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
  /** What came to nothing and is not yet forgiven, and who has not proven himself yet. */
  readonly failures: Allowance;
}

interface Stranger {
  readonly address: string;
  /** What a proof gives back. */
  readonly paid: readonly Allowance[];
}

/** `T` is a connection's identity. Times are monotonic milliseconds. */
export class Admission<T> {
  readonly #limits: AdmissionLimits;
  readonly #origins = new Map<string, Origin<T>>();
  /** In order of arrival. */
  readonly #unauthenticated = new Map<T, Stranger>();
  readonly #authenticated = new Map<T, string>();
  readonly #strangers: Allowance;
  readonly #tries: Allowance;
  /** Addresses from which somebody has proven himself, and neighbourhoods where a stranger came: the last ones. */
  readonly #known = new Set<string>();
  readonly #blamed = new Set<string>();

  constructor(bounds: AdmissionLimits = limits) {
    this.#limits = bounds;
    const { strangersFailedMax, strangersForgivenPerSecond, expectedTriesPerSecond } = bounds;
    this.#strangers = new Allowance({
      max: strangersFailedMax,
      perSecond: strangersForgivenPerSecond,
    });
    this.#tries = new Allowance({ max: expectedTriesPerSecond, perSecond: expectedTriesPerSecond });
  }

  get counts(): { readonly unauthenticated: number; readonly authenticated: number } {
    return {
      unauthenticated: this.#unauthenticated.size,
      authenticated: this.#authenticated.size,
    };
  }

  /** Addresses that hold connections or are not forgiven. */
  get addresses(): number {
    return this.#origins.size;
  }

  /** A connection came from `address`; `expects`: a peer of that address is missed, and may be who comes. */
  arrive(
    connection: T,
    address: string,
    nowMs: number,
    expects: () => boolean = () => false,
  ): Admitted<T> {
    const origin = this.#origin(address);
    const reason = this.#refusal(address, origin, nowMs);
    const isTry = reason !== null && this.#tries.has(nowMs) && expects();
    if (reason !== null && !isTry) {
      this.#forgetIfIdle(address, origin, nowMs);
      return { type: 'refused', reason };
    }
    const paid = isTry ? [this.#tries] : [this.#strangers, origin.failures];
    for (const allowance of paid) allowance.take(1, nowMs);
    const evict = this.#evicted(origin);
    origin.total++;
    origin.unauthenticated.add(connection);
    this.#unauthenticated.set(connection, { address, paid });
    if (evict !== null) this.leave(evict, nowMs);
    this.#remember(this.#blamed, neighbourhoodOf(address));
    return { type: 'admitted', evict };
  }

  /** It has proven who it is, and has a place. */
  authenticate(connection: T): void {
    const address = this.#proven(connection);
    this.#unauthenticated.delete(connection);
    this.#origins.get(address)?.unauthenticated.delete(connection);
    this.#authenticated.set(connection, address);
  }

  /** It has proven who it is, and has no place: others may share its address, and nobody is to blame. */
  excuse(connection: T): void {
    this.#proven(connection);
  }

  /** Closed, or about to be. Harmless for who left before. */
  leave(connection: T, nowMs: number): void {
    const address =
      this.#unauthenticated.get(connection)?.address ?? this.#authenticated.get(connection);
    if (address === undefined) return;
    this.#unauthenticated.delete(connection);
    this.#authenticated.delete(connection);
    const origin = this.#origin(address);
    origin.unauthenticated.delete(connection);
    origin.total--;
    this.#forgetIfIdle(address, origin, nowMs);
  }

  /** Forgets addresses whose failures are forgiven: call now and then, so that the map stays small. */
  sweep(nowMs: number): void {
    for (const [address, origin] of this.#origins) this.#forgetIfIdle(address, origin, nowMs);
  }

  #refusal(address: string, origin: Origin<T>, nowMs: number): string | null {
    const { unauthenticatedPerAddressMax, connectionsPerAddressMax } = this.#limits;
    if (!origin.failures.has(nowMs)) return 'too many failed handshakes from this address';
    if (this.#strangers.left(nowMs) <= this.#keptFromIt(address))
      return 'too many failed handshakes from all addresses';
    const isFull = origin.total >= connectionsPerAddressMax;
    if (isFull && origin.unauthenticated.size < unauthenticatedPerAddressMax)
      return 'too many connections from this address';
    return null;
  }

  /** How much of what strangers may fail is for others than who comes from `address`. */
  #keptFromIt(address: string): number {
    if (this.#known.has(address)) return 0;
    const { strangersKeptForBlameless, strangersKeptForKnown } = this.#limits;
    return this.#blamed.has(neighbourhoodOf(address))
      ? strangersKeptForBlameless
      : strangersKeptForKnown;
  }

  #evicted(origin: Origin<T>): T | null {
    const { unauthenticatedMax, unauthenticatedPerAddressMax } = this.#limits;
    if (origin.unauthenticated.size >= unauthenticatedPerAddressMax)
      return oldest(origin.unauthenticated);
    if (this.#unauthenticated.size >= unauthenticatedMax)
      return oldest(this.#unauthenticated.keys());
    return null;
  }

  #proven(connection: T): string {
    const stranger = this.#unauthenticated.get(connection);
    assert(stranger !== undefined, 'only who arrived proves itself');
    const { address, paid } = stranger;
    for (const allowance of paid) allowance.give(1);
    this.#blamed.delete(neighbourhoodOf(address));
    this.#remember(this.#known, address);
    return address;
  }

  #remember(all: Set<string>, one: string): void {
    all.delete(one);
    all.add(one);
    if (all.size > this.#limits.addressesRememberedMax) all.delete(oldest(all) as string);
  }

  #origin(address: string): Origin<T> {
    const known = this.#origins.get(address);
    if (known !== undefined) return known;
    const failures = new Allowance({
      max: this.#limits.handshakeFailuresMax,
      perSecond: this.#limits.handshakeFailuresForgivenPerSecond,
    });
    const origin = { unauthenticated: new Set<T>(), total: 0, failures };
    this.#origins.set(address, origin);
    return origin;
  }

  #forgetIfIdle(address: string, origin: Origin<T>, nowMs: number): void {
    const isForgiven = origin.failures.left(nowMs) >= this.#limits.handshakeFailuresMax;
    if (origin.total === 0 && isForgiven) this.#origins.delete(address);
  }
}

function oldest<Item>(items: Iterable<Item>): Item | null {
  for (const item of items) return item;
  return null;
}
