/** The search decides what brute force decides, and long histories at once. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Result } from '../../../src/machine/result.ts';
import type { Command, Unit } from './history.ts';
import { History } from './history.ts';
import type { Content } from './key-value-model.ts';
import { contentsAfter, KeyValueState } from './key-value-model.ts';
import { checkUnits } from './linearizable.ts';
import { search } from './search.ts';
import {
  KEY,
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

const commands: fc.Arbitrary<Command> = fc.oneof(
  fc.constantFrom<Command>(get, remove, increment(), put(1n), put(2n), put(a), put(b)),
  fc.constantFrom<Command>(swap(isValue(a), b), swap(isValue(1n), 5n), swap(isValue(b), 7n)),
);
const ANSWERS: readonly Result[] = [
  nothing,
  ...[1, 2].map((index) => written(index)),
  ...[1n, 2n, 3n].map((value) => counted(value, 3)),
  ...[a, b, 1n, 2n, 3n].flatMap((value) => [1, 2, 3].map((index) => found(value, index))),
  ...[true, false].map((existed): Result => ({ type: 'delete', existed })),
  swapped(3),
  ...[a, b, 1n].map((value) => kept(value, 1)),
  error('not-a-counter'),
];

interface Sketch {
  readonly command: Command;
  /** How long before and after its moment it is under way; moments come one by one. */
  readonly before: number;
  readonly after: number;
  /** Which of the answers it gets: one that is right at its moment, or any at all. */
  readonly answer: number;
  readonly isRight: boolean;
  readonly isAnswered: boolean;
}

const sketches: fc.Arbitrary<readonly Sketch[]> = fc.array(
  fc.record({
    command: commands,
    before: fc.nat(30),
    after: fc.nat(30),
    answer: fc.nat(1_000),
    isRight: fc.constantFrom(true, true, true, true, true, true, false),
    isAnswered: fc.constantFrom(true, true, true, true, false),
  }),
  { maxLength: 6 },
);

function unitsOf(all: readonly Sketch[]): readonly Unit[] {
  let content: Content = null;
  const units = all.map((sketch, i): Unit => {
    const { command, before, after, answer, isRight, isAnswered } = sketch;
    const isPossible = (each: Result): boolean => contentsAfter(content, command, each).length > 0;
    const right = isRight ? ANSWERS.filter(isPossible) : ANSWERS;
    const result = right[answer % right.length];
    content = contentsAfter(content, command, result ?? null)[0] ?? content;
    const moment = 10 * i + i / 100;
    return {
      name: `u${i}`,
      calls: [{ key: KEY, command }],
      called: { order: moment - before, ms: moment - before },
      answer:
        isAnswered && result !== undefined
          ? { order: moment + after + 0.001, ms: moment + after, index: 1, results: [result] }
          : null,
    };
  });
  return units;
}

/** Every order of every choice of units, one after another. */
function bruteForce(units: readonly Unit[]): boolean {
  const go = (state: KeyValueState, left: readonly Unit[]): boolean => {
    if (left.every(({ answer }) => answer === null)) return true;
    return left.some((unit) => {
      const rest = left.filter((other) => other !== unit);
      const isEarly = rest.some(({ answer }) => (answer?.order ?? Infinity) < unit.called.order);
      return !isEarly && state.after(unit).some((next) => go(next, rest));
    });
  };
  return go(new KeyValueState(), units);
}

test('decides what brute force decides', () => {
  let linearizable = 0;
  let wrong = 0;
  fc.assert(
    fc.property(sketches, (all) => {
      const units = unitsOf(all);
      const expected = bruteForce(units);
      if (units.length > 2 && expected) linearizable++;
      if (units.length > 2 && !expected) wrong++;
      expect(search(units, { stepsMax: 100_000, isLogOrder: false }).type).toBe(
        expected ? 'linearizable' : 'not linearizable',
      );
    }),
    { numRuns: 3_000, seed: 1 },
  );
  // Right and wrong ones of some length: neither is rare.
  expect(linearizable).toBeGreaterThan(400);
  expect(wrong).toBeGreaterThan(400);
});

test('hundreds of requests on one key are decided at once, right or wrong', () => {
  const history = new History();
  let state = new KeyValueState();
  const underWay: { readonly unit: Unit; readonly index: number; readonly results: Result[] }[] =
    [];
  for (let i = 0; i < 1_000; i++) {
    const command = i % 5 === 0 ? get : put(BigInt(i));
    const unit = history.called(`u${i}`, [{ key: KEY, command }], i);
    const shown = /= (\d+) \((\d+)/.exec(state.text);
    const result =
      command.type === 'put' ? written(i) : found(BigInt(shown?.[1] ?? 0), Number(shown?.[2] ?? 0));
    if (i > 0 && command.type === 'put')
      state = new KeyValueState().with(KEY, { value: BigInt(i), revision: at(i) });
    underWay.push({ unit, index: i, results: [i === 0 ? nothing : result] });
    // Eight are under way at any time, and the log orders them as they were called.
    const oldest = underWay.length > 8 ? underWay.shift() : undefined;
    if (oldest !== undefined) history.answered(oldest.unit, oldest.index, oldest.results, i);
  }
  const { units } = history;
  expect(search(units, { stepsMax: 1_001, isLogOrder: true }).type).toBe('linearizable');
  expect(search(units, { stepsMax: 1_001, isLogOrder: false }).type).toBe('linearizable');
  const wrong = units.map((unit, i) =>
    i !== 905 || unit.answer === null
      ? unit
      : { ...unit, answer: { ...unit.answer, results: [found(BigInt(880), 880)] } },
  );
  expect(() => checkUnits('x', 'wrong', wrong, 10_000)).toThrow(
    /order of the log does not explain/,
  );
});
