import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AssertionError } from '../../src/base/assert.ts';
import { toHex } from '../../src/base/bytes.ts';
import type { Command } from '../../src/machine/command.ts';
import type { DatabaseBatch, MachineDatabase } from '../../src/machine/database.ts';
import type { Machine } from '../../src/machine/machine.ts';
import { decodeQueryResult, encodeQuery, type Query } from '../../src/machine/query.ts';
import {
  ALICE,
  applyNext,
  BOB,
  entryAt,
  get,
  key,
  memory,
  open,
  put,
  request,
  resultsOf,
  verdict,
  type Memory,
} from './support.ts';

/** A database whose batches do as told; everything else is the real one's. */
class Faulty implements MachineDatabase {
  readonly real: Memory;
  /** Batches written so far. */
  batches = 0;
  fault: 'none' | 'lost' | 'written-and-lost' = 'none';
  /** Held back until it resolves. */
  gate: Promise<void> = Promise.resolve();

  constructor(real: Memory) {
    this.real = real;
  }
  open(): Promise<void> {
    return this.real.open();
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
  getSync(name: Uint8Array): Uint8Array | undefined {
    return this.real.getSync(name);
  }
  iterator(range: { gte: Uint8Array; lt: Uint8Array }): ReturnType<MachineDatabase['iterator']> {
    return this.real.iterator(range);
  }
  batch(): DatabaseBatch {
    const batch = this.real.batch();
    const write = async (): Promise<void> => {
      this.batches++;
      await this.gate;
      if (this.fault === 'lost') throw new Error('disk full');
      await batch.write();
      if (this.fault === 'written-and-lost') throw new Error('disk gone');
    };
    return { put: (k, v) => batch.put(k, v), del: (k) => batch.del(k), write };
  }
}

const increment = (name: string, by = 1n): Command => ({ type: 'increment', key: key(name), by });

async function ask(machine: Machine, query: Query, role = 'reader'): Promise<unknown> {
  const { result } = await machine.query(encodeQuery(query), { id: ALICE, role });
  const decoded = decodeQueryResult(result);
  return decoded.ok ? decoded.value : decoded.reason;
}

const getQuery = (name: string): Query => ({ type: 'get', key: key(name) });

describe('an entry', () => {
  test('without requests only moves the applied position, and its digest', async () => {
    const machine = await open(memory());
    const before = machine.stateDigest;
    expect(machine.applied).toMatchObject({ index: 0, hash: '0'.repeat(64) });
    expect(await machine.apply(entryAt(1, []))).toEqual([]);
    expect(machine.applied).toMatchObject({ index: 1, hash: entryAt(1, []).hash });
    expect(machine.stateDigest).not.toBe(before);
  });

  test('out of order is our own bug', async () => {
    const machine = await open(memory());
    await expect(machine.apply(entryAt(2, []))).rejects.toThrow(AssertionError);
    await machine.apply(entryAt(1, []));
    await expect(machine.apply(entryAt(1, []))).rejects.toThrow(AssertionError);
    await machine.apply(entryAt(2, []));
  });

  test('is one batch, whatever it holds', async () => {
    const database = new Faulty(memory());
    const machine = await open(database);
    await applyNext(machine, request({ first: 1n }), request({ first: 2n, client: BOB }));
    await applyNext(machine, request({ first: 1n }), request({ first: 2n, commands: [get('k')] }));
    expect(database.batches).toBe(2);
  });

  test('of plain puts reads nothing from the database', async () => {
    const real = memory();
    const machine = await open(real);
    await applyNext(machine, request({ first: 1n }));
    const read = (): never => {
      throw new Error('a read');
    };
    Object.assign(real, { getSync: read, iterator: read });
    const commands = [put('a', '1'), put('b', '2')];
    await applyNext(machine, request({ first: 2n, commands }), request({ first: 4n, commands }));
    expect(machine.applied.index).toBe(2);
  });

  test.each(['lost', 'written-and-lost'] as const)(
    'whose write is %s leaves everything or nothing, and the machine refuses to go on',
    async (fault) => {
      const database = new Faulty(memory());
      let machine = await open(database);
      const first = request({ first: 1n, commands: [increment('n'), put('a', '1')] });
      const second = request({ first: 3n, commands: [increment('n'), put('a', '2')] });
      await applyNext(machine, first);
      const before = machine.stateDigest;
      database.fault = fault;
      await expect(applyNext(machine, second)).rejects.toThrow('disk');
      await expect(applyNext(machine, second)).rejects.toThrow('failed before');
      await expect(ask(machine, getQuery('a'))).rejects.toThrow('failed before');
      await expect(machine.lookup({ ...first, count: 2 })).rejects.toThrow('failed before');

      database.fault = 'none';
      machine = await open(database);
      expect(machine.applied.index).toBe(fault === 'lost' ? 1 : 2);
      if (fault === 'lost') {
        expect(machine.stateDigest).toBe(before);
        await applyNext(machine, second);
      }
      const untroubled = await open(memory());
      await applyNext(untroubled, first);
      await applyNext(untroubled, second);
      expect(machine.stateDigest).toBe(untroubled.stateDigest);
      expect(await ask(machine, getQuery('n'))).toMatchObject({ found: { value: 2n } });
    },
  );
});

describe('the state digest', () => {
  test('is what it always was: a change would split a cluster of two versions', async () => {
    const machine = await open(memory());
    await applyNext(machine, request({ first: 1n, commands: [put('a', '1'), increment('n', 7n)] }));
    await applyNext(machine, request({ first: 3n, acknowledged: 2n, commands: [get('a')] }));
    expect(machine.stateDigest).toBe(
      'fac982b8a19fb81786084672a4a0dbb138a42093b64cc223ed12239ffafe1428',
    );
  });

  test('covers sessions: results, and who acknowledged what', async () => {
    const digests = new Set<string>();
    for (const parts of [
      { first: 1n, commands: [get('a')] },
      { first: 2n, commands: [get('a')] },
      { first: 1n, commands: [get('a'), get('a')] },
      { first: 1n, commands: [get('a')], acknowledged: 1n },
      { first: 1n, commands: [get('a')], client: BOB },
    ]) {
      const machine = await open(memory());
      await applyNext(machine, request(parts));
      digests.add(machine.stateDigest);
    }
    expect(digests.size).toBe(5);
  });
});

describe('C5: a local read', () => {
  test('during an entry waits for its end, and names the index it saw', async () => {
    const database = new Faulty(memory());
    const machine = await open(database);
    await applyNext(machine, request({ first: 1n, commands: [put('a', '1')] }));
    let release = (): void => {};
    database.gate = new Promise((resolve) => (release = resolve));
    const applying = applyNext(machine, request({ first: 2n, commands: [put('a', '2')] }));
    const asked = machine.query(encodeQuery(getQuery('a')), { id: ALICE, role: 'reader' });
    const next = applying.then(() =>
      applyNext(machine, request({ first: 3n, commands: [put('a', '3')] })),
    );
    release();
    const { applied, result } = await asked;
    await next;
    expect(applied).toBe(2);
    const decoded = decodeQueryResult(result);
    expect(decoded.ok && decoded.value).toMatchObject({ found: { revision: { index: 2 } } });
  });

  test('a scan sees the state at its index though entries are applied meanwhile', async () => {
    const machine = await open(memory());
    const all = Array.from({ length: 200 }, (_, i) => put(`k${String(i).padStart(3, '0')}`, 'old'));
    await applyNext(machine, request({ first: 1n, commands: all }));
    const scan: Query = { type: 'scan', start: key(''), end: null, limit: 1_000 };
    const asked = machine.query(encodeQuery(scan), { id: ALICE, role: 'reader' });
    const changed = all.map((_, i) => put(`k${String(i).padStart(3, '0')}`, 'new'));
    await applyNext(machine, request({ first: 201n, commands: changed, acknowledged: 200n }));
    const { applied, result } = await asked;
    const decoded = decodeQueryResult(result);
    const items = decoded.ok && decoded.value.type === 'scan' ? decoded.value.items : [];
    expect(applied).toBe(1);
    expect(items).toHaveLength(200);
    expect(new Set(items.map(({ revision }) => revision.index))).toEqual(new Set([1]));
  });

  test('of a stranger is forbidden, of bytes that are no query invalid; neither throws', async () => {
    const machine = await open(memory());
    expect(await ask(machine, getQuery('a'), 'stranger')).toMatchObject({ code: 'forbidden' });
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (bytes) => {
        const { result } = await machine.query(bytes, { id: ALICE, role: 'reader' });
        expect(decodeQueryResult(result).ok).toBe(true);
      }),
    );
  });

