/** Virtual time: events in the order of their time, and of their making where that is equal. */
interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

export class Scheduler {
  #nowMs = 0;
  #order = 0;
  /** Events that were run. */
  steps = 0;
  /** A binary heap, the earliest first. */
  readonly #heap: Event[] = [];

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Runs `run` once, `delayMs` from now (at once: after everything already due now). */
  after(delayMs: number, run: () => void): void {
    const event = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, run };
    const heap = this.#heap;
    heap.push(event);
    let i = heap.length - 1;
    while (i > 0) {
      const up = (i - 1) >> 1;
      if (!isBefore(event, heap[up] as Event)) break;
      heap[i] = heap[up] as Event;
      i = up;
    }
    heap[i] = event;
  }

  /** When the next event is due, or null. */
  get nextMs(): number | null {
    return this.#heap[0]?.atMs ?? null;
  }

  /** Runs the next event. */
  step(): void {
    const event = this.#heap[0] as Event;
    const last = this.#heap.pop() as Event;
    if (last !== event) this.#sink(last);
    this.#nowMs = event.atMs;
    this.steps++;
    event.run();
  }

  #sink(event: Event): void {
    const heap = this.#heap;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, heap[child] as Event)) child++;
      if (!isBefore(heap[child] as Event, event)) break;
      heap[i] = heap[child] as Event;
      i = child;
    }
    heap[i] = event;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs !== b.atMs ? a.atMs < b.atMs : a.order < b.order;
}
