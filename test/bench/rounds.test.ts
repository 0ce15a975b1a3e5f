import { expect, test } from 'vitest';
import { killAfterMs, sharesOf } from '../../bench/run/kills.mjs';
import { bySubject, inOrder } from '../../bench/run/rounds.mjs';
import { parseSubject } from '../../bench/cluster/subjects.mjs';
import { closed } from '../../bench/workloads.mjs';

const [a, b] = [parseSubject('raft:3'), parseSubject('tangaroa:4')];
const row = (subject: typeof a, inFlight: number) => {
  const workload = closed('put', inFlight, 200);
  return { id: `${subject.id} ${workload.id}`, subject, workload };
};

test('rows of one subject are measured together, subjects in the order in which they come', () => {
  const groups = bySubject([row(a, 1), row(b, 1), row(a, 64)]);
  expect(groups.map(({ subject, rows }) => [subject.id, rows.length])).toEqual([
    ['raft:3', 2],
    ['tangaroa:4', 1],
  ]);
});

test('every other round goes backwards, through the rows of a subject too', () => {
  const groups = bySubject([row(a, 1), row(a, 64), row(b, 1)]);
  const order = (round: number) =>
    groups
      .flatMap((_, at) => inOrder(inOrder(groups, round)[at]?.rows ?? [], round))
      .map(({ id }) => id);
  const forwards = ['raft:3 put-200-1', 'raft:3 put-200-64', 'tangaroa:4 put-200-1'];
  expect(order(1)).toEqual(forwards);
  expect(order(2)).toEqual(forwards.toReversed());
  expect(order(3)).toEqual(forwards);
});

test('more in flight than the session window of a key takes more keys', () => {
  expect([1, 256, 257, 1_000].map((inFlight) => closed('put', inFlight, 200).clients)).toEqual([
    1, 1, 2, 4,
  ]);
});

test('kills are spread over the rounds, none is lost', () => {
  expect(sharesOf(30, 3)).toEqual([10, 10, 10]);
  expect(sharesOf(7, 3)).toEqual([2, 2, 3]);
  expect(sharesOf(1, 3)).toEqual([0, 0, 1]);
});

test('kills fall at different moments of the time between heartbeats', () => {
  const moments = Array.from({ length: 30 }, (_, at) => killAfterMs(at));
  expect(new Set(moments.map((ms) => Math.floor(ms / 10))).size).toBeGreaterThan(15);
});
