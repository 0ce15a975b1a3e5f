import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import type { StoreRecord } from '../../src/consensus/core.ts';
import { makeEntry, positionOf } from '../../src/consensus/model/entry.ts';
import type { Entry } from '../../src/consensus/model/entry.ts';
import type { LogIndex } from '../../src/consensus/model/ids.ts';
import type { LogBatch, LogDatabase } from '../../src/node/log-database.ts';
import { openLevelLog } from '../../src/node/level-log.ts';
import { encodePeerMessage } from '../../src/wire/peer.ts';
import { evidence as arbitraryEvidence } from '../arbitrary-messages.ts';
import { chainOf, makeTestCluster } from '../fixtures-crypto.ts';
import type { Database } from './fixtures.ts';
import {
  acceptedRecord,
  chain,
  classic,
  cluster,
  commitRecord,
  entryRecords,
  memory,
  OPTIONS,
  open,
  preparedRecord,
  siblingOn,
  termRecord,
} from './fixtures.ts';

const at = (entries: readonly Entry[], index: number): Entry => entries[index - 1]!;

const stores: readonly [string, (use: (database: Database) => Promise<void>) => Promise<void>][] = [
  ['memory-level', async (use) => use(memory())],
  [
    'classic-level',
    async (use) => {
      const path = await mkdtemp(join(tmpdir(), 'tangaroa-log-'));
      const database = classic(join(path, 'log'));
      try {
        await use(database);
      } finally {
        await database.close();
        await rm(path, { recursive: true });
      }
    },
  ],
];

describe.each(stores)('D1: the log over %s', (_, withDatabase) => {
  test('an empty database becomes a log that holds the genesis', () =>
    withDatabase(async (database) => {
      for (let round = 0; round < 2; round++) {
        const { recovered } = await open(database);
        expect(recovered).toEqual({
          genesis: cluster.genesis,
          term: null,
          accepted: null,
          prepared: null,
          commit: null,
          committed: positionOf(cluster.genesis),
          applied: 0,
          recent: [{ header: cluster.genesis.header, hash: cluster.genesis.hash }],
          tail: [],
          evidence: [],
          vote: null,
        });
      }
    }));

  test('what was written is recovered', () =>
    withDatabase(async (database) => {
      const entries = chain(8);
      const [evidence] = fc.sample(arbitraryEvidence, { numRuns: 1, seed: 7 });
      const { store } = await open(database);
      await store.write([...entryRecords(entries.slice(1)), termRecord(1)]);
      await store.write([
        commitRecord(entries.slice(3, 5)),
        commitRecord(entries.slice(5, 7)),
        preparedRecord(entries.slice(7, 9)),
        acceptedRecord(at(entries, 10)),
        { type: 'evidence', body: evidence! },
      ]);
      const { recovered } = await open(database, positionOf(at(entries, 2)));
      expect(recovered.term).toEqual(termRecord(1).record);
      expect(recovered.accepted).toEqual(acceptedRecord(at(entries, 10)).record);
      expect(recovered.prepared?.hash).toBe(at(entries, 8).hash);
      expect(recovered.commit?.hash).toBe(at(entries, 6).hash);
      expect(recovered.committed).toEqual(positionOf(at(entries, 6)));
      expect(recovered.applied).toBe(2);
      expect(recovered.recent.map(({ hash }) => hash)).toEqual(
        entries.slice(0, 6).map(({ hash }) => hash),
      );
      expect(recovered.tail).toEqual(entries.slice(6));
      expect(recovered.evidence).toEqual([evidence]);
    }));

  test('the machine may be ahead of the newest stored certificate', () =>
    withDatabase(async (database) => {
      const entries = chain(8);
      const { store } = await open(database);
      await store.write([...entryRecords(entries.slice(1)), commitRecord(entries.slice(3, 5))]);
      const { recovered } = await open(database, positionOf(at(entries, 9)));
      expect(recovered.committed).toEqual(positionOf(at(entries, 9)));
      expect(recovered.tail).toEqual([at(entries, 10)]);
    }));

  test('a write is all or nothing, drops included', () =>
    withDatabase(async (database) => {
      const entries = chain(2);
      const { store } = await open(database);
      await store.write(entryRecords(entries.slice(1)));
      await store.write([{ type: 'drop', position: positionOf(at(entries, 4)) }]);
      expect((await open(database)).recovered.tail).toEqual(entries.slice(1, 3));
    }));

  test('reading: bounds of count and bytes, headers, the next certificate', () =>
    withDatabase(async (database) => {
      const entries = chain(20);
      const { store } = await open(database);
      await store.write([...entryRecords(entries.slice(1)), commitRecord(entries.slice(11, 13))]);
      const tip = positionOf(at(entries, 20));
      const read = (from: number, count: number, bytes = 1e9) =>
        store.readCommitted(from as LogIndex, tip, count, bytes);
      expect(await read(1, 1_000)).toEqual(entries.slice(0, 20));
      expect(await read(5, 3)).toEqual(entries.slice(4, 7));
      expect(await read(5, 1_000, 1)).toEqual([at(entries, 5)]);
      expect(await read(21, 1_000)).toEqual([]);
      const headers = await store.readHeaders(3 as LogIndex, tip);
      expect(headers).toEqual(entries.slice(2, 20).map(({ header, hash }) => ({ header, hash })));
      expect((await store.readCertificate(4 as LogIndex))?.hash).toBe(at(entries, 12).hash);
      expect((await store.readCertificate(12 as LogIndex))?.hash).toBe(at(entries, 12).hash);
      expect(await store.readCertificate(13 as LogIndex)).toBeNull();
    }));

  test('siblings: the prefix that is asked for decides', () =>
    withDatabase(async (database) => {
      const entries = chain(4);
      const other = siblingOn(at(entries, 3), 90n);
      const otherChild = siblingOn(other, 91n);
      const { store } = await open(database);
      await store.write(entryRecords([...entries.slice(1), other, otherChild]));
      for (const tip of [at(entries, 5), otherChild, other, at(entries, 4)]) {
        const read = await store.readCommitted(2 as LogIndex, positionOf(tip), 100, 1e9);
        expect(read.at(-1)).toEqual(tip);
        expect(read.map(({ header }) => header.parent).slice(1)).toEqual(
          read.slice(0, -1).map(({ hash }) => hash),
        );
      }
      // A bound on bytes ends the answer, also where siblings had to be read ahead.
      expect(await store.readCommitted(4 as LogIndex, positionOf(otherChild), 1, 1)).toEqual([
        other,
      ]);
    }));

  test('stale siblings at or below the commit index go, chains above it stay', () =>
    withDatabase(async (database) => {
      const entries = chain(6);
      const low = siblingOn(at(entries, 3), 90n);
      const lowChild = siblingOn(low, 91n);
      const disconnected = siblingOn(lowChild, 93n);
      const high = siblingOn(at(entries, 6), 92n);
      const { store } = await open(database);
      await store.write([
        ...entryRecords([...entries.slice(1), low, lowChild, disconnected, high]),
        commitRecord(entries.slice(4, 6)),
      ]);
      const keys = async (): Promise<number> => (await database.keys().all()).length;
      const before = await keys();
      const { recovered } = await open(database);
      expect(recovered.committed).toEqual(positionOf(at(entries, 5)));
      expect(new Set(recovered.tail)).toEqual(new Set([...entries.slice(5), high]));
      expect(await keys()).toBe(before - 2);
    }));

  test('memory: of the committed entries only recent headers are loaded', () =>
    withDatabase(async (database) => {
      const entries = [...chain(0)];
      for (let i = 0; i < limits.recentHeaders + 10; i++)
        entries.push(siblingOn(entries.at(-1)!, BigInt(i + 1)));
      const { store } = await open(database);
      await store.write(entryRecords(entries.slice(1)));
      const { recovered } = await open(database, positionOf(entries.at(-1)!));
      expect(recovered.recent).toHaveLength(limits.recentHeaders);
      expect(recovered.recent.at(-1)?.hash).toBe(entries.at(-1)!.hash);
      expect(recovered.tail).toEqual([]);
    }));

  test('E5: a log that holds a halt is not opened again, and keeps the proof', () =>
    withDatabase(async (database) => {
      const { store } = await open(database);
      const proof = cluster.signer(cluster.nodes[0]!).signBody({
        kind: 'proof',
        body: { term: { type: 'genesis' }, commit: null },
      });
      const halt: StoreRecord = { type: 'halt', code: 'forked', text: 'Forked.', proof: [proof] };
      await store.write([halt]);
      const opening = open(database);
      await expect(opening).rejects.toThrow(/halted \(forked\): Forked\./u);
      await expect(opening).rejects.toMatchObject({
        code: 'halted',
        proof: [encodePeerMessage(proof)],
      });
    }));
});

