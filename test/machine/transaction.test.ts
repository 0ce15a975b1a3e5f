import { beforeEach, describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import type { Command, Operation, Transaction } from '../../src/machine/command.ts';
import type { Machine } from '../../src/machine/machine.ts';
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

async function found(name: string): Promise<unknown> {
  const [result] = await run(machine, get(name));
  return result?.type === 'get' ? result.found : result;
}

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
