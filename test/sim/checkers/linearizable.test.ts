/** That the checker of histories can fail, and that it does not fail for nothing. */
import { expect, test } from 'vitest';
import type { Compare, Transaction } from '../../../src/machine/command.ts';
import type { Result } from '../../../src/machine/result.ts';
import type { Revision } from '../../../src/machine/value.ts';
import { utf8 } from '../../../src/base/bytes.ts';
import type { Call, Command, Unit } from './history.ts';
import { ofKey } from './history.ts';
import {
  checkLogOrder,
  checkRevisions,
  checkUnits,
  Linearizable,
  Undecided,
} from './linearizable.ts';
import { search } from './search.ts';
import {
  KEY,
  key,
  at,
  put,
  get,
  remove,
  increment,
  swap,
  isValue,
  written,
  found,
  nothing,
  counted,
  swapped,
  kept,
  error,
  a,
  b,
} from './words.ts';

/** A history by hand: `[name, command, answer]`, each name called and answered as `steps` says, in that order. */
interface Told {
  readonly command: Command | readonly Call[];
  readonly answer: Result | readonly Result[] | null;
}

function tell(
  steps: string,
  told: Readonly<Record<string, Told>>,
  indexOf = (step: number): number => step,
): Linearizable {
  const checker = new Linearizable();
  const open = new Map<string, Unit>();
  for (const [i, name] of steps.split(' ').entries()) {
    const { command, answer } = told[name] as Told;
    const unit = open.get(name);
    if (unit === undefined) {
      const calls = Array.isArray(command) ? command : [{ key: KEY, command: command as Command }];
      open.set(name, checker.history.called(name, calls as readonly Call[], i));
    } else {
      const results = (Array.isArray(answer) ? answer : [answer]) as readonly Result[];
      checker.history.answered(unit, indexOf(i), results, i);
    }
  }
  return checker;
}

/** Without what the log's order tells: the answers alone. */
function isLinearizable(checker: Linearizable): boolean {
  const verdict = search(checker.history.units, { stepsMax: 10_000, isLogOrder: false });
  expect(verdict.type).not.toBe('undecided');
  return verdict.type === 'linearizable';
}

test('good histories', () => {
  const w: Told = { command: put(a), answer: written(2) };
  const read = (answer: Result): Told => ({ command: get, answer });
  // Under way at once: the read may see the write or not.
  expect(isLinearizable(tell('w r r w', { w, r: read(nothing) }))).toBe(true);
  expect(isLinearizable(tell('w r r w', { w, r: read(found(a, 2)) }))).toBe(true);
  expect(isLinearizable(tell('r w w r', { w, r: read(nothing) }))).toBe(true);
  expect(isLinearizable(tell('w w r r', { w, r: read(found(a, 2)) }))).toBe(true);
  // A write that was never answered, seen and not seen, and seen late.
  const lost: Told = { command: put(b), answer: null };
  expect(
    isLinearizable(tell('x r r s s', { x: lost, r: read(nothing), s: read(found(b, 9)) })),
  ).toBe(true);
  expect(isLinearizable(tell('x r r', { x: lost, r: read(nothing) }))).toBe(true);
});

test('a stale read', () => {
  const w: Told = { command: put(a), answer: written(2) };
  const v: Told = { command: put(b), answer: written(3) };
  expect(isLinearizable(tell('w w r r', { w, r: { command: get, answer: nothing } }))).toBe(false);
  const stale: Told = { command: get, answer: found(a, 2) };
  expect(isLinearizable(tell('w w v v r r', { w, v, r: stale }))).toBe(false);
  expect(isLinearizable(tell('w w v r r v', { w, v, r: stale }))).toBe(true);
  // Nor may anybody see the new value and, later, somebody else the old one.
  const fresh: Told = { command: get, answer: found(b, 3) };
  expect(isLinearizable(tell('w w v s s r r v', { w, v, r: stale, s: fresh }))).toBe(false);
});

test('what leaves a key as it found it may undo, elsewhere, what another wrote', () => {
  const calls: readonly Call[] = [
    { key: KEY, command: put(b) },
    { key: KEY, command: remove },
  ];
  const v: Told = { command: calls, answer: [written(3), { type: 'delete', existed: true }] };
  const w: Told = { command: put(a), answer: written(2) };
  const r: Told = { command: get, answer: nothing };
  expect(isLinearizable(tell('v w w v r r', { v, w, r }))).toBe(true);
});

