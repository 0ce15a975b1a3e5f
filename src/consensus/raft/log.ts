/**
 * The log as a core sees it: names and terms of the recent part, everything above the commit index, and a bounded
 * cache of committed entries below it. What is older is on disk only (`load`).
 */
import { assert } from '../../base/assert.ts';
import { limits } from '../../base/limits.ts';
import type { Recovered, Ticket } from '../core.ts';
import type { Entry, Header } from '../model/entry.ts';
import { positionOf } from '../model/entry.ts';
import type { Hash, LogIndex } from '../model/ids.ts';
import type { Position } from '../model/position.ts';
import type { Place } from './message.ts';

/** An entry's place and name: all that the log matching of section 5.3 is about. */
export type Mark = Place & Position;

interface Slot {
  readonly header: Header;
  readonly hash: Hash;
  /** Null where only the store has it. */
  entry: Entry | null;
  /** The write that makes it durable. */
  readonly ticket: Ticket;
}

export function markOf({ header, hash }: { readonly header: Header; readonly hash: Hash }): Mark {
  return { index: header.index, term: header.term, hash };
}

export class Log {
  readonly genesis: Mark;
  /** Ascending and without a gap; the first is the oldest whose name is known. */
  readonly #slots: Slot[];
  #first: number;
  /** From here on entries are in memory. */
  #cachedFrom: number;
  #cachedBytes = 0;
  #committed: LogIndex;
  #durable: LogIndex;
  #uncommittedBytes = 0;
  readonly #cacheEntriesMax: number;

  /** What was durable: the chain of what was committed, and one chain above it. */
  constructor(
    {
      genesis,
      recent,
      committed,
      tail,
    }: Pick<Recovered, 'genesis' | 'recent' | 'committed' | 'tail'>,
    cacheEntriesMax: number = limits.raftCacheEntriesMax,
  ) {
    this.#cacheEntriesMax = cacheEntriesMax;
    this.genesis = markOf(genesis);
    this.#slots = recent.map(({ header, hash }) => ({ header, hash, entry: null, ticket: 0 }));
    const first = this.#slots[0];
    assert(first !== undefined, 'the committed entry itself is among the recent ones');
    this.#first = first.header.index;
    assert(this.last.hash === committed.hash, 'recent headers end at the commit index');
    this.#committed = committed.index;
    this.#cachedFrom = committed.index + 1;
    this.append(tail, 0);
    this.#durable = this.last.index;
  }

  get last(): Mark {
    return markOf(this.#slots.at(-1) as Slot);
  }

  /** The timestamp of the last entry: the next one's is no lower. */
  get lastTimestamp(): number {
    return (this.#slots.at(-1) as Slot).header.timestamp;
  }

  /** What was handed to the machine. */
  get committed(): Mark {
    return markOf(this.#slot(this.#committed) as Slot);
  }

  /** The highest index up to which everything is durable here. */
  get durable(): LogIndex {
    return this.#durable;
  }

  get uncommittedBytes(): number {
    return this.#uncommittedBytes;
  }

  /** How much is kept, for checkers: names, entries below the commit index with their bytes, and entries above it. */
  get sizes(): Readonly<
    Record<'slots' | 'cachedEntries' | 'cachedBytes' | 'uncommittedEntries', number>
  > {
    return {
      slots: this.#slots.length,
      cachedEntries: this.#committed + 1 - this.#cachedFrom,
      cachedBytes: this.#cachedBytes,
      uncommittedEntries: this.last.index - this.#committed,
    };
  }

  #slot(index: number): Slot | undefined {
    return this.#slots[index - this.#first];
  }

  /** Null above the log, and below what is remembered: there everything is committed. */
  markAt(index: LogIndex): Mark | null {
    if (index === this.genesis.index) return this.genesis;
    const slot = this.#slot(index);
    return slot === undefined ? null : markOf(slot);
  }

  /** Null also where the entry is not in memory any more. */
  entryAt(index: LogIndex): Entry | null {
    return this.#slot(index)?.entry ?? null;
  }

  /** Entries above the commit index. */
  get uncommitted(): readonly Entry[] {
    return this.#slots.slice(this.#committed + 1 - this.#first).map(({ entry }) => entry as Entry);
  }

  /** What one AppendEntries takes from an index on, of what is in memory: one entry at least, if there is one. */
  chunk(from: LogIndex): readonly Entry[] {
    const entries: Entry[] = [];
    let bytes = 0;
    for (let index = from; entries.length < limits.raftAppendEntriesMax; index++) {
      const entry = this.entryAt(index);
      if (entry === null) break;
      bytes += entry.payload.length;
      if (entries.length > 0 && bytes > limits.raftAppendBytesMax) break;
      entries.push(entry);
    }
    return entries;
  }

  append(entries: readonly Entry[], ticket: Ticket): void {
    for (const entry of entries) {
      const { header, hash } = entry;
      assert(header.index === this.last.index + 1, 'a log has no gaps');
      assert(header.parent === this.last.hash, 'an entry names the one before it');
      this.#slots.push({ header, hash, entry, ticket });
      this.#uncommittedBytes += entry.payload.length;
    }
  }

  /** Removes what stands above an index; gives what was removed. */
  truncate(after: LogIndex): readonly Position[] {
    assert(after >= this.#committed, 'what is committed stays');
    const removed = this.#slots.splice(after + 1 - this.#first).map(({ entry }) => entry as Entry);
    for (const { payload } of removed) this.#uncommittedBytes -= payload.length;
    this.#durable = Math.min(this.#durable, after) as LogIndex;
    return removed.map(positionOf);
  }

  /** Every write up to `ticket` is durable. */
  stored(ticket: Ticket): void {
    let index: number = this.#durable;
    while ((this.#slot(index + 1)?.ticket ?? Infinity) <= ticket) index++;
    this.#durable = index as LogIndex;
  }

  /** Moves the commit index up; gives the entries that it passed. */
  commit(upTo: LogIndex): readonly Entry[] {
    assert(upTo <= this.#durable, 'only what is durable here is applied');
    const passed: Entry[] = [];
    for (let index = this.#committed + 1; index <= upTo; index++) {
      const { entry } = this.#slot(index) as Slot;
      assert(entry !== null, 'what is not committed is in memory');
      passed.push(entry);
      this.#uncommittedBytes -= entry.payload.length;
      this.#cachedBytes += entry.payload.length;
    }
    this.#committed = upTo;
    this.#evict();
    this.#forget();
    return passed;
  }

  #evict(): void {
    const isFull = (): boolean =>
      this.#committed + 1 - this.#cachedFrom > this.#cacheEntriesMax ||
      this.#cachedBytes > limits.raftCacheBytesMax;
    for (; isFull(); this.#cachedFrom++) {
      const slot = this.#slot(this.#cachedFrom) as Slot;
      this.#cachedBytes -= slot.entry?.payload.length ?? 0;
      slot.entry = null;
    }
  }

  /** Names of what is long committed leave when it is worth it. */
  #forget(): void {
    const surplus = this.#committed - this.#first - limits.recentHeaders;
    if (surplus < limits.recentHeaders) return;
    this.#slots.splice(0, surplus);
    this.#first += surplus;
  }
}
