/** That increments which happen twice, or never, are noticed. */
import { expect, test } from 'vitest';
import { ExactlyOnce } from './exactly-once.ts';

function issued(times: number): ExactlyOnce {
  const checker = new ExactlyOnce();
  for (let i = 0; i < times; i++) checker.issued('c');
  return checker;
}

test('each answer is another value, and none is above the number of increments', () => {
  const checker = issued(2);
  checker.acknowledged('c', 2n, 'x');
  expect(() => checker.acknowledged('c', 2n, 'y')).toThrow(/reached 2 for x and for y/);
  expect(() => checker.acknowledged('c', 3n, 'y')).toThrow(/reached 3 by 2 increments/);
});

test('in the end every increment was answered', () => {
  const checker = issued(2);
  checker.acknowledged('c', 1n, 'x');
  expect(() => checker.finished()).toThrow(/1 answers to 2 increments/);
  checker.acknowledged('c', 2n, 'y');
  expect(() => checker.finished()).not.toThrow();
});
