import { beforeEach, describe, expect, test } from 'vitest';
import { equalBytes, utf8 } from '../../src/base/bytes.ts';
import { limits } from '../../src/base/limits.ts';
import type { Command, Operation } from '../../src/machine/command.ts';
import type { Machine } from '../../src/machine/machine.ts';
import type { Result, ScanResult } from '../../src/machine/result.ts';
import { COUNTER_MAX, COUNTER_MIN, prefixRange } from '../../src/machine/value.ts';
import { get, key, memory, open, put, run, verdict } from './support.ts';

let machine: Machine;

beforeEach(async () => {
  machine = await open(memory());
});

const increment = (name: string, by: bigint): Operation => ({
  type: 'increment',
  key: key(name),
  by,
});
const scan = (start: string, end: string | null, limit: number): Command => {
  return { type: 'scan', start: key(start), end: end === null ? null : key(end), limit };
};
const names = (result: Result | undefined): string[] =>
  (result as ScanResult).items.map((item) => String.fromCharCode(...item.key));

async function found(name: string): Promise<unknown> {
  const [result] = await run(machine, get(name));
  return result?.type === 'get' ? result.found : result;
}

describe('put, get, delete', () => {
  test('a revision is the index of the entry that wrote and the place of the write in it', async () => {
    const results = await run(machine, put('a', '1'), put('b', '2'), put('a', '3'));
    expect(results.map((r) => r.type === 'put' && r.revision)).toEqual([
      { index: 1, order: 0 },
      { index: 1, order: 1 },
      { index: 1, order: 2 },
    ]);
    expect(await found('a')).toEqual({ value: utf8('3'), revision: { index: 1, order: 2 } });
  });

  test('a delete says whether there was something, and leaves nothing', async () => {
    await run(machine, put('a', '1'));
    const remove: Command = { type: 'delete', key: key('a') };
    expect(await run(machine, remove, remove, get('a'))).toEqual([
      { type: 'delete', existed: true },
      { type: 'delete', existed: false },
      { type: 'get', found: null },
    ]);
  });

  test('an empty value is a value, and keys are bytes of every kind', async () => {
    await run(machine, put('empty', ''), {
      type: 'put',
      key: Uint8Array.of(255, 0, 255),
      value: utf8('x'),
    });
    expect(await found('empty')).toMatchObject({ value: new Uint8Array() });
    const [result] = await run(machine, { type: 'get', key: Uint8Array.of(255, 0, 255) });
    expect(result).toMatchObject({ found: { value: utf8('x') } });
  });

  test('the largest key and the largest value fit', async () => {
    const name = new Uint8Array(limits.keyBytesMax).fill(1);
    const value = new Uint8Array(limits.valueBytesMax).fill(2);
    await run(machine, { type: 'put', key: name, value });
    const [read] = await run(machine, { type: 'get', key: name });
    const [scanned] = await run(machine, { type: 'scan', start: name, end: null, limit: 1 });
    const back = read?.type === 'get' ? read.found?.value : null;
    expect(back instanceof Uint8Array && equalBytes(back, value)).toBe(true);
    expect((scanned as ScanResult).items).toHaveLength(1);
  });
});

