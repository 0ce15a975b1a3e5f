/** The durable log of a node over an abstract-level database (D1): one synced batch for each write. */
import type { StoreRecord } from '../consensus/core.ts';
import type { CommitCertificate } from '../consensus/model/certificate.ts';
import type { Entry } from '../consensus/model/entry.ts';
import type { Hash, LogIndex } from '../consensus/model/ids.ts';
import type { Position } from '../consensus/model/position.ts';
import type { LoadedLog, LogStore } from '../host/ports.ts';
import type { WireContext } from '../wire/context.ts';
import { decodeCommitRecord, decodeEntryHeader, decodeEntryRecord } from '../wire/record.ts';
import type { Linked } from './log-chain.ts';
import { readChain } from './log-chain.ts';
import { scan } from './log-database.ts';
import type { LogDatabase } from './log-database.ts';
import { DamageError } from './log-errors.ts';
import { commitRange, indexAt, WRITES_KEY } from './log-keys.ts';
import type { LogMark } from './log-mark.ts';
import { encodeWrites, putRecord } from './log-records.ts';
import type { Owner } from './log-records.ts';
import { readWrites, recoverLog } from './log-recovery.ts';

export interface LevelLogOptions {
  /** The cluster's genesis entry. */
  readonly genesis: Entry;
  /** Where the machine is (`Machine.applied`); index 0 before the first entry. */
  readonly applied: { readonly index: number; readonly hash: string };
  readonly context: WireContext;
  /** The node that opens it: another node's log is refused, since its promises are not this node's (V3). */
  readonly owner: Owner;
  /** What is known of the log outside of it. */
  readonly mark: LogMark;
}

/**
 * Opens a log, makes a new one where the database is empty, and checks all of it down to the genesis.
 *
 * @throws DamageError, GenesisMismatchError, OwnerMismatchError, HaltedError, and what the database throws
 */
export async function openLevelLog(
  database: LogDatabase,
  options: LevelLogOptions,
): Promise<LoadedLog> {
  const recovered = await recoverLog(database, options);
  const writes = await readWrites(database, options);
  // Opening made durable what it found: a mark that is older or gone is brought up.
  if (writes > options.mark.writes) options.mark.advance(writes);
  return { store: new LevelLog(database, options, writes), recovered };
}

class LevelLog implements LogStore {
  readonly #database: LogDatabase;
  readonly #context: WireContext;
  readonly #mark: LogMark;
  #writes: number;

  constructor(database: LogDatabase, { context, mark }: LevelLogOptions, writes: number) {
    this.#database = database;
    this.#context = context;
    this.#mark = mark;
    this.#writes = writes;
  }

  async write(records: readonly StoreRecord[]): Promise<void> {
    const batch = this.#database.batch();
    for (const record of records) putRecord(batch, record, this.#context.digest);
    this.#writes++;
    batch.put(WRITES_KEY, encodeWrites(this.#writes, this.#context.digest));
    await batch.write({ sync: true });
    // Only now: what the mark counts is on the disk, whatever of it gets there first.
    this.#mark.advance(this.#writes);
  }

  readCommitted(
    from: LogIndex,
    to: Position,
    entriesMax: number,
    bytesMax: number,
  ): Promise<readonly Entry[]> {
    const bounds = { from, to, countMax: entriesMax, bytesMax };
    return readChain(this.#database, bounds, (value) => decodeEntryRecord(value, this.#context));
  }

  async readHeaders(
    from: LogIndex,
    to: Position,
  ): Promise<readonly { readonly header: Entry['header']; readonly hash: Hash }[]> {
    const bounds = { from, to, countMax: Infinity, bytesMax: Infinity };
    const chain: readonly Linked[] = await readChain(this.#database, bounds, (value) =>
      decodeEntryHeader(value, this.#context),
    );
    return chain;
  }

  async readCertificate(from: LogIndex): Promise<CommitCertificate | null> {
    for await (const [key, value] of scan(this.#database, commitRange(from))) {
      const decoded = decodeCommitRecord(value, this.#context);
      if (decoded.ok) return decoded.value;
      throw new DamageError(`commit certificate ${indexAt(key)}`, `is damaged: ${decoded.reason}`);
    }
    return null;
  }
}