test('N3: every write is one synced batch', async () => {
  const database = memory();
  await open(database);
  const written: unknown[] = [];
  const batch = database.batch.bind(database) as () => LogBatch;
  const spied: LogDatabase = {
    get: (key) => database.get(key),
    iterator: (range) => database.iterator(range),
    batch: () => {
      const real = batch();
      return {
        put: (key, value) => real.put(key, value),
        del: (key) => real.del(key),
        write: (options) => {
          written.push(options);
          return real.write(options);
        },
      };
    },
  };
  const { store } = await openLevelLog(spied, OPTIONS);
  await store.write([...entryRecords(chain(2).slice(1)), termRecord(1)]);
  expect(written).toEqual([{ sync: true }]);
});

describe('D1: what cannot be opened', () => {
  test('a log of another cluster', async () => {
    const database = memory();
    await open(database);
    const context = { ...cluster.context, clusterId: 'ab'.repeat(32) as typeof cluster.clusterId };
    await expect(openLevelLog(database, { ...OPTIONS, context })).rejects.toMatchObject({
      code: 'genesis-mismatch',
    });
  });

  test('V3: a log of another node, or of another key of this one', async () => {
    const database = memory();
    await open(database);
    const [own, other] = cluster.configuration.members;
    for (const owner of [other!, { ...own!, publicKey: other!.publicKey }])
      await expect(openLevelLog(database, { ...OPTIONS, owner })).rejects.toMatchObject({
        code: 'key-not-of-log',
      });
    await open(database);
  });

  test('another genesis under the same cluster id', async () => {
    const database = memory();
    await open(database);
    const { header, payload, content } = cluster.genesis;
    const genesis = makeEntry(
      { ...header, timestamp: 5 },
      payload,
      content,
      cluster.context.digest,
    );
    await expect(openLevelLog(database, { ...OPTIONS, genesis })).rejects.toMatchObject({
      code: 'genesis-mismatch',
    });
  });

  test('a state whose log is gone, or is another one', async () => {
    const entries = chain(3);
    await expect(open(memory(), positionOf(at(entries, 4)))).rejects.toMatchObject({
      record: 'entry 4',
    });
    const database = memory();
    const { store } = await open(database);
    await store.write([...entryRecords(entries.slice(1)), commitRecord(entries.slice(4))]);
    const wrong = { index: 3, hash: chainOf(makeTestCluster(5), 2)[1]!.hash };
    await expect(open(database, wrong)).rejects.toMatchObject({
      record: 'the state after entry 3',
    });
    await expect(open(database, { index: 9, hash: wrong.hash })).rejects.toMatchObject({
      record: 'entry 9',
    });
  });
});
