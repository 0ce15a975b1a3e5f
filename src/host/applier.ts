/** Committed entries on their way into the machine, one after another (N6). */
import { assert } from '../base/assert.ts';
import { limits } from '../base/limits.ts';
import type { Entry } from '../consensus/model/entry.ts';
import { positionOf } from '../consensus/model/entry.ts';
import type { Hash, LogIndex } from '../consensus/model/ids.ts';
import type { Position } from '../consensus/model/position.ts';
import type { Machine, Outcome } from '../machine/machine.ts';
import { machineEntry } from './machine-entry.ts';
import type { RoleOf } from './machine-entry.ts';
import type { LogStore } from './ports.ts';

export interface ApplierDeps {
  readonly machine: Machine;
  readonly store: Pick<LogStore, 'readCommitted'>;
  readonly roleOf: RoleOf;
  /** The outcomes are certain; the state that holds them may not be written yet. */
  readonly onApplied: (entry: Entry, outcomes: readonly Outcome[]) => void;
  /** Everything that was pushed is applied. */
  readonly onIdle: () => void;
  readonly onFailure: (error: unknown) => void;
}

export class Applier {
  readonly #deps: ApplierDeps;
  /** Ascending, without a gap from the machine's position up. */
  #queue: Entry[] = [];
  #queueBytes = 0;
  /** The last entry that went into the queue; what is above it and not above `target` is read from the store. */
  #queuedUpTo: LogIndex;
  #target: Position;
  #state: 'idle' | 'applying' | 'stopped' = 'idle';

  constructor(deps: ApplierDeps) {
    this.#deps = deps;
    const { index, hash } = deps.machine.applied;
    this.#target = { index: index as LogIndex, hash: hash as Hash };
    this.#queuedUpTo = this.#target.index;
  }

  /** The last entry that was handed over: committed, and durable here. */
  get target(): Position {
    return this.#target;
  }

  get idle(): boolean {
    return this.#state !== 'applying';
  }

  /** Entries in memory, and the bytes of their payloads; more may be committed. */
  get queued(): { readonly entries: number; readonly bytes: number } {
    return { entries: this.#queue.length, bytes: this.#queueBytes };
  }

  push(entries: readonly Entry[]): void {
    for (const entry of entries) {
      assert(entry.header.index === this.#target.index + 1, 'applied in order and without a gap');
      this.#target = positionOf(entry);
      const full = this.#queueBytes + entry.payload.length > limits.applyQueueBytesMax;
      if (!full && this.#queuedUpTo === entry.header.index - 1) this.#enqueue(entry);
    }
    if (this.#state !== 'idle') return;
    this.#state = 'applying';
    this.#run().catch(this.#deps.onFailure);
  }

  /** After the entry that is being applied, nothing more is. */
  stop(): void {
    this.#state = 'stopped';
    this.#queue = [];
    this.#queueBytes = 0;
  }

  #enqueue(entry: Entry): void {
    this.#queue.push(entry);
    this.#queueBytes += entry.payload.length;
    this.#queuedUpTo = entry.header.index;
  }

  async #run(): Promise<void> {
    const { machine, roleOf } = this.#deps;
    for (let entry = await this.#next(); entry !== null; entry = await this.#next()) {
      await machine.apply(machineEntry(entry, roleOf), (outcomes) => {
        if (this.#state !== 'stopped') this.#deps.onApplied(entry, outcomes);
      });
      if (this.#state === 'stopped') return;
    }
  }

  async #next(): Promise<Entry | null> {
    if (this.#queue.length === 0 && this.#queuedUpTo < this.#target.index) await this.#refill();
    const entry = this.#queue.shift();
    if (entry !== undefined) {
      this.#queueBytes -= entry.payload.length;
      return entry;
    }
    if (this.#state === 'applying') {
      this.#state = 'idle';
      this.#deps.onIdle();
    }
    return null;
  }

  async #refill(): Promise<void> {
    const from = (this.#queuedUpTo + 1) as LogIndex;
    const { fetchEntriesMax, fetchBytesMax } = limits;
    const { store } = this.#deps;
    const entries = await store.readCommitted(from, this.#target, fetchEntriesMax, fetchBytesMax);
    if (this.#state === 'stopped') return;
    assert(entries.length > 0, 'what is committed is stored');
    for (const entry of entries) this.#enqueue(entry);
  }
}
