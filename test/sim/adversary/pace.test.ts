import { expect, test } from 'vitest';
import { Pace } from './pace.ts';

function sum(pace: Pace, times: readonly number[]): number {
  return times.reduce((total, nowMs) => total + pace.due(nowMs), 0);
}

function every(stepMs: number, untilMs: number): readonly number[] {
  return Array.from({ length: Math.floor(untilMs / stepMs) + 1 }, (_, at) => at * stepMs);
}

test('as many as a second has, however often it is asked', () => {
  for (const stepMs of [1, 25, 40, 250])
    expect(sum(new Pace(50), every(stepMs, 2_000)), `every ${stepMs} ms`).toBe(101);
  expect(sum(new Pace(2), every(25, 2_000))).toBe(5);
});

test('the first at once, whenever that is', () => {
  expect(new Pace(1).due(123_456)).toBe(1);
});

test('what a long pause left undone stays undone', () => {
  const pace = new Pace(10);
  expect(pace.due(0)).toBe(1);
  expect(pace.due(60_000)).toBe(11);
  expect(pace.due(60_000)).toBe(0);
});
