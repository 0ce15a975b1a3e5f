/** A bounded queue per key, served in turn (L2): who floods starves itself. */

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

/** What holding one item costs beside its bytes, so that a bound on bytes also bounds the count of tiny items. */
const ITEM_OVERHEAD_BYTES = 64;

export class FairQueue<Key, Item> {
  readonly #laneBytesMax: number;
  /** In the order of their turns: a lane that was served goes to the end. Empty lanes are not kept. */
  readonly #lanes = new Map<Key, Lane<Item>>();
  #length = 0;

  constructor(options: { readonly laneBytesMax: number }) {
    this.#laneBytesMax = options.laneBytesMax;
  }

  get length(): number {
    return this.#length;
  }

  /** Of all that waits, with what holding it costs. */
  get bytes(): number {
    let bytes = 0;
    for (const lane of this.#lanes.values()) bytes += lane.bytes;
    return bytes;
  }

  /** False where the lane of `key` is full: the item is not kept, and the other lanes do not notice. */
  push(key: Key, item: Item, bytes: number): boolean {
    const cost = bytes + ITEM_OVERHEAD_BYTES;
    const lane = this.#lanes.get(key) ?? { items: [], bytes: 0, head: 0 };
    if (lane.bytes + cost > this.#laneBytesMax) return false;
    lane.items.push({ item, bytes });
    lane.bytes += cost;
    this.#length++;
    this.#lanes.set(key, lane);
    return true;
  }

  /** The oldest item of the lane whose turn it is, or null where nothing waits. `bytes` is what `push` was told. */
  take(): { readonly key: Key; readonly item: Item; readonly bytes: number } | null {
    const next = this.#lanes.entries().next();
    if (next.done) return null;
    const [key, lane] = next.value;
    const { item, bytes } = lane.items[lane.head] as Waiting<Item>;
    lane.items[lane.head] = null;
    lane.head++;
    lane.bytes -= bytes + ITEM_OVERHEAD_BYTES;
    this.#length--;
    this.#lanes.delete(key);
    if (lane.head < lane.items.length) this.#lanes.set(key, lane);
    if (lane.head >= 1_024 && lane.head * 2 >= lane.items.length) {
      lane.items.splice(0, lane.head);
      lane.head = 0;
    }
    return { key, item, bytes };
  }

  /** Forgets everything that waits under `key`. */
  drop(key: Key): void {
    const lane = this.#lanes.get(key);
    if (lane === undefined) return;
    this.#length -= lane.items.length - lane.head;
    this.#lanes.delete(key);
  }

  clear(): void {
    this.#lanes.clear();
    this.#length = 0;
  }
}
