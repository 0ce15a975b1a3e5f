/**
 * Finds damage to the files of a LevelDB database before it is opened (D1). LevelDB itself leaves out what it cannot
 * read of a write-ahead log, reads blocks of tables without looking at their checksums, and skips a bad one in an
 * iterator; `classic-level` has no option against it.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LevelFormatError } from './level-bytes.ts';
import { readJournal, writesOf } from './level-journal.ts';
import { readManifest } from './level-manifest.ts';
import { checkTable } from './level-table.ts';

export interface FileDamage {
  /** Its path. */
  readonly file: string;
  readonly reason: string;
}

const NUMBERED = /^(?<number>\d+)\.(?<kind>ldb|sst|log)$/u;

/**
 * The first damaged file of the database in `directory`, null where there is none or no database. A write-ahead log that
 * ends in the middle of a write is not damaged: a crash leaves it so.
 *
 * @throws errors of the file system
 */
export async function findFileDamage(directory: string): Promise<FileDamage | null> {
  let file = directory;
  const open = (name: string): Promise<Uint8Array> => readFile((file = join(directory, name)));
  try {
    await checkFiles(await namesIn(directory), open);
    return null;
  } catch (error) {
    if (error instanceof LevelFormatError) return { file, reason: error.message };
    if (isMissing(error)) return { file, reason: 'is missing' };
    throw error;
  }
}

type Open = (name: string) => Promise<Uint8Array>;

async function checkFiles(names: readonly string[], open: Open): Promise<void> {
  const used = names.filter((name) => NUMBERED.test(name));
  // Nothing was ever written, or making the database was interrupted.
  if (used.length === 0 && !names.includes('CURRENT')) return;
  const current = new TextDecoder().decode(await open('CURRENT'));
  if (!/^MANIFEST-\d+\n$/u.test(current))
    throw new LevelFormatError('does not name the manifest that is in use');
  const { tables, firstLog } = readManifest(readJournal(await open(current.trimEnd())).records);
  const nameOf = new Map(used.map((name) => [Number.parseInt(name, 10), name]));
  for (const [number, size] of tables) {
    const table = await open(nameOf.get(number) ?? `${String(number).padStart(6, '0')}.ldb`);
    if (table.length < size)
      throw new LevelFormatError(`has ${table.length} bytes of the ${size} that were written`);
    checkTable(table.subarray(0, size));
  }
  const logs = [...nameOf]
    .filter(([number, name]) => name.endsWith('.log') && number >= firstLog)
    .sort(([a], [b]) => a - b);
  await checkLogs(
    logs.map(([, name]) => name),
    open,
  );
}

/** LevelDB numbers its writes without gaps, from one log to the next. */
async function checkLogs(names: readonly string[], open: Open): Promise<void> {
  let expected: number | null = null;
  for (const name of names) {
    for (const record of readJournal(await open(name)).records) {
      const { first, next } = writesOf(record);
      if (expected !== null && first !== expected)
        throw new LevelFormatError(`goes on at write ${first}, but ${expected} is gone`);
      expected = next;
    }
  }
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
