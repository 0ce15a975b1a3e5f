/** A bounded queue per key, served in turn (L2): who floods starves itself. */
import { assert } from './assert.ts';

interface Waiting<Item> {
  readonly item: Item;
  readonly bytes: number;
}

interface Lane<Item> {
  /** Null where an item was taken: it may be megabytes, and must not be kept by its empty place. */
  readonly items: (Waiting<Item> | null)[];
  bytes: number;
  /** Places before this one are empty; they leave the array when it is worth it. */
  head: number;
}

/**
 * What holding one item costs beside its bytes, so that a bound on bytes also bounds the count of tiny items (measured:
 * a frame of 100 bytes takes 670 of memory).
 */
const ITEM_OVERHEAD_BYTES = 576;

export class FairQueue<Key, Item> {
  readonly #laneBytesMax: number;
  readonly #bytesMax: number;
  /** In the order of their turns: a lane that was served goes to the end. Empty lanes are not kept. */
  readonly #lanes = new Map<Key, Lane<Item>>();
  #length = 0;
  #bytes = 0;

  /** Both bounds count what holding an item costs; `bytesMax` is of all lanes together. */
  constructor(options: { readonly laneBytesMax: number; readonly bytesMax: number }) {
    assert(options.laneBytesMax <= options.bytesMax, 'one lane may fill');
    this.#laneBytesMax = options.laneBytesMax;
    this.#bytesMax = options.bytesMax;
  }

  get length(): number {
    return this.#length;
  }

  /** Of all that waits, with what holding it costs. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * How many items were lost for it: 0 where it is kept and nothing had to go. Where its own lane is full it is the
   * item itself; where all lanes together are, the newest of the fullest lanes go, or the item itself where those hold
   * too little more than its own lane would.
   */
  push(key: Key, item: Item, bytes: number): number {
    const cost = bytes + ITEM_OVERHEAD_BYTES;
    const used = this.#lanes.get(key)?.bytes ?? 0;
    if (used + cost > this.#laneBytesMax) return 1;
    const missing = this.#bytes + cost - this.#bytesMax;
    if (missing > 0 && missing > this.#spare(used + cost)) return 1;
    let lost = 0;
    while (this.#bytes + cost > this.#bytesMax)
      lost += this.#makeRoom(...this.#fullest(), used + cost, cost);
    const lane = this.#lanes.get(key) ?? { items: [], bytes: 0, head: 0 };
    lane.items.push({ item, bytes });
    this.#lanes.set(key, lane);
    this.#count(lane, 1, cost);
    return lost;
  }

  /** Whether anything waits in a lane that may be served. */
  hasFor(mayServe: (key: Key) => boolean): boolean {
    for (const key of this.#lanes.keys()) if (mayServe(key)) return true;
    return false;
  }

  /**
   * The oldest item of the lane whose turn it is among those that may be served, or null where nothing waits in them.
   * `bytes` is what `push` was told.
   */
  take(
    mayServe: (key: Key) => boolean = () => true,
  ): { readonly key: Key; readonly item: Item; readonly bytes: number } | null {
    for (const [key, lane] of this.#lanes) {
      if (!mayServe(key)) continue;
      const { item, bytes } = lane.items[lane.head] as Waiting<Item>;
      lane.items[lane.head] = null;
      lane.head++;
      this.#count(lane, -1, -bytes - ITEM_OVERHEAD_BYTES);
      this.#lanes.delete(key);
      if (lane.head < lane.items.length) this.#lanes.set(key, lane);
      if (lane.head >= 1_024 && lane.head * 2 >= lane.items.length) {
        lane.items.splice(0, lane.head);
        lane.head = 0;
      }
      return { key, item, bytes };
    }
    return null;
  }

  /** Forgets everything that waits under `key`. */
  drop(key: Key): void {
    const lane = this.#lanes.get(key);
    if (lane === undefined) return;
    this.#count(lane, lane.head - lane.items.length, -lane.bytes);
    this.#lanes.delete(key);
  }

  clear(): void {
    this.#lanes.clear();
    this.#length = 0;
    this.#bytes = 0;
  }

  /** What all lanes hold above so much in each. */
  #spare(bytes: number): number {
    let spare = 0;
    for (const lane of this.#lanes.values()) spare += Math.max(0, lane.bytes - bytes);
    return spare;
  }

  #fullest(): [Key, Lane<Item>] {
    let fullest: [Key, Lane<Item>] | null = null;
    for (const one of this.#lanes) if (one[1].bytes > (fullest?.[1].bytes ?? 0)) fullest = one;
    assert(fullest !== null, 'whoever has to make room holds something');
    return fullest;
  }

  /** Drops the newest items of a lane until `cost` fits, or the lane holds no more than is `wanted`. How many went. */
  #makeRoom(key: Key, lane: Lane<Item>, wanted: number, cost: number): number {
    let lost = 0;
    while (lane.bytes > wanted && this.#bytes + cost > this.#bytesMax) {
      const newest = lane.items.pop() as Waiting<Item>;
      this.#count(lane, -1, -newest.bytes - ITEM_OVERHEAD_BYTES);
      lost++;
    }
    if (lane.head === lane.items.length) this.#lanes.delete(key);
    return lost;
  }

  #count(lane: Lane<Item>, items: number, bytes: number): void {
    lane.bytes += bytes;
    this.#length += items;
    this.#bytes += bytes;
  }
}
