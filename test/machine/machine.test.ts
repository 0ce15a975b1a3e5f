import { describe, expect, test } from 'vitest';
import { AssertionError } from '../../src/base/assert.ts';
import type { Command } from '../../src/machine/command.ts';
import type { Machine, Outcome } from '../../src/machine/machine.ts';
import { decodeQueryResult, encodeQuery, type Query } from '../../src/machine/query.ts';
import { Faulty } from './faulty.ts';
import { ALICE, applyNext, BOB, entryAt, get, key, memory, open, put, request } from './support.ts';

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

  test('tells its outcomes before they are written; who asks then is answered by the state that has them', async () => {
    const database = new Faulty(memory());
    const machine = await open(database);
    let letGo = (): void => undefined;
    database.gate = new Promise((resolve) => (letGo = resolve));
    const asked = request({ first: 1n, commands: [put('a', 'new')] });
    let heard: readonly Outcome[] | null = null;
    const applied = new Promise<readonly Outcome[]>((resolve, fail) => {
      const entry = entryAt(1, [asked]);
      machine.apply(entry, (outcomes) => (heard = outcomes)).then(resolve, fail);
    });
    while (heard === null) await new Promise(setImmediate);
    expect(machine.applied.index).toBe(0);
    expect(await machine.lookup({ ...asked, count: 1 })).toMatchObject({ type: 'known', index: 1 });
    const read = ask(machine, getQuery('a'));
    letGo();
    expect(await applied).toBe(heard);
    expect(await read).toMatchObject({ found: { value: key('new') } });
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
