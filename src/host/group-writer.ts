/**
 * Store effects on their way to the disk: at most one write is under way, and the next one carries everything that
 * came in the meantime, so that one sync serves all that waited.
 */
import { assert } from '../base/assert.ts';
import { limits } from '../base/limits.ts';
import type { StoreRecord, Ticket } from '../consensus/core.ts';

export interface GroupWriterDeps {
  readonly write: (records: readonly StoreRecord[]) => Promise<void>;
  /** Every effect up to and including the ticket is durable. */
  readonly onDurable: (ticket: Ticket) => void;
  /** Nothing is written after this. */
  readonly onFailure: (error: unknown) => void;
}

export class GroupWriter {
  readonly #deps: GroupWriterDeps;
  #waiting: StoreRecord[] = [];
  /** Of entries that wait or are being written: they may be in nobody else's hands any more. */
  #waitingBytes = 0;
  #writingBytes = 0;
  #highest: Ticket = 0;
  #durable: Ticket = 0;
  #state: 'idle' | 'writing' | 'failed' = 'idle';

  constructor(deps: GroupWriterDeps) {
    this.#deps = deps;
  }

  get durable(): Ticket {
    return this.#durable;
  }

  get idle(): boolean {
    return this.#state !== 'writing' && this.#waiting.length === 0;
  }

  /** Records that wait for the write under way. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * A disk that stands still must not fill memory: a core lets go of entries when a new term begins, and may be given
   * as many again in each, while all of them are still to be written.
   */
  get isFull(): boolean {
    return this.#waitingBytes + this.#writingBytes > limits.writesBytesMax;
  }

  add(ticket: Ticket, records: readonly StoreRecord[]): void {
    assert(ticket >= this.#highest, 'tickets ascend');
    this.#highest = ticket;
    for (const record of records) {
      this.#waiting.push(record);
      if (record.type === 'entry') this.#waitingBytes += record.entry.payload.length;
    }
  }

  /** Starts a write of everything that waits, unless one is under way. */
  flush(): void {
    if (this.#state !== 'idle' || this.#waiting.length === 0) return;
    this.#state = 'writing';
    const group = this.#waiting;
    const ticket = this.#highest;
    this.#waiting = [];
    this.#writingBytes = this.#waitingBytes;
    this.#waitingBytes = 0;
    this.#deps.write(group).then(
      () => {
        this.#state = 'idle';
        this.#writingBytes = 0;
        this.#durable = ticket;
        this.#deps.onDurable(ticket);
      },
      (error: unknown) => {
        this.#state = 'failed';
        this.#waiting = [];
        this.#deps.onFailure(error);
      },
    );
  }
}
