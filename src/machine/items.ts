/** Items as commands see them: in the middle of an entry, and in the middle of a transaction. */
import { decodeItem, encodeItem, itemKey, writeItemKey, type Stored } from './layout.ts';
import type { Revision, Value } from './value.ts';
import { mapKey, type EntryWrites } from './writes.ts';

export interface Items {
  get(key: Uint8Array): Stored | null;
  put(key: Uint8Array, value: Value): Revision;
  delete(key: Uint8Array): void;
}

/** Straight into the writes of an entry. */
export class EntryItems implements Items {
  readonly writes: EntryWrites;
  readonly #index: number;
  /** Item writes of this entry so far: the next revision's `order`. */
  #order = 0;

  constructor(writes: EntryWrites, index: number) {
    this.writes = writes;
    this.#index = index;
  }

  get(key: Uint8Array): Stored | null {
    const databaseKey = itemKey(key);
    const bytes = this.writes.get(databaseKey);
    return bytes === null ? null : decodeItem(databaseKey, bytes);
  }

  /** The revision of the write that comes `ahead` writes after those made so far. */
  revision(ahead: number): Revision {
    return { index: this.#index, order: this.#order + ahead };
  }

  put(key: Uint8Array, value: Value): Revision {
    const revision = this.revision(0);
    this.#order++;
    const { arena } = this.writes;
    this.writes.put(writeItemKey(arena, key), encodeItem(arena, value, revision));
    return revision;
  }

  delete(key: Uint8Array): void {
    this.#order++;
    this.writes.delete(writeItemKey(this.writes.arena, key));
  }
}

/** Held back until the whole transaction is known to succeed. */
export class TransactionItems implements Items {
  readonly #base: EntryItems;
  readonly #writes: { readonly key: Uint8Array; readonly value: Value | null }[] = [];
  readonly #newest = new Map<string, Stored | null>();

  constructor(base: EntryItems) {
    this.#base = base;
  }

  get(key: Uint8Array): Stored | null {
    const own = this.#newest.get(mapKey(key));
    return own === undefined ? this.#base.get(key) : own;
  }

  put(key: Uint8Array, value: Value): Revision {
    const revision = this.#base.revision(this.#writes.length);
    this.#writes.push({ key, value });
    this.#newest.set(mapKey(key), { value, revision });
    return revision;
  }

  delete(key: Uint8Array): void {
    this.#writes.push({ key, value: null });
    this.#newest.set(mapKey(key), null);
  }

  /** Hands every write on, in order, so that each gets the revision it was promised. */
  commit(): void {
    for (const { key, value } of this.#writes)
      if (value === null) this.#base.delete(key);
      else this.#base.put(key, value);
  }
}
