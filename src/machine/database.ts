/** What the machine needs of an abstract-level database of bytes; `classic-level` and `memory-level` both have it. */

export interface MachineDatabase {
  open(): Promise<void>;
  close(): Promise<void>;
  getSync(key: Uint8Array): Uint8Array | undefined;
  /** Sees the database as it is now, whatever is written later. */
  iterator(range: { readonly gte: Uint8Array; readonly lt: Uint8Array }): DatabaseIterator;
  /** A chained batch: all of it or nothing. */
  batch(): DatabaseBatch;
}

export interface DatabaseIterator {
  /** At most `size` more pairs; none at the end. */
  nextv(size: number): Promise<readonly (readonly [Uint8Array, Uint8Array])[]>;
  close(): Promise<void>;
}

export interface DatabaseBatch {
  put(key: Uint8Array, value: Uint8Array): unknown;
  del(key: Uint8Array): unknown;
  write(): Promise<void>;
}

/** A record of the state is not what the machine wrote. The node stops and names it (D1). */
export class DamagedState extends Error {
  override readonly name = 'DamagedState';
  readonly code = 'damaged-state';
  readonly record: string;

  constructor(record: string, reason: string) {
    super(`the state's ${record} is damaged: ${reason}`);
    this.record = record;
  }
}
