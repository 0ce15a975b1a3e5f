/**
 * What a node finds when it starts (D1): every record is checked, and the chain of what was committed is followed down
 * to the genesis. Of the committed entries only recent headers stay in memory.
 */
import type { Decoded } from '../base/binary.ts';
import { equalBytes } from '../base/bytes.ts';
import { limits } from '../base/limits.ts';
import type { Recovered } from '../consensus/core.ts';
import type { CommitCertificate } from '../consensus/model/certificate.ts';
import { certifiedPosition } from '../consensus/model/certificate.ts';
import { positionOf } from '../consensus/model/entry.ts';
import type { Hash, LogIndex } from '../consensus/model/ids.ts';
import type { EvidenceBody } from '../consensus/model/message.ts';
import type { Position } from '../consensus/model/position.ts';
import {
  decodeAcceptedRecord,
  decodeCertificateRecord,
  decodeCommitRecord,
  decodeEvidenceRecord,
  decodeTermRecord,
  decodeVoteRecord,
} from '../wire/record.ts';
import type { LevelLogOptions } from './level-log.ts';
import { checkCommittedChain } from './log-check.ts';
import { isEmpty, read, scan } from './log-database.ts';
import type { LogDatabase } from './log-database.ts';
import {
  DamageError,
  GenesisMismatchError,
  HaltedError,
  OwnerMismatchError,
} from './log-errors.ts';
import {
  ACCEPTED_KEY,
  commitRange,
  EVIDENCE_RANGE,
  HALT_KEY,
  indexAt,
  META_KEY,
  PREPARED_KEY,
  TERM_KEY,
  VOTE_KEY,
  WRITES_KEY,
} from './log-keys.ts';
import { decodeHalt, decodeMeta, decodeWrites, encodeMeta, putRecord } from './log-records.ts';
import type { Meta } from './log-records.ts';
import { checkHeld, readTail } from './log-tail.ts';

/** @throws DamageError, GenesisMismatchError, OwnerMismatchError, HaltedError, and what the database throws */
export async function recoverLog(
  database: LogDatabase,
  options: LevelLogOptions,
): Promise<Recovered> {
  const { genesis, applied, context } = options;
  await openMeta(database, options);
  const term = await readOne(database, TERM_KEY, 'the term record', (v) =>
    decodeTermRecord(v, context),
  );
  const accepted = await readOne(database, ACCEPTED_KEY, 'the accepted position', (v) =>
    decodeAcceptedRecord(v, context),
  );
  const prepared = await readOne(database, PREPARED_KEY, 'the highest certificate', (v) =>
    decodeCertificateRecord(v, context),
  );
  if (term === null && (accepted !== null || prepared !== null))
    throw new DamageError('the term record', 'is missing');
  const vote = await readOne(database, VOTE_KEY, 'the vote record', (v) =>
    decodeVoteRecord(v, context),
  );
  const commit = await newestCommit(database, options);
  const committed = [
    commit === null ? null : certifiedPosition(commit),
    vote === null ? null : vote.committed,
    { index: applied.index as LogIndex, hash: applied.hash as Hash },
  ].reduce(higher, positionOf(genesis));
  const recent = await checkCommittedChain(
    database,
    options,
    committed,
    commit === null ? 0 : certifiedPosition(commit).index,
  );
  const { tail, stored } = await readTail(database, context, committed);
  // Of an earlier term it may be gone: what a later term's first entry conflicted with was dropped (E5).
  if (accepted !== null && accepted.epoch === term?.epoch && accepted.term === term.term)
    checkHeld(stored, accepted.position, committed);
  if (prepared !== null) checkHeld(stored, certifiedPosition(prepared), committed);
  const evidence = await readEvidence(database, options);
  return {
    genesis,
    term,
    accepted,
    prepared,
    commit,
    committed,
    applied: applied.index as LogIndex,
    recent: recent.slice(-limits.recentHeaders),
    tail,
    evidence,
    vote,
  };
}

