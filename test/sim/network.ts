/**
 * Links that lose, delay, duplicate and reorder frames, and partitions of any shape. A process listens at a *place*: a
 * node's own name, or that of a twin, a second process under the same name and key.
 */
import type { Random } from '../../src/base/random.ts';
import type { NodeId } from '../../src/consensus/model/ids.ts';
import type { Scheduler } from './scheduler.ts';

export interface NetworkFaults {
  /** Of a thousand frames. */
  readonly lossPerMille: number;
  readonly duplicatePerMille: number;
  readonly delayMsMin: number;
  readonly delayMsMax: number;
  /** Of a thousand frames, how many take up to ten times the longest delay. */
  readonly tailPerMille: number;
}

export const CALM: NetworkFaults = {
  lossPerMille: 0,
  duplicatePerMille: 0,
  delayMsMin: 1,
  delayMsMax: 3,
  tailPerMille: 0,
};

export type Receive = (from: NodeId, frame: Uint8Array) => void;
/** Where a process listens: `n4`, or `n4~2` for its twin. */
export type Place = string;

export function nodeAt(place: Place): NodeId {
  return place.split('~')[0] as NodeId;
}

export interface NetworkDeps {
  readonly scheduler: Scheduler;
  readonly random: Random;
  /** Both directions between two places are whole again. */
  readonly reconnected: (a: Place, b: Place) => void;
}

export class Network {
  readonly #deps: NetworkDeps;
  readonly #places: readonly Place[];
  readonly #placesOf = new Map<NodeId, readonly Place[]>();
  readonly #receivers = new Map<Place, Receive>();
  /** Directed pairs `from>to` that a partition cut. */
  #cut: ReadonlySet<string> = new Set();
  /** Links `from>to`, both ways, that an end closed (L2), and until when. */
  readonly #closed = new Map<string, number>();
  faults: NetworkFaults = CALM;
  frames = 0;
  /** A fingerprint of what was delivered where, in order. */
  schedule = 0;
  /** Sees every frame that is sent, once for each place it goes to: what traitors overhear. */
  tap: ((from: Place, to: Place, frame: Uint8Array) => void) | null = null;
  /** Which frames between two places do not pass, beyond partitions: how twins are kept apart. */
  splits: ((from: Place, to: Place, frame: Uint8Array) => boolean) | null = null;

  constructor(places: readonly Place[], deps: NetworkDeps) {
    this.#places = places;
    for (const place of places) {
      const id = nodeAt(place);
      this.#placesOf.set(id, [...(this.#placesOf.get(id) ?? []), place]);
    }
    this.#deps = deps;
  }

  /** A process that listens; null: it went away. */
  listen(place: Place, receive: Receive | null): void {
    if (receive === null) this.#receivers.delete(place);
    else this.#receivers.set(place, receive);
  }

  isUp(from: Place, to: Place): boolean {
    return this.#receivers.has(to) && !this.#isCut(from, to);
  }

  #isCut(from: Place, to: Place): boolean {
    if (this.#cut.size === 0 && this.#closed.size === 0) return false;
    const pair = `${from}>${to}`;
    if (this.#cut.has(pair)) return true;
    const until = this.#closed.get(pair);
    return until !== undefined && until > this.#deps.scheduler.nowMs;
  }

  /** To every place of a node. False when none can be reached. */
  send(from: Place, to: NodeId, frame: Uint8Array): boolean {
    let reached = false;
    for (const place of this.#placesOf.get(to) ?? [])
      if (this.#sendTo(from, place, frame)) reached = true;
    return reached;
  }

  #sendTo(from: Place, to: Place, frame: Uint8Array): boolean {
    if (!this.isUp(from, to)) return false;
    this.frames++;
    this.tap?.(from, to, frame);
    if (this.splits?.(from, to, frame) === true || this.#chance(this.faults.lossPerMille))
      return true;
    const copies = this.#chance(this.faults.duplicatePerMille) ? 2 : 1;
    const sender = nodeAt(from);
    for (let i = 0; i < copies; i++)
      this.#deps.scheduler.after(this.delayMs(), () => {
        if (!this.#isCut(from, to)) this.#deliver(sender, to, frame);
      });
    return true;
  }

  #deliver(from: NodeId, to: Place, frame: Uint8Array): void {
    const order = this.#places.indexOf(from) * 64 + this.#places.indexOf(to);
    this.schedule = Math.imul(this.schedule ^ (order * 4096 + frame.length), 0x9e3779b1) >>> 0;
    this.#receivers.get(to)?.(from, frame);
  }

  delayMs(): number {
    const { random } = this.#deps;
    const { delayMsMin, delayMsMax, tailPerMille } = this.faults;
    const delay = random.between(delayMsMin, delayMsMax);
    return this.#chance(tailPerMille) ? delay + random.below(10 * delayMsMax) : delay;
  }

  #chance(perMille: number): boolean {
    return perMille > 0 && this.#deps.random.chance(perMille, 1000);
  }

  /** L2: an end closed the link; it is dialled again after a while. What is under way is lost. */
  close(a: Place, b: Place, forMs: number): void {
    const { scheduler, reconnected } = this.#deps;
    const until = scheduler.nowMs + forMs;
    for (const pair of [`${a}>${b}`, `${b}>${a}`]) this.#closed.set(pair, until);
    scheduler.after(forMs, () => {
      if (this.isUp(a, b) && this.isUp(b, a)) reconnected(a, b);
    });
  }

  /** Cuts directed pairs; every pair that is whole again reconnects. */
  partition(cut: ReadonlySet<string>): void {
    const before = this.#cut;
    this.#cut = new Set(cut);
    for (const a of this.#places) {
      for (const b of this.#places) {
        if (a >= b || nodeAt(a) === nodeAt(b)) continue;
        const was = before.has(`${a}>${b}`) || before.has(`${b}>${a}`);
        const is = cut.has(`${a}>${b}`) || cut.has(`${b}>${a}`);
        if (was && !is) this.#deps.reconnected(a, b);
      }
    }
  }
}