describe('increment', () => {
  test('counts from 0, up and down', async () => {
    const results = await run(machine, increment('n', 5n), increment('n', -7n));
    expect(results.map((r) => r.type === 'increment' && r.value)).toEqual([5n, -2n]);
    expect(await found('n')).toEqual({ value: -2n, revision: { index: 1, order: 1 } });
  });

  test('never leaves signed 64 bits', async () => {
    const results = await run(
      machine,
      put('n', COUNTER_MAX),
      increment('n', 1n),
      put('m', COUNTER_MIN),
      increment('m', -1n),
      increment('n', COUNTER_MIN),
    );
    expect(results.map(verdict)).toEqual([
      'put',
      'counter-overflow',
      'put',
      'counter-overflow',
      'increment',
    ]);
    expect(await found('n')).toMatchObject({ value: -1n });
    expect(await found('m')).toMatchObject({ value: COUNTER_MIN });
  });

  test('reaches both ends', async () => {
    const results = await run(
      machine,
      put('n', COUNTER_MAX - 1n),
      increment('n', 1n),
      put('m', COUNTER_MIN + 1n),
      increment('m', -1n),
    );
    expect(results[1]).toMatchObject({ value: COUNTER_MAX });
    expect(results[3]).toMatchObject({ value: COUNTER_MIN });
  });

  test('leaves bytes alone, also eight of them', async () => {
    const results = await run(machine, put('n', '12345678'), increment('n', 1n));
    expect(verdict(results[1])).toBe('not-a-counter');
    expect(await found('n')).toMatchObject({ value: utf8('12345678') });
  });
});

describe('scan', () => {
  beforeEach(async () => {
    await run(machine, ...['a', 'b', 'ba', 'bb', 'bc', 'c'].map((name) => put(name, name)));
  });

  test('goes from start (with it) to end (without it), in order', async () => {
    const results = await run(
      machine,
      scan('', null, 100),
      scan('b', 'bc', 100),
      scan('c', 'a', 9),
    );
    expect(results.map(names)).toEqual([['a', 'b', 'ba', 'bb', 'bc', 'c'], ['b', 'ba', 'bb'], []]);
    expect(results.every((result) => (result as ScanResult).next === null)).toBe(true);
  });

  test('by prefix', async () => {
    const { start, end } = prefixRange(key('b'));
    expect(names((await run(machine, { type: 'scan', start, end, limit: 100 }))[0])).toEqual([
      'b',
      'ba',
      'bb',
      'bc',
    ]);
  });

  test('stops at its limit and goes on from its cursor', async () => {
    const seen: string[][] = [];
    let start: Uint8Array | null = new Uint8Array();
    while (start !== null) {
      const [result]: readonly Result[] = await run(machine, {
        type: 'scan',
        start,
        end: null,
        limit: 4,
      });
      seen.push(names(result));
      start = (result as ScanResult).next;
    }
    expect(seen).toEqual([
      ['a', 'b', 'ba', 'bb'],
      ['bc', 'c'],
    ]);
  });

  test('has no cursor when its limit is met exactly at the end', async () => {
    const [result] = await run(machine, scan('', null, 6));
    expect((result as ScanResult).next).toBeNull();
  });

  test('sees the earlier writes of its own entry: new, changed and deleted items', async () => {
    const results = await run(
      machine,
      put('aa', 'new'),
      put('b', 'changed'),
      { type: 'delete', key: key('bb') },
      put('z', 'last'),
      { type: 'delete', key: key('c') },
      put('c', 'again'),
      scan('', null, 100),
      scan('b', null, 2),
    );
    expect(names(results[6])).toEqual(['a', 'aa', 'b', 'ba', 'bc', 'c', 'z']);
    expect((results[6] as ScanResult).items.map(({ value }) => value)).toContainEqual(
      utf8('changed'),
    );
    expect(names(results[7])).toEqual(['b', 'ba']);
    expect((results[7] as ScanResult).next).toEqual(key('bc'));
  });

  test('stops at a byte bound, and its cursor misses nothing', async () => {
    const value = new Uint8Array(300_000);
    const all = Array.from({ length: 9 }, (_, i) => `big${i}`);
    for (const name of all) await run(machine, { type: 'put', key: key(name), value });
    const seen: string[] = [];
    let [start, pages]: [Uint8Array | null, number] = [key('big'), 0];
    while (start !== null) {
      const [result]: readonly Result[] = await run(machine, {
        type: 'scan',
        start,
        end: key('bih'),
        limit: 100,
      });
      expect(names(result).length).toBeGreaterThan(0);
      seen.push(...names(result));
      start = (result as ScanResult).next;
      pages++;
    }
    expect(seen).toEqual(all);
    expect(pages).toBe(3);
  });
});
