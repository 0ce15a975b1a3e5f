/**
 * A disk of one database: what was synced survives a crash; of what was not, a prefix does. One batch is all or
 * nothing, as LevelDB's log makes it.
 */
import { MemoryLevel } from 'memory-level';
import type { Random } from '../../src/base/random.ts';
import type { Scheduler } from './scheduler.ts';

type Key = Uint8Array;
type Operation = { readonly key: Key; readonly value: Uint8Array | null };
type Range = {
  readonly gte?: Key;
  readonly gt?: Key;
  readonly lt?: Key;
  readonly lte?: Key;
  readonly reverse?: boolean;
  readonly limit?: number;
};

/** Unsynced batches that a crash can still take back. */
const UNSYNCED_MAX = 256;

export interface DiskOptions {
  /** Draws how long a sync takes. */
  readonly syncMs: () => number;
  /** Something asynchronous begins or goes on: it ends before time goes on. */
  readonly stir: () => void;
}

/**
 * How a disk fails: it is full, and nothing was written; or it breaks in the middle of a write, of which all or nothing
 * may be there afterwards (LevelDB's log drops a torn batch).
 */
export type DiskFailure = 'full' | 'torn';

export type DiskImage = readonly (readonly [Key, Uint8Array])[];

export class SimDisk {
  readonly #scheduler: Scheduler;
  readonly #options: DiskOptions;
  #level = new MemoryLevel<Uint8Array, Uint8Array>({
    keyEncoding: 'view',
    valueEncoding: 'view',
    storeEncoding: 'view',
  });
  /** What undoes each batch that is not synced, oldest first. */
  #unsynced: (readonly Operation[])[] = [];
  #session = 0;
  /** The next write fails like this, and all after it. */
  failure: DiskFailure | null = null;
  syncs = 0;

  constructor(scheduler: Scheduler, options: DiskOptions) {
    this.#scheduler = scheduler;
    this.#options = options;
  }

  /** The database as a process sees it, until the next crash: then its writes go nowhere and never end. */
  open(): SimDatabase {
    return new SimDatabase(this, ++this.#session);
  }

  /** Loses a suffix of what was not synced. */
  crash(random: Random): void {
    this.#session++;
    this.failure = null;
    this.#options.stir();
    const lost = random.below(this.#unsynced.length + 1);
    for (let i = 0; i < lost; i++) {
      for (const { key, value } of [...(this.#unsynced.pop() as readonly Operation[])].reverse()) {
        if (value === null) this.#level.del(key).catch(fail);
        else this.#level.put(key, value).catch(fail);
      }
    }
    this.#unsynced = [];
  }

  /** All that it holds now. */
  async image(): Promise<DiskImage> {
    await this.#level.open();
    return await this.#level.iterator().all();
  }

  /** Puts back what it once held; no process has it open. */
  async load(image: DiskImage): Promise<void> {
    this.#session++;
    this.#unsynced = [];
    await this.#level.open();
    await this.#level.clear();
    await this.#level.batch(image.map(([key, value]) => ({ type: 'put', key, value })));
  }

  /** Somebody reads. */
  stir(): void {
    this.#options.stir();
  }

  isOpen(session: number): boolean {
    return session === this.#session;
  }

  get level(): MemoryLevel<Uint8Array, Uint8Array> {
    return this.#level;
  }

  async write(operations: readonly Operation[], sync: boolean, session: number): Promise<void> {
    if (!this.isOpen(session)) return await never();
    this.#options.stir();
    if (this.failure === 'full') throw new Error('ENOSPC: no space left on device');
    const undo = operations.map(({ key }) => ({ key, value: this.#level.getSync(key) ?? null }));
    // Before the batch, so that a crash in the middle takes it back before what was written earlier.
    this.#unsynced.push(undo);
    if (this.#unsynced.length > UNSYNCED_MAX) this.#unsynced.shift();
    const upTo = this.#unsynced.length;
    await this.#level.batch(
      operations.map(({ key, value }) =>
        value === null ? { type: 'del', key } : { type: 'put', key, value },
      ),
    );
    if (this.failure === 'torn') throw new Error('EIO: i/o error');
    if (!sync) return;
    this.syncs++;
    await new Promise<void>((resolve) =>
      this.#scheduler.after(this.#options.syncMs(), () => {
        this.#options.stir();
        resolve();
      }),
    );
    if (!this.isOpen(session)) return await never();
    this.#unsynced.splice(0, upTo);
  }
}

/** What `LogDatabase` and `MachineDatabase` ask for. */
export class SimDatabase {
  readonly #disk: SimDisk;
  readonly #session: number;

  constructor(disk: SimDisk, session: number) {
    this.#disk = disk;
    this.#session = session;
  }

  async open(): Promise<void> {
    await this.#disk.level.open();
  }

  async close(): Promise<void> {
    // The disk outlives the process.
  }

  async get(key: Key): Promise<Uint8Array | undefined> {
    this.#disk.stir();
    return await this.#disk.level.get(key);
  }

  getSync(key: Key): Uint8Array | undefined {
    return this.#disk.level.getSync(key);
  }

  iterator(range: Range): {
    nextv(size: number): Promise<readonly (readonly [Uint8Array, Uint8Array])[]>;
    close(): Promise<void>;
  } {
    this.#disk.stir();
    return this.#disk.level.iterator(range);
  }

  batch(): {
    put(key: Key, value: Uint8Array): void;
    del(key: Key): void;
    write(options?: { readonly sync?: boolean }): Promise<void>;
  } {
    const operations: Operation[] = [];
    return {
      put: (key, value) =>
        void operations.push({ key: Uint8Array.from(key), value: Uint8Array.from(value) }),
      del: (key) => void operations.push({ key: Uint8Array.from(key), value: null }),
      write: (options) => this.#disk.write(operations, options?.sync === true, this.#session),
    };
  }
}

function never(): Promise<never> {
  return new Promise<never>(() => undefined);
}

function fail(error: unknown): never {
  throw error;
}
