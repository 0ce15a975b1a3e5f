/** The log in memory: what it keeps, and what only the disk has. */
import { expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import type { Entry } from '../../src/consensus/model/entry.ts';
import { positionOf } from '../../src/consensus/model/entry.ts';
import type { LogIndex } from '../../src/consensus/model/ids.ts';
import { Log } from '../../src/consensus/raft/log.ts';
import { makeConfiguration } from '../tangaroa/cluster.ts';
import { entriesOf, makeGenesisEntry, nextRequest, positionAt } from './entries.ts';

const genesis = makeGenesisEntry(makeConfiguration(3));
const at = (index: number): LogIndex => index as LogIndex;

function freshLog(tail: readonly Entry[] = []): Log {
  const { header, hash } = genesis;
  return new Log({ genesis, recent: [{ header, hash }], committed: positionOf(genesis), tail });
}

/** Appends one entry of a payload of so many bytes, durable, and commits it. */
function grow(log: Log, bytes: number): void {
  const { index, term } = log.last;
  log.append(entriesOf(index + 1, [1], term, [nextRequest(bytes)]), 1);
  log.stored(1);
  log.commit(log.last.index);
}

test('committed entries stay in memory up to a count, the newest', () => {
  const log = freshLog();
  for (let i = 0; i < limits.raftCacheEntriesMax + 10; i++) grow(log, 100);
  const oldest = log.committed.index - limits.raftCacheEntriesMax + 1;
  expect(log.entryAt(at(oldest))).not.toBe(null);
  expect(log.entryAt(at(oldest - 1))).toBe(null);
  expect(log.markAt(at(oldest - 1))).toEqual({ ...positionAt(oldest - 1, 1), term: 1 });
});

test('… and up to so many bytes', () => {
  const log = freshLog();
  const fit = Math.floor(limits.raftCacheBytesMax / 2_000_004);
  for (let i = 0; i < fit + 3; i++) grow(log, 2_000_000);
  const held = Array.from({ length: log.last.index }, (_, i) => log.entryAt(at(i + 1)));
  expect(held.filter((entry) => entry !== null)).toHaveLength(fit);
});

test('what is not committed stays in memory, however large', () => {
  const log = freshLog();
  for (let i = 0; i < 40; i++)
    log.append(entriesOf(log.last.index + 1, [1], log.last.term, [nextRequest(1_000_000)]), 1);
  expect(log.uncommittedBytes).toBe(40 * 1_000_004);
  for (let i = 2; i <= log.last.index; i++) expect(log.entryAt(at(i))).not.toBe(null);
  log.truncate(at(11));
  expect(log.uncommittedBytes).toBe(10 * 1_000_004);
  log.stored(1);
  log.commit(at(11));
  expect(log.uncommittedBytes).toBe(0);
});

test('names of what is long committed are forgotten, but for the genesis', () => {
  const log = freshLog();
  const count = 3 * limits.recentHeaders;
  for (let i = 0; i < count; i++) grow(log, 100);
  const known = Array.from({ length: log.last.index }, (_, i) => log.markAt(at(i + 1)));
  expect(known[0]).toEqual({ ...positionAt(1, 0), term: 0 });
  const kept = known.filter((mark) => mark !== null).length;
  expect(kept).toBeGreaterThan(limits.recentHeaders);
  expect(kept).toBeLessThanOrEqual(2 * limits.recentHeaders + 2);
  expect(log.markAt(at(2))).toBe(null);
  expect(log.last).toEqual({ ...positionAt(count + 1, 1), term: 1 });
  expect(log.committed.index).toBe(count + 1);
});

test('durable is what every write below it made so, and a truncation takes it back', () => {
  const log = freshLog();
  log.append(entriesOf(2, [1]), 1);
  log.append(entriesOf(3, [1, 1], 1), 3);
  expect(log.durable).toBe(1);
  log.stored(2);
  expect(log.durable).toBe(2);
  expect(log.truncate(at(2))).toEqual([positionAt(3, 1), positionAt(4, 1)]);
  log.append(entriesOf(3, [2], 1), 4);
  log.stored(3);
  expect(log.durable).toBe(2);
  log.stored(4);
  expect(log.durable).toBe(3);
  expect(log.truncate(at(2))).toHaveLength(1);
  expect(log.durable).toBe(2);
});

test('our own faults stop it: gaps, committed entries dropped, entries applied before they are durable', () => {
  const log = freshLog(entriesOf(2, [1, 1, 1]));
  expect(() => log.append(entriesOf(6, [1], 1), 1)).toThrow('a log has no gaps');
  expect(() => log.append(entriesOf(5, [1], 0), 1)).toThrow('an entry names the one before it');
  log.commit(at(3));
  expect(() => log.truncate(at(2))).toThrow('what is committed stays');
  log.append(entriesOf(5, [2], 1), 1);
  expect(() => log.commit(at(5))).toThrow('only what is durable here is applied');
});
