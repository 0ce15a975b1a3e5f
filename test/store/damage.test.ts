import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { positionOf } from '../../src/consensus/model/entry.ts';
import type { Entry } from '../../src/consensus/model/entry.ts';
import type { LogIndex } from '../../src/consensus/model/ids.ts';
import { openLevelLog } from '../../src/node/level-log.ts';
import { DamageError } from '../../src/node/log-errors.ts';
import {
  ACCEPTED_KEY,
  commitKey,
  entryKey,
  META_KEY,
  PREPARED_KEY,
  TERM_KEY,
  WRITES_KEY,
} from '../../src/node/log-keys.ts';
import type { Database } from './fixtures.ts';
import {
  acceptedRecord,
  chain,
  commitRecord,
  entryRecords,
  memory,
  open,
  OPTIONS,
  preparedRecord,
  siblingOn,
  termRecord,
} from './fixtures.ts';

const entries = chain(10);
const at = (index: number): Entry => entries[index - 1]!;
const COMMITTED = 7;

/** Everything that a log holds, and the name under which damage to it must be reported. */
const records: readonly (readonly [string, Uint8Array])[] = [
  ['the first record', META_KEY],
  ['the number of writes', WRITES_KEY],
  ['the term record', TERM_KEY],
  ['the accepted position', ACCEPTED_KEY],
  ['the highest certificate', PREPARED_KEY],
  ['commit certificate 4', commitKey(4 as LogIndex)],
  ['commit certificate 7', commitKey(7 as LogIndex)],
  ...entries.map((entry) => [`entry ${entry.header.index}`, entryKey(positionOf(entry))] as const),
];

let database: Database;
beforeEach(async () => {
  database = await filled();
});

async function filled(): Promise<Database> {
  const made = memory();
  const { store } = await open(made);
  await store.write([
    ...entryRecords(entries.slice(1)),
    termRecord(1),
    acceptedRecord(at(11)),
    preparedRecord(entries.slice(8, 10)),
    commitRecord(entries.slice(3, 5)),
    commitRecord(entries.slice(COMMITTED - 1, COMMITTED + 1)),
  ]);
  return made;
}

async function damage(made: Database): Promise<string> {
  try {
    await open(made, positionOf(at(3)));
    return 'none';
  } catch (error) {
    if (error instanceof DamageError) return error.record;
    throw error;
  }
}

describe('D1: damage is found when the node starts, and named', () => {
  test('an undamaged log opens', async () => {
    expect(await damage(database)).toBe('none');
  });

  test.each(records)('%s: any flipped bit', async (name, key) => {
    const whole = (await database.get(key))!;
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(7), async (byte, bit) => {
        const flipped = Uint8Array.from(whole);
        flipped[byte]! ^= 1 << bit;
        await database.put(key, flipped);
        expect(await damage(database)).toBe(name);
      }),
      { numRuns: 40 },
    );
  });

  test.each(records)('%s: cut short', async (name, key) => {
    const whole = Uint8Array.from((await database.get(key))!);
    for (const length of [0, 1, whole.length >> 1, whole.length - 1]) {
      await database.put(key, whole.subarray(0, length));
      expect(await damage(database)).toBe(name);
    }
  });

  test.each(entries.slice(0, 11).map((entry) => [entry.header.index, entry] as const))(
    'entry %i is missing',
    async (index, entry) => {
      await database.del(entryKey(positionOf(entry)));
      expect(await damage(database)).toBe(`entry ${index}`);
    },
  );

  test('an entry under the key of another', async () => {
    await database.put(
      entryKey(positionOf(at(5))),
      (await database.get(entryKey(positionOf(at(6)))))!,
    );
    expect(await damage(database)).toBe('entry 5');
  });

  test('the first record is missing', async () => {
    await database.del(META_KEY);
    expect(await damage(database)).toBe('the first record');
  });

  test('the term record is missing', async () => {
    await database.del(TERM_KEY);
    expect(await damage(database)).toBe('the term record');
  });

  test('a certificate for an entry that is not on the chain', async () => {
    const { store } = await open(database);
    await store.write([commitRecord([siblingOn(at(4), 70n)])]);
    expect(await damage(database)).toBe('commit certificate 5');
  });

  test('writes that were synced are missing, or the whole log is', async () => {
    const mark = {
      writes: 0,
      advance(writes: number): void {
        this.writes = writes;
      },
    };
    const short = memory();
    const { store } = await openLevelLog(short, { ...OPTIONS, mark });
    await store.write(entryRecords(entries.slice(1, 4)));
    await store.write([termRecord(1)]);
    expect(mark.writes).toBe(2);
    await openLevelLog(short, { ...OPTIONS, mark });
    // Power was lost before the mark was on the disk.
    const older = { ...mark, writes: 1 };
    await openLevelLog(short, { ...OPTIONS, mark: older });
    expect(older.writes).toBe(2);
    for (const [made, record] of [
      [short, 'write 3'],
      [memory(), 'write 1'],
    ] as const)
      await expect(
        openLevelLog(made, { ...OPTIONS, mark: { ...mark, writes: 5 } }),
      ).rejects.toMatchObject({ record });
  });

  test('nothing is deleted from a log that is damaged', async () => {
    const { store } = await open(database);
    const sibling = siblingOn(at(5), 70n);
    await store.write(entryRecords([sibling]));
    await database.del(entryKey(positionOf(at(2))));
    expect(await damage(database)).toBe('entry 2');
    expect(await database.get(entryKey(positionOf(sibling)))).toBeDefined();
  });

  test('damage that happens while the node runs is named when the record is read', async () => {
    const { store } = await open(database);
    await database.put(entryKey(positionOf(at(5))), new Uint8Array(40));
    const tip = positionOf(at(COMMITTED));
    await expect(store.readCommitted(1 as LogIndex, tip, 100, 1e9)).rejects.toMatchObject({
      record: 'entry 5',
    });
    await expect(store.readHeaders(5 as LogIndex, tip)).rejects.toMatchObject({
      record: 'entry 5',
    });
    await database.del(entryKey(positionOf(at(6))));
    await expect(store.readCommitted(6 as LogIndex, tip, 100, 1e9)).rejects.toMatchObject({
      record: 'entry 6',
    });
  });

  test('the message says what to do', () => {
    expect(new DamageError('entry 5', 'is missing').message).toMatch(/entry 5 .*new key/u);
  });
});