function higher(a: Position, b: Position | null): Position {
  return b !== null && b.index > a.index ? b : a;
}

/** Checks whose log this is; an empty database becomes a log that holds the genesis. */
async function openMeta(database: LogDatabase, options: LevelLogOptions): Promise<void> {
  const { genesis, applied, context, owner } = options;
  const halt = await readOne(database, HALT_KEY, 'the record of a halt', (value) =>
    decodeHalt(value, context.digest),
  );
  if (halt !== null) throw new HaltedError(halt.code, halt.text, halt.proof);
  const meta = await readOne(database, META_KEY, 'the first record', (value) =>
    decodeMeta(value, context.digest),
  );
  if (meta !== null) checkMeta(meta, options);
  await checkWrites(database, options);
  if (meta !== null) return;
  if (!(await isEmpty(database))) throw new DamageError('the first record', 'is missing');
  if (applied.index > 0)
    throw new DamageError(
      `entry ${applied.index}`,
      'is missing: the log is empty, but the state was made from it',
    );
  const batch = database.batch();
  batch.put(META_KEY, encodeMeta({ clusterId: context.clusterId, owner }, context.digest));
  putRecord(batch, { type: 'entry', entry: genesis }, context.digest);
  await batch.write({ sync: true });
}

function checkMeta(meta: Meta, { context, owner }: LevelLogOptions): void {
  if (meta.clusterId !== context.clusterId)
    throw new GenesisMismatchError(
      `the log is of cluster ${meta.clusterId}, the genesis document makes cluster ${context.clusterId}`,
    );
  if (meta.owner.id !== owner.id || !equalBytes(meta.owner.publicKey, owner.publicKey))
    throw new OwnerMismatchError(meta.owner.id, owner.id);
}

/** The log holds all writes that were synced, as far as is known outside of it. */
async function checkWrites(database: LogDatabase, options: LevelLogOptions): Promise<void> {
  const writes = await readWrites(database, options);
  const synced = options.mark.writes;
  if (writes < synced)
    throw new DamageError(
      `write ${writes + 1}`,
      `is missing: the log ends before it, but ${synced} writes were synced`,
    );
}

/** How many writes the log holds. */
export async function readWrites(
  database: LogDatabase,
  { context }: LevelLogOptions,
): Promise<number> {
  const writes = await readOne(database, WRITES_KEY, 'the number of writes', (value) =>
    decodeWrites(value, context.digest),
  );
  return writes ?? 0;
}

async function readOne<T>(
  database: LogDatabase,
  key: Uint8Array,
  name: string,
  decode: (value: Uint8Array) => Decoded<T>,
): Promise<T | null> {
  const value = await read(database, key);
  if (value === null) return null;
  const decoded = decode(value);
  if (!decoded.ok) throw new DamageError(name, `cannot be read: ${decoded.reason}`);
  return decoded.value;
}

async function newestCommit(
  database: LogDatabase,
  { context }: LevelLogOptions,
): Promise<CommitCertificate | null> {
  for await (const [key, value] of scan(database, commitRange(0), { reverse: true })) {
    const decoded = decodeCommitRecord(value, context);
    if (decoded.ok) return decoded.value;
    throw new DamageError(
      `commit certificate ${indexAt(key)}`,
      `cannot be read: ${decoded.reason}`,
    );
  }
  return null;
}

async function readEvidence(
  database: LogDatabase,
  { context }: LevelLogOptions,
): Promise<readonly EvidenceBody[]> {
  const evidence: EvidenceBody[] = [];
  for await (const [, value] of scan(database, EVIDENCE_RANGE)) {
    const decoded = decodeEvidenceRecord(value, context);
    if (!decoded.ok)
      throw new DamageError('a record of evidence', `cannot be read: ${decoded.reason}`);
    evidence.push(decoded.value);
  }
  return evidence;
}
