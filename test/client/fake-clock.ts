/** A clock that stands still until a test moves it. Between two events everything that was promised runs. */
import type { ClientClock } from '../../src/client/ports.ts';

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** All promises that can go on without time passing have gone on. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export class FakeClock implements ClientClock {
  #nowMs = 0;
  #order = 0;
  #events: Event[] = [];
  #deferred: (() => void)[] = [];
  /** The wall clock shows this at the start. */
  wallStartMs = 1_700_000_000_000;

  monotonicMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.wallStartMs + this.#nowMs;
  }

  after(delayMs: number, run: () => void): void {
    this.#events.push({ atMs: this.#nowMs + delayMs, order: this.#order++, run });
  }

  every(intervalMs: number, callback: () => void): () => void {
    let stopped = false;
    const turn = (): void => {
      if (stopped) return;
      callback();
      this.after(intervalMs, turn);
    };
    this.after(intervalMs, turn);
    return () => (stopped = true);
  }

  defer(callback: () => void): void {
    this.#deferred.push(callback);
  }

  async advance(byMs: number): Promise<void> {
    const endMs = this.#nowMs + byMs;
    await this.#settle();
    for (let next = this.#next(endMs); next !== null; next = this.#next(endMs)) {
      this.#nowMs = next.atMs;
      next.run();
      await this.#settle();
    }
    this.#nowMs = endMs;
  }

  /** Moves until `promise` has its outcome, which it returns; fails after `limitMs`. */
  async until<T>(promise: Promise<T>, limitMs = 120_000): Promise<T> {
    let done = false;
    const mark = (): void => void (done = true);
    promise.then(mark, mark);
    const endMs = this.#nowMs + limitMs;
    for (;;) {
      await this.#settle();
      if (done) return promise;
      if (this.#nowMs >= endMs) throw new Error(`nothing happened within ${limitMs} ms`);
      await this.advance(5);
    }
  }

  /** The error that `promise` fails with. */
  async failureOf(promise: Promise<unknown>, limitMs?: number): Promise<unknown> {
    const outcome = promise.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    const result = await this.until(outcome, limitMs);
    if ('error' in result) return result.error;
    throw new Error(`it succeeded: ${String(result.value)}`);
  }

  #next(endMs: number): Event | null {
    let best: Event | null = null;
    for (const event of this.#events)
      if (
        event.atMs <= endMs &&
        (best === null ||
          event.atMs < best.atMs ||
          (event.atMs === best.atMs && event.order < best.order))
      )
        best = event;
    if (best !== null) this.#events = this.#events.filter((event) => event !== best);
    return best;
  }

  async #settle(): Promise<void> {
    do {
      await settled();
      const deferred = this.#deferred;
      this.#deferred = [];
      for (const callback of deferred) callback();
      if (deferred.length > 0) await settled();
    } while (this.#deferred.length > 0);
  }
}
