/** D1: what a start deletes must not be missed by the next one, whose machine may be further back (it is not synced). */
import { expect, test } from 'vitest';
import { positionOf } from '../../src/consensus/model/entry.ts';
import {
  chain,
  commitRecord,
  entryRecords,
  memory,
  open,
  preparedRecord,
  siblingOn,
  termRecord,
} from './fixtures.ts';

test('D1, E2: a process that dies, then loses its power, while it catches up beside what it prepared', async () => {
  const database = memory();
  const entries = chain(6); // 1..8, being committed
  const a = [siblingOn(entries[2]!, 90n)]; // 4..9, prepared by this node: its highest certificate
  while (a.length < 6) a.push(siblingOn(a.at(-1)!, 90n + BigInt(a.length)));
  const { store } = await open(database);
  await store.write([
    ...entryRecords([...entries.slice(1), ...a]),
    termRecord(3),
    preparedRecord(a.slice(-1)),
    commitRecord(entries.slice(2, 3)), // 3; what lies above is proven by headers of fetched chunks
  ]);
  const applied = (index: number) => ({ index, hash: entries[index - 1]!.hash });
  // The process is killed: the page cache has the machine at 7. Then the power goes: the disk has it at 4.
  await open(database, applied(7));
  const { recovered } = await open(database, applied(4));
  expect(recovered.committed).toEqual(positionOf(entries[3]!));
});