test('a lost update', () => {
  const increments = (x: bigint, y: bigint): Readonly<Record<string, Told>> => ({
    x: { command: increment(), answer: counted(x, 2) },
    y: { command: increment(), answer: counted(y, 3) },
  });
  expect(isLinearizable(tell('x y x y', increments(1n, 1n)))).toBe(false);
  expect(isLinearizable(tell('x y x y', increments(1n, 2n)))).toBe(true);
  expect(isLinearizable(tell('x y x y', increments(2n, 1n)))).toBe(true);
  expect(isLinearizable(tell('x x y y', increments(2n, 1n)))).toBe(false);
});

test('a command applied twice', () => {
  const x: Told = { command: increment(), answer: counted(1n, 2) };
  const r = (value: bigint): Told => ({ command: get, answer: found(value, 2) });
  expect(isLinearizable(tell('x x r r', { x, r: r(1n) }))).toBe(true);
  expect(isLinearizable(tell('x x r r', { x, r: r(2n) }))).toBe(false);
  // Twice, where it was never answered, is twice too often as well.
  const y: Told = { command: increment(), answer: null };
  expect(isLinearizable(tell('y r r', { y, r: r(1n) }))).toBe(true);
  expect(isLinearizable(tell('y r r', { y, r: r(2n) }))).toBe(false);
});

test('a read from the future', () => {
  const r: Told = { command: get, answer: found(a, 2) };
  expect(isLinearizable(tell('r r w w', { r, w: { command: put(a), answer: written(2) } }))).toBe(
    false,
  );
  expect(isLinearizable(tell('r r w', { r, w: { command: put(a), answer: null } }))).toBe(false);
});

test('a value that nobody wrote, and a revision that is not the write’s', () => {
  const w: Told = { command: put(a), answer: written(2) };
  const told = (answer: Result): Linearizable =>
    tell('w w r r', { w, r: { command: get, answer } });
  expect(isLinearizable(told(found(b, 2)))).toBe(false);
  expect(isLinearizable(told(found(a, 3)))).toBe(false);
  expect(isLinearizable(told(found(a, 2)))).toBe(true);
});

test('compare and set: of two that saw the same value one wins', () => {
  const w: Told = { command: put(a), answer: written(2) };
  const x: Told = { command: swap(isValue(a), utf8('x')), answer: swapped(3) };
  const both = (answer: Result): boolean =>
    isLinearizable(tell('w w x y x y', { w, x, y: { command: swap(isValue(a), b), answer } }));
  expect(both(swapped(4))).toBe(false);
  expect(both(kept(utf8('x'), 3))).toBe(true);
  expect(both(kept(a, 2))).toBe(false);
});

test('compare a revision that nobody was told', () => {
  const w: Told = { command: put(a), answer: null };
  const compare: Compare = { type: 'revision', key, relation: 'equal', revision: at(2) };
  const told = (answer: Result): boolean =>
    isLinearizable(tell('w x x', { w, x: { command: swap(compare, b), answer } }));
  expect(told(swapped(3))).toBe(true);
  expect(told(kept(a, 4))).toBe(true);
  expect(told(kept(b, 4))).toBe(false);
});

test('errors are answers', () => {
  const w: Told = { command: put(a), answer: written(2) };
  const told = (command: Command, answer: Result): boolean =>
    isLinearizable(tell('w w x x', { w, x: { command, answer } }));
  expect(told(increment(), error('not-a-counter'))).toBe(true);
  expect(told(increment(), error('counter-overflow'))).toBe(false);
  expect(told(increment(), counted(1n, 3))).toBe(false);
  expect(told(put(b), error('not-a-counter'))).toBe(false);
  const inside: Transaction = {
    type: 'transaction',
    compares: [],
    then: [put(1n), remove, put(b), increment()],
    else: [],
  };
  expect(told(inside, error('not-a-counter', 3))).toBe(true);
  expect(told(inside, error('not-a-counter', 2))).toBe(false);
  const isDeleted: Result = { type: 'delete', existed: true };
  expect(told(remove, isDeleted)).toBe(true);
  expect(told(remove, { type: 'delete', existed: false })).toBe(false);
});

