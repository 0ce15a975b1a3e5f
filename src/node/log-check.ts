/** Follows the committed chain from its end down to the genesis (D1). */
import { limits } from '../base/limits.ts';
import { certifiedPosition } from '../consensus/model/certificate.ts';
import { positionOf } from '../consensus/model/entry.ts';
import type { LogIndex } from '../consensus/model/ids.ts';
import type { Position } from '../consensus/model/position.ts';
import { samePosition } from '../consensus/model/position.ts';
import { decodeCommitRecord, decodeEntryRecord } from '../wire/record.ts';
import type { LevelLogOptions } from './level-log.ts';
import type { Linked } from './log-chain.ts';
import { damagedEntry, openRecord } from './log-chain.ts';
import { scan } from './log-database.ts';
import type { LogDatabase, Pair } from './log-database.ts';
import { DamageError, GenesisMismatchError } from './log-errors.ts';
import { commitRange, entryRange, indexAt, positionOfKey } from './log-keys.ts';

/** Siblings that are deleted in one batch. */
const STALE_BATCH = 256;

/**
 * The recent headers of the committed chain, ascending. Entries at or below `certified`, the index of the newest stored
 * commit certificate, that are not on it are deleted: nobody can need them any more. Above it the machine alone says
 * what is committed, and after the next loss of power it may say less.
 *
 * @throws DamageError, GenesisMismatchError
 */
export async function checkCommittedChain(
  database: LogDatabase,
  options: LevelLogOptions,
  committed: Position,
  certified: number,
): Promise<readonly Linked[]> {
  const { context } = options;
  const recent: Linked[] = [];
  const stale: Uint8Array[] = [];
  const certificates = new CertificateCheck(database, options, committed);
  let expected: Position = committed;
  for await (const [key, value] of scan(database, entryRange(0, committed.index), REVERSE)) {
    const position = positionOfKey(key);
    if (position === null) throw new DamageError('an entry', 'has a key that is none');
    checkGenesis(position, options);
    if (position.index < expected.index) throw missing(expected);
    if (!samePosition(position, expected)) {
      if (position.index <= certified) stale.push(key);
      continue;
    }
    const entry = openRecord(position, value, (bytes) => decodeEntryRecord(bytes, context));
    checkApplied(position, options);
    await certificates.check(position);
    if (recent.length < limits.recentHeaders)
      recent.push({ header: entry.header, hash: entry.hash });
    expected = { index: (position.index - 1) as LogIndex, hash: entry.header.parent };
  }
  if (expected.index !== options.genesis.header.index - 1) throw missing(expected);
  await certificates.finish();
  // Only now: a chain that does not hold is not touched.
  await deleteStale(database, stale);
  return recent.reverse();
}

const REVERSE = { reverse: true } as const;

function missing({ index, hash }: Position): DamageError {
  return damagedEntry(index, `with hash ${hash} is missing`);
}

function checkGenesis(position: Position, { genesis }: LevelLogOptions): void {
  if (position.index === genesis.header.index && !samePosition(position, positionOf(genesis)))
    throw new GenesisMismatchError(
      `the log begins with ${position.hash}, the genesis document with ${genesis.hash}`,
    );
}

/** The machine's state was made from this log. */
function checkApplied({ index, hash }: Position, { applied }: LevelLogOptions): void {
  if (index === applied.index && hash !== applied.hash)
    throw new DamageError(
      `the state after entry ${index}`,
      `was made from an entry ${applied.hash}, but the log holds ${hash}`,
    );
}

async function deleteStale(database: LogDatabase, keys: readonly Uint8Array[]): Promise<void> {
  for (let at = 0; at < keys.length; at += STALE_BATCH) {
    const batch = database.batch();
    for (const key of keys.slice(at, at + STALE_BATCH)) batch.del(key);
    await batch.write({ sync: true });
  }
}

/** The stored commit certificates, downwards beside the chain: each must certify the entry of its index. */
class CertificateCheck {
  readonly #pairs: AsyncGenerator<Pair, void, undefined>;
  readonly #options: LevelLogOptions;
  #next: Pair | null | undefined;

  constructor(database: LogDatabase, options: LevelLogOptions, committed: Position) {
    this.#pairs = scan(database, commitRange(0, committed.index), REVERSE);
    this.#options = options;
  }

  async #peek(): Promise<Pair | null> {
    if (this.#next === undefined) {
      const next = await this.#pairs.next();
      this.#next = next.done === true ? null : next.value;
    }
    return this.#next;
  }

  async check(position: Position): Promise<void> {
    const next = await this.#peek();
    if (next === null || indexAt(next[0]) !== position.index) return;
    this.#next = undefined;
    const name = `commit certificate ${position.index}`;
    const decoded = decodeCommitRecord(next[1], this.#options.context);
    if (!decoded.ok) throw new DamageError(name, `cannot be read: ${decoded.reason}`);
    if (!samePosition(certifiedPosition(decoded.value), position))
      throw new DamageError(name, `certifies another entry than ${position.hash}`);
  }

  async finish(): Promise<void> {
    const next = await this.#peek();
    if (next !== null)
      throw new DamageError(`commit certificate ${indexAt(next[0])}`, 'certifies no stored entry');
  }
}