  test('of the state names index, hash and digest', async () => {
    const machine = await open(memory());
    await applyNext(machine, request({ first: 1n }));
    const { index, hash } = machine.applied;
    const digest = machine.stateDigest;
    expect(await ask(machine, { type: 'state' })).toEqual({ type: 'state', index, hash, digest });
  });
});

describe('a damaged record is named', () => {
  const damage = async (
    prefix: number,
    act: (machine: Machine) => Promise<unknown>,
  ): Promise<void> => {
    const database = memory();
    const machine = await open(database);
    await applyNext(machine, request({ first: 1n, commands: [put('a', '1')] }));
    for (const name of await database.keys().all())
      if (name[0] === prefix) await database.put(name, Uint8Array.of(1, 2, 3));
    await act(await open(database));
  };

  test('applied position', async () => {
    await expect(damage(0, () => Promise.resolve())).rejects.toThrow('applied position is damaged');
  });
  test('session', async () => {
    const look = (machine: Machine): Promise<unknown> =>
      machine.lookup({ ...request({ first: 1n }), count: 1 });
    await expect(damage(1, look)).rejects.toMatchObject({ code: 'damaged-state' });
  });
  test('item', async () => {
    await expect(damage(2, (machine) => ask(machine, getQuery('a')))).rejects.toThrow(
      'item 0261 is damaged',
    );
  });
});

