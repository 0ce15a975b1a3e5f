/** What one entry writes, in order, and the state as it stands in the middle of that entry. */
import { Writer } from '../base/binary.ts';
import { DamagedState, type MachineDatabase } from './database.ts';

export interface Write {
  readonly key: Uint8Array;
  /** Null deletes. */
  readonly value: Uint8Array | null;
}

/** SHA-256 as hexadecimal, injected: native on a node. */
export type StateDigest = (bytes: Uint8Array) => string;

const DIGEST_TAG = 'tangaroa state 1';

/** Bytes as a string of one character each, which sorts as they do. */
export function mapKey(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i] as number);
  return text;
}

export class EntryWrites {
  /** One buffer for the records and results of the whole entry: one allocation instead of several for each write. */
  readonly arena: Writer;
  readonly #database: MachineDatabase;
  readonly #writes: Write[] = [];
  /** The newest write to each key, of the first `#indexed` writes: made when something is read, so that puts are cheap. */
  readonly #newest = new Map<string, Write>();
  #indexed = 0;
  #sorted: readonly (readonly [string, Write])[] | null = null;

  /** `arenaBytes` is what the arena holds before it grows: 0 for who only reads. */
  constructor(database: MachineDatabase, arenaBytes = 0) {
    this.#database = database;
    this.arena = new Writer(arenaBytes);
  }

  get count(): number {
    return this.#writes.length;
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#writes.push({ key, value });
  }

  delete(key: Uint8Array): void {
    this.#writes.push({ key, value: null });
  }

  #index(): ReadonlyMap<string, Write> {
    if (this.#indexed < this.#writes.length) this.#sorted = null;
    for (; this.#indexed < this.#writes.length; this.#indexed++) {
      const write = this.#writes[this.#indexed] as Write;
      this.#newest.set(mapKey(write.key), write);
    }
    return this.#newest;
  }

  /** What is at `key` now: this entry's own writes first, then the database. */
  get(key: Uint8Array): Uint8Array | null {
    const write = this.#writes.length === 0 ? undefined : this.#index().get(mapKey(key));
    return write === undefined ? (this.#database.getSync(key) ?? null) : write.value;
  }

  /** As `get`, for what must be there. */
  require(key: Uint8Array, record: string): Uint8Array {
    const value = this.get(key);
    if (value === null) throw new DamagedState(record, 'it is missing');
    return value;
  }

  /** The newest writes to keys from `gte` to below `lt`, in the order of their keys. */
  range(gte: Uint8Array, lt: Uint8Array): readonly (readonly [string, Write])[] {
    const newest = this.#index();
    this.#sorted ??= [...newest].sort(([a], [b]) => (a < b ? -1 : 1));
    const [low, high] = [mapKey(gte), mapKey(lt)];
    return this.#sorted.filter(([key]) => key >= low && key < high);
  }

  /** The running digest: H(digest before ‖ index ‖ every write in order). */
  digest(previous: string, index: number, digest: StateDigest): string {
    return Writer.passing((writer) => {
      writer.text(DIGEST_TAG).hex(previous).u53(index).u32(this.#writes.length);
      for (const { key, value } of this.#writes)
        if (value === null) writer.u8(0).bytes(key);
        else writer.u8(1).bytes(key).bytes(value);
    }, digest);
  }

  /** Everything and `last` in one batch: all of it or nothing. */
  async write(last: { readonly key: Uint8Array; readonly value: Uint8Array }): Promise<void> {
    const batch = this.#database.batch();
    for (const { key, value } of this.#writes)
      if (value === null) batch.del(key);
      else batch.put(key, value);
    batch.put(last.key, last.value);
    await batch.write();
  }
}
