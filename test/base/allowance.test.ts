import { expect, test } from 'vitest';
import { Allowance } from '../../src/base/allowance.ts';

test('an allowance is paid back by time, debts first, and never above what there was', () => {
  const allowance = new Allowance({ max: 10, perSecond: 100 });
  expect(allowance.has(0)).toBe(true);
  allowance.take(15, 0);
  expect([allowance.has(0), allowance.has(50), allowance.has(51)]).toEqual([false, false, true]);
  allowance.take(10, 1_000_000);
  expect(allowance.has(1_000_000)).toBe(false);
  expect(allowance.has(0)).toBe(false);
});

test('a time that was passed already pays nothing back twice', () => {
  const allowance = new Allowance({ max: 10, perSecond: 100 });
  allowance.take(15, 1_000);
  allowance.take(0, 900);
  expect(allowance.has(1_040)).toBe(false);
  expect(allowance.has(1_060)).toBe(true);
});
