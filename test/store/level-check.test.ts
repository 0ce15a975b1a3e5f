/** D1: what LevelDB does not notice of damage to its files. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { findFileDamage } from '../../src/node/level-check.ts';
import { classic } from './fixtures.ts';

let parent: string;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'tangaroa-level-'));
});
afterAll(() => rm(parent, { recursive: true }));

/** Several tables, whose index blocks are worth compressing, and a write-ahead log. */
async function filled(name: string, writes = 3_000): Promise<string> {
  const directory = join(parent, name);
  const database = classic(directory);
  await database.open();
  for (let i = 0; i < writes; i++) {
    const batch = database.batch();
    const noise = Uint8Array.from({ length: 3_000 }, (_, at) => (at * 7919 * (i + 1)) >> 5);
    batch.put(utf8(`${'long common prefix '.repeat(9)}${(i * 7_919) % writes}`), noise);
    batch.put(utf8('the same again'), utf8(String(i)));
    await batch.write();
  }
  await database.close();
  return directory;
}

const filesOf = async (directory: string, kind: RegExp): Promise<readonly string[]> =>
  (await readdir(directory)).filter((name) => kind.test(name)).map((name) => join(directory, name));

describe('damage to the files of a database', () => {
  let directory: string;
  let inUse: readonly string[];
  beforeAll(async () => {
    directory = await filled('flips');
    // What a compaction left when the database was closed is deleted when it is opened.
    const database = classic(directory);
    await database.open();
    await database.close();
    inUse = await filesOf(directory, /ldb$/u);
  }, 60_000);

  test('an undamaged database, an empty and a missing one', async () => {
    expect(inUse.length).toBeGreaterThan(2);
    expect(await findFileDamage(directory)).toBeNull();
    expect(await findFileDamage(join(parent, 'nowhere'))).toBeNull();
  });

  test('any flipped bit of a table is found and its file named', { timeout: 60_000 }, async () => {
    const footer = 48;
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), fc.nat(7), async (which, where, bit) => {
        const file = inUse[which % inUse.length]!;
        const whole = await readFile(file);
        const flipped = Uint8Array.from(whole);
        flipped[where % (whole.length - footer)]! ^= 1 << bit;
        await writeFile(file, flipped);
        expect((await findFileDamage(directory))?.file).toBe(file);
        await writeFile(file, whole);
      }),
      { numRuns: 30 },
    );
  });

  test('a table that is cut short, or gone', async () => {
    const [file = ''] = inUse;
    const whole = await readFile(file);
    await writeFile(file, whole.subarray(0, -700));
    expect((await findFileDamage(directory))?.file).toBe(file);
    await rm(file);
    expect(await findFileDamage(directory)).toEqual({ file, reason: 'is missing' });
    await writeFile(file, whole);
    expect(await findFileDamage(directory)).toBeNull();
  });
});

describe('a write-ahead log', () => {
  let file: string;
  let directory: string;
  let whole: Uint8Array;
  beforeAll(async () => {
    directory = await filled('journal', 100);
    [file = ''] = await filesOf(directory, /\d\.log$/u);
    whole = await readFile(file);
  });

  test('a write that a crash cut short is no damage', async () => {
    for (const length of [0, 5, 40_000, whole.length - 700, whole.length - 1]) {
      await writeFile(file, whole.subarray(0, length));
      expect(await findFileDamage(directory)).toBeNull();
    }
  });

  /** Where the last block begins: a length in it that is damaged may hide what comes behind. */
  const lastBlock = (): number => whole.length - (whole.length % 32_768);

  test('a flipped bit before a later write is damage', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(lastBlock() - 1), fc.nat(7), async (at, bit) => {
        const flipped = Uint8Array.from(whole);
        flipped[at]! ^= 1 << bit;
        await writeFile(file, flipped);
        expect((await findFileDamage(directory))?.file).toBe(file);
      }),
      { numRuns: 40 },
    );
    const flipped = Uint8Array.from(whole);
    flipped[lastBlock() + 10]! ^= 1;
    await writeFile(file, flipped);
    expect((await findFileDamage(directory))?.file).toBe(file);
  });

  test('writes that are gone between two logs are damage', async () => {
    await writeFile(file, whole);
    const next = join(directory, '000999.log');
    // Of the first block only: the writes that begin there come again.
    await writeFile(next, whole.subarray(0, 32_768));
    expect((await findFileDamage(directory))?.reason).toMatch(
      /goes on at write 1, but \d+ is gone/u,
    );
    await rm(next);
  });
});
