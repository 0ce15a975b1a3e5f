/** Damage to the files of a database, as disks and people do it. */
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { assert } from '../../../../src/base/assert.ts';
import type { Random } from '../../../../src/base/random.ts';

/** LevelDB's own diary and lock hold nothing. */
const WITHOUT_DATA: ReadonlySet<string> = new Set(['LOG', 'LOG.old', 'LOCK']);

function dataFiles(directory: string): readonly string[] {
  return readdirSync(directory)
    .filter((name) => !WITHOUT_DATA.has(name))
    .map((name) => path.join(directory, name))
    .filter((file) => statSync(file).size > 0);
}

/**
 * Flips one bit of the database, and says of what kind of file. The second half of a journal is left alone: the write
 * that a crash would have cut short lies there, and D1 does not speak of it.
 */
export function flipBit(directory: string, random: Random): string {
  const file = random.pick(dataFiles(directory));
  const bytes = readFileSync(file);
  const end = path.basename(file).endsWith('.log') ? Math.ceil(bytes.length / 2) : bytes.length;
  const at = random.below(end);
  bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
  writeFileSync(file, bytes);
  return kindOf(path.basename(file));
}

function kindOf(name: string): string {
  if (name.endsWith('.log')) return 'journal';
  if (name.endsWith('.ldb')) return 'table';
  return name.startsWith('MANIFEST') ? 'manifest' : name;
}

/** Cuts the newest journal: of its bytes a share is left. */
export function cutJournal(directory: string, share: number): void {
  const newest = dataFiles(directory)
    .filter((file) => file.endsWith('.log'))
    .sort()
    .at(-1);
  assert(newest !== undefined, 'a database that is written to has a journal');
  truncateSync(newest, Math.floor(statSync(newest).size * share));
}
