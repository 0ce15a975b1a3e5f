import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/base/bytes.ts';
import type { Command } from '../../src/machine/command.ts';
import type { Machine } from '../../src/machine/machine.ts';
import { decodeQueryResult, encodeQuery, type Query } from '../../src/machine/query.ts';
import { Faulty } from './faulty.ts';
import {
  ALICE,
  applyNext,
  get,
  key,
  memory,
  open,
  put,
  request,
  resultsOf,
  verdict,
} from './support.ts';

const increment = (name: string, by = 1n): Command => ({ type: 'increment', key: key(name), by });

async function ask(machine: Machine, query: Query, role = 'reader'): Promise<unknown> {
  const { result } = await machine.query(encodeQuery(query), { id: ALICE, role });
  const decoded = decodeQueryResult(result);
  return decoded.ok ? decoded.value : decoded.reason;
}

const getQuery = (name: string): Query => ({ type: 'get', key: key(name) });

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