test('a request is one unit, on one key and on several', () => {
  const calls: readonly Call[] = [
    { key: 'k', command: put(a) },
    { key: 'l', command: put(a) },
    { key: 'k', command: remove },
  ];
  const w: Told = {
    command: calls,
    answer: [written(2), written(2), { type: 'delete', existed: true }],
  };
  const reads = (k: Result, l: Result): Told => ({
    command: [
      { key: 'k', command: get },
      { key: 'l', command: get },
    ],
    answer: [k, l],
  });
  const told = (k: Result, l: Result): Linearizable => tell('w r r w', { w, r: reads(k, l) });
  expect(isLinearizable(told(nothing, nothing))).toBe(true);
  expect(isLinearizable(told(nothing, found(a, 2)))).toBe(true);
  expect(isLinearizable(told(found(a, 2), nothing))).toBe(false);
  expect(() => told(found(a, 2), nothing).finished()).toThrow(/key k: no order of 2 requests/);
  // Each key alone is in order here: only both together show that the second request saw half of the first.
  const halves = tell(
    'w r r w',
    {
      w: { command: calls.slice(0, 2), answer: [written(2), written(2)] },
      r: reads(nothing, found(a, 2)),
    },
    () => 2,
  );
  for (const each of ['k', 'l'])
    expect(() => checkUnits('x', each, ofKey(halves.history.units, each))).not.toThrow();
  expect(() => halves.finished()).toThrow(/all keys together/);
});

test('the log’s order is the clients’ order', () => {
  const checker = new Linearizable();
  const { history } = checker;
  const calls = [{ key: KEY, command: get }];
  const first = history.called('first', calls, 0);
  history.answered(first, 7, [nothing], 1);
  const second = history.called('second', calls, 2);
  history.answered(second, 7, [nothing], 3);
  expect(() => checkLogOrder('x', history.units)).toThrow(/stands earlier in the log\nfirst/);
});

test('each write has a revision of its own, of its entry, rising within a request', () => {
  const told =
    (...revisions: readonly Revision[]) =>
    (): void => {
      const { history } = new Linearizable();
      const calls = revisions.map((): Call => ({ key: KEY, command: put(a) }));
      const unit = history.called('w', calls, 0);
      const results = revisions.map((revision): Result => ({ type: 'put', revision }));
      history.answered(unit, 5, results, 1);
      const other = history.called('v', [{ key: KEY, command: swap(isValue(a), b) }], 2);
      history.answered(other, 6, [swapped(6)], 3);
      checkRevisions('x', history.units);
    };
  expect(told(at(5, 0), at(5, 1), at(5, 4))).not.toThrow();
  expect(told(at(5, 1), at(5, 0))).toThrow(/5.0 is not in its place\nw/);
  expect(told(at(4, 1))).toThrow(/4.1 is not in its place/);
  expect(told(at(5, 1), at(5, 1))).toThrow(/two writes have revision 5.1/);
  expect(told(at(6, 0))).toThrow(/not in its place/);
});

test('what is shown names the key, the requests and their times', () => {
  const checker = tell('w w v v r r', {
    w: { command: put(a), answer: written(2) },
    v: { command: put(b), answer: written(3) },
    r: { command: get, answer: found(a, 2) },
  });
  expect(() => checker.finished()).toThrow(
    'linearizable: key k: no order of 3 requests explains the answers\n' +
      '2 of them can be put in order, the last ones:\n' +
      '  w [0 ms .. 1 ms, entry 1] put k "a" → written (2.0)\n' +
      '  v [2 ms .. 3 ms, entry 3] put k "b" → written (3.0)\n' +
      'after them stands k = "b" (3.0); none of these can come next:\n' +
      '  r [4 ms .. 5 ms, entry 5] get k → "a" (2.0)',
  );
});

test('an order that explains the answers, but is not the log’s', () => {
  const { history } = new Linearizable();
  const calls = (command: Command): readonly Call[] => [{ key: KEY, command }];
  const w = history.called('w', calls(put(a)), 0);
  const r = history.called('r', calls(get), 1);
  history.answered(w, 2, [written(2)], 2);
  history.answered(r, 3, [nothing], 3);
  expect(() => checkUnits('x', 'here', history.units)).toThrow(/though another one would/);
});

test('who cannot decide says so', () => {
  const { history } = new Linearizable();
  const values = Array.from({ length: 16 }, (_, i) => BigInt(i));
  const puts = values.map((value) =>
    history.called(`w${value}`, [{ key: KEY, command: put(value) }], 0),
  );
  for (const [i, unit] of puts.entries()) history.answered(unit, 2, [written(i)], 1);
  const read = history.called('r', [{ key: KEY, command: get }], 2);
  history.answered(read, 3, [found(99n, 99)], 3);
  const check = () => checkUnits('x', 'many', history.units, 1_000);
  expect(check).toThrow(Undecided);
  expect(check).toThrow('x: undecided after 1001 and 1001 steps: many, 17 requests');
});
