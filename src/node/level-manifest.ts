/** What LevelDB's manifest says of the files that are in use (db/version_edit.cc). */
import { LevelFormatError, LevelReader } from './level-bytes.ts';

export interface Manifest {
  /** Bytes of each table in use, by its number. */
  readonly tables: ReadonlyMap<number, number>;
  /** Write-ahead logs below this number are not read any more. */
  readonly firstLog: number;
}

const TAG = {
  comparator: 1,
  logNumber: 2,
  nextFile: 3,
  lastSequence: 4,
  compactPointer: 5,
  deletedFile: 6,
  newFile: 7,
  previousLog: 9,
} as const;

/** @throws LevelFormatError */
export function readManifest(records: readonly Uint8Array[]): Manifest {
  const tables = new Map<number, number>();
  let logNumber = 0;
  let previousLog = 0;
  for (const record of records) {
    const reader = new LevelReader(record);
    const deleted: number[] = [];
    const added: (readonly [number, number])[] = [];
    while (reader.remaining > 0) {
      const tag = reader.varint();
      if (tag === TAG.comparator) reader.bytes();
      else if (tag === TAG.logNumber) logNumber = reader.varint();
      else if (tag === TAG.previousLog) previousLog = reader.varint();
      else if (tag === TAG.nextFile || tag === TAG.lastSequence) reader.varint();
      else if (tag === TAG.compactPointer) {
        reader.varint();
        reader.bytes();
      } else if (tag === TAG.deletedFile) {
        reader.varint();
        deleted.push(reader.varint());
      } else if (tag === TAG.newFile) {
        reader.varint();
        added.push([reader.varint(), reader.varint()]);
        reader.bytes();
        reader.bytes();
      } else throw new LevelFormatError(`has an unknown field ${tag}`);
    }
    // A table that only moves to another level is deleted and added in one record.
    for (const number of deleted) tables.delete(number);
    for (const [number, bytes] of added) tables.set(number, bytes);
  }
  return { tables, firstLog: previousLog === 0 ? logNumber : Math.min(previousLog, logNumber) };
}
