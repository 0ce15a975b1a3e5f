/** Rows of the database and what the entry wrote over them, merged in the order of keys. */
import type { DatabaseIterator } from './database.ts';
import { mapKey, type Write } from './writes.ts';

const ROWS_AT_ONCE = 64;

export class MergedRows {
  readonly #iterator: DatabaseIterator;
  readonly #own: readonly (readonly [string, Write])[];
  #ownAt = 0;
  #stored: readonly (readonly [Uint8Array, Uint8Array])[] = [];
  #storedAt = 0;
  #ended = false;

  /** `own`: newest writes of the iterator's range, ascending. */
  constructor(iterator: DatabaseIterator, own: readonly (readonly [string, Write])[]) {
    this.#iterator = iterator;
    this.#own = own;
  }

  async #fill(): Promise<void> {
    this.#stored = await this.#iterator.nextv(ROWS_AT_ONCE);
    this.#storedAt = 0;
    this.#ended = this.#stored.length === 0;
  }

  /** The next row, null at the end. A value of null was deleted by the entry. */
  async next(): Promise<Write | null> {
    if (!this.#ended && this.#storedAt === this.#stored.length) await this.#fill();
    const stored = this.#stored[this.#storedAt];
    const own = this.#own[this.#ownAt];
    if (own === undefined) return stored === undefined ? null : this.#takeStored(stored);
    const storedKey = stored === undefined ? null : mapKey(stored[0]);
    if (stored !== undefined && storedKey !== null && storedKey < own[0])
      return this.#takeStored(stored);
    if (storedKey === own[0]) this.#storedAt++;
    this.#ownAt++;
    return own[1];
  }

  #takeStored([key, value]: readonly [Uint8Array, Uint8Array]): Write {
    this.#storedAt++;
    return { key, value };
  }

  close(): Promise<void> {
    return this.#iterator.close();
  }
}
