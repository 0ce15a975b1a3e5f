import { beforeEach, describe, expect, test } from 'vitest';
import { equalBytes, utf8 } from '../../src/base/bytes.ts';
import { limits } from '../../src/base/limits.ts';
import type { Command, Operation, Transaction } from '../../src/machine/command.ts';
import type { Machine } from '../../src/machine/machine.ts';
import type { Result, ScanResult } from '../../src/machine/result.ts';
import { COUNTER_MAX, COUNTER_MIN, prefixRange } from '../../src/machine/value.ts';
import {
  applyNext,
  get,
  key,
  memory,
  open,
  put,
  request,
  resultsOf,
  run,
  verdict,
} from './support.ts';

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

describe('transaction', () => {
  const transaction = (parts: Partial<Transaction>): Transaction => {
    return { type: 'transaction', compares: [], then: [], else: [], ...parts };
  };
  const set = (name: string, value: string): Operation => put(name, value) as Operation;

  test('runs then where every compare holds, else where one does not', async () => {
    await run(machine, put('a', '1'), put('n', 5n));
    const compares: Transaction['compares'] = [
      { type: 'value', key: key('a'), relation: 'equal', value: utf8('1') },
      { type: 'value', key: key('n'), relation: 'greater', value: 4n },
      { type: 'exists', key: key('b'), exists: false },
      { type: 'revision', key: key('a'), relation: 'equal', revision: { index: 1, order: 0 } },
    ];
    const both = { compares, then: [set('b', 'then')], else: [set('b', 'else')] };
    const results = await run(machine, transaction(both), transaction(both));
    expect(results.map((r) => r.type === 'transaction' && r.succeeded)).toEqual([true, false]);
    expect(await found('b')).toMatchObject({ value: utf8('else') });
  });

  test('its operations see each other, and each has its result', async () => {
    const then = [set('a', '1'), get('a') as Operation, increment('n', 2n), increment('n', 3n)];
    const [result] = await run(machine, transaction({ then }));
    expect(result).toEqual({
      type: 'transaction',
      succeeded: true,
      results: [
        { type: 'put', revision: { index: 1, order: 0 } },
        { type: 'get', found: { value: utf8('1'), revision: { index: 1, order: 0 } } },
        { type: 'increment', value: 2n, revision: { index: 1, order: 1 } },
        { type: 'increment', value: 5n, revision: { index: 1, order: 2 } },
      ],
    });
  });

  test('that fails halfway did nothing, and says where; its neighbours are not touched', async () => {
    const then = [
      set('a', '1'),
      { type: 'delete', key: key('t') } as const,
      increment('t', 1n),
      increment('x', 1n),
    ];
    const results = await run(
      machine,
      put('t', 'text'),
      put('x', 'text'),
      transaction({ then }),
      put('after', '1'),
    );
    expect(results[2]).toEqual({ type: 'error', code: 'not-a-counter', operation: 3 });
    expect(results[3]).toEqual({ type: 'put', revision: { index: 1, order: 2 } });
    expect(await found('a')).toBeNull();
    expect(await found('t')).toMatchObject({ value: utf8('text') });
  });

  test('a compare-and-set by revision fails after another write of the same entry', async () => {
    const [first, , swapped] = await run(
      machine,
      put('a', 'mine'),
      put('a', 'theirs'),
      transaction({
        compares: [
          { type: 'revision', key: key('a'), relation: 'equal', revision: { index: 1, order: 0 } },
        ],
        then: [set('a', 'mine again')],
      }),
    );
    expect(first).toMatchObject({ revision: { index: 1, order: 0 } });
    expect(swapped).toMatchObject({ succeeded: false });
    expect(await found('a')).toMatchObject({ value: utf8('theirs') });
  });

  test.each([
    ['value', 'equal', false],
    ['value', 'not-equal', true],
    ['value', 'less', false],
    ['value', 'greater', false],
    ['revision', 'equal', true],
    ['revision', 'less', false],
  ] as const)('of a key that does not exist: %s %s is %s', async (type, relation, expected) => {
    const compare =
      type === 'value'
        ? { type, key: key('none'), relation, value: utf8('') }
        : { type, key: key('none'), relation, revision: { index: 0, order: 0 } };
    const [result] = await run(machine, transaction({ compares: [compare] }));
    expect(result).toMatchObject({ succeeded: expected });
  });
});

describe('C1: roles', () => {
  const all: Command[] = [
    get('a'),
    scan('', null, 1),
    put('a', '1'),
    { type: 'delete', key: key('a') },
    increment('n', 1n),
    { type: 'transaction', compares: [], then: [], else: [get('a') as Operation] },
  ];

  test.each([
    ['reader', ['get', 'scan', 'forbidden', 'forbidden', 'forbidden', 'forbidden']],
    ['writer', ['get', 'scan', 'put', 'delete', 'increment', 'transaction']],
    ['admin', ['get', 'scan', 'put', 'delete', 'increment', 'transaction']],
    ['stranger', Array(6).fill('forbidden')],
  ])('%s', async (role, expected) => {
    const [outcome] = await applyNext(machine, request({ first: 1n, role, commands: all }));
    expect(resultsOf(outcome).map(verdict)).toEqual(expected);
    expect(outcome?.index).toBe(1);
  });
});

test('a malformed command has its own result, and its neighbours run', async () => {
  const raw = [Uint8Array.of(99), new Uint8Array(), Uint8Array.of(1, 0, 0)];
  const [first, second] = await applyNext(
    machine,
    request({ first: 1n, raw }),
    request({ first: 4n, commands: [put('a', '1')] }),
  );
  expect(resultsOf(first).map(verdict)).toEqual(Array(3).fill('invalid-command'));
  expect(resultsOf(second).map(verdict)).toEqual(['put']);
});
