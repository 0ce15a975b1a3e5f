/**
 * Deadlines of many operations without a timer each: a wheel of slots, each a ring of linked items, turned by one
 * interval. Adding and removing are O(1), and a finished operation leaves nothing behind.
 */
const SLOTS = 512;

/** What the wheel keeps in an item; an item is in at most one wheel. */
export interface Timed {
  deadlineMs: number;
  before: Timed | null;
  after: Timed | null;
}

export class Deadlines<T extends Timed> {
  readonly #tickMs: number;
  readonly #slots: Timed[] = Array.from({ length: SLOTS }, ring);
  #tick: number;
  #size = 0;

  constructor(tickMs: number, nowMs: number) {
    this.#tickMs = tickMs;
    this.#tick = Math.floor(nowMs / tickMs);
  }

  get size(): number {
    return this.#size;
  }

  /** An item whose deadline has passed already is due at the next turn. */
  add(item: T): void {
    const tick = Math.max(Math.floor(item.deadlineMs / this.#tickMs), this.#tick) + 1;
    const head = this.#slots[tick % SLOTS] as Timed;
    item.before = head.before;
    item.after = head;
    (head.before as Timed).after = item;
    head.before = item;
    this.#size++;
  }

  /** Does nothing for an item that is in no wheel. */
  remove(item: T): void {
    if (item.before === null || item.after === null) return;
    item.before.after = item.after;
    item.after.before = item.before;
    item.before = null;
    item.after = null;
    this.#size--;
  }

  /** Removes and returns the items whose deadline is at or before `nowMs`, at the latest one tick late. */
  due(nowMs: number): T[] {
    const due: T[] = [];
    const last = Math.floor(nowMs / this.#tickMs);
    // After a long sleep one turn of the whole wheel visits every slot.
    const first = Math.max(this.#tick + 1, last - SLOTS + 1);
    for (let tick = first; tick <= last; tick++) {
      const head = this.#slots[tick % SLOTS] as Timed;
      for (let item = head.after as Timed; item !== head;) {
        const next = item.after as Timed;
        if (item.deadlineMs <= nowMs) due.push(item as T);
        item = next;
      }
    }
    this.#tick = Math.max(this.#tick, last);
    for (const item of due) this.remove(item);
    return due;
  }
}

function ring(): Timed {
  const head: Timed = { deadlineMs: Infinity, before: null, after: null };
  head.before = head;
  head.after = head;
  return head;
}