test('close waits for the entry underway, and nothing works afterwards', async () => {
  const machine = await open(memory());
  const applying = applyNext(machine, request({ first: 1n }));
  const closed = machine.close();
  expect(await applying).toHaveLength(1);
  await closed;
  await expect(applyNext(machine)).rejects.toThrow('closed');
});

test('over LevelDB it does what it does over memory, across a restart', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'machine-'));
  const openDisk = (): Promise<Machine> =>
    open(
      new ClassicLevel<Uint8Array, Uint8Array>(directory, {
        keyEncoding: 'view',
        valueEncoding: 'view',
      }),
    );
  try {
    let disk = await openDisk();
    const plain = await open(memory());
    const scan = { type: 'scan', start: key('b'), end: key('z'), limit: 2 } as const;
    const empty = { type: 'scan', start: key('z'), end: key('b'), limit: 2 } as const;
    const remove: Command = { type: 'delete', key: key('c') };
    const all = [
      put('a', '1'),
      put('c', '2'),
      increment('b'),
      put('x', ''),
      scan,
      remove,
      scan,
      empty,
    ];
    const first = request({ first: 1n, commands: all });
    for (const sent of [first, request({ first: 9n, commands: [...all, get('c')] }), first]) {
      const [here, there] = [await applyNext(disk, sent), await applyNext(plain, sent)];
      expect(here[0]?.results?.map(toHex)).toEqual(there[0]?.results?.map(toHex));
      expect(disk.stateDigest).toBe(plain.stateDigest);
      await disk.close();
      disk = await openDisk();
    }
    expect(await ask(disk, scan)).toEqual(await ask(plain, scan));
    expect(verdict(resultsOf((await applyNext(disk, request({ first: 2n })))[0])[0])).toBe(
      'sequence-reused',
    );
    await disk.close();
  } finally {
    await rm(directory, { recursive: true });
  }
});
