/** That a node whose own answers go back, or are not of its state, is noticed. */
import { expect, test } from 'vitest';
import type { QueryResult } from '../../../src/machine/query.ts';
import { idOf } from '../../tangaroa/cluster.ts';
import { LocalReads } from './local-reads.ts';
import { a, found, nothing } from './words.ts';

const node = idOf(1);
const empty = nothing as QueryResult;

test('an index that goes back within a life', () => {
  const checker = new LocalReads();
  const early = checker.asked(node);
  checker.answered(checker.asked(node), 7, empty);
  // Asked before the other answer came: it may be older.
  checker.answered(early, 5, empty);
  expect(() => checker.answered(checker.asked(node), 6, empty)).toThrow(/n1 had applied 7/);
  expect(() => checker.answered(checker.asked(idOf(2)), 6, empty)).not.toThrow();
});

test('after a crash it may go back', () => {
  const checker = new LocalReads();
  checker.answered(checker.asked(node), 7, empty);
  const before = checker.asked(node);
  checker.ended(node);
  checker.answered(checker.asked(node), 4, empty);
  // What the former life was asked says nothing about this one.
  checker.answered(before, 9, empty);
  expect(() => checker.answered(checker.asked(node), 5, empty)).not.toThrow();
});

test('an item from later than the state it was read from', () => {
  const checker = new LocalReads();
  expect(() => checker.answered(checker.asked(node), 3, found(a, 3) as QueryResult)).not.toThrow();
  expect(() => checker.answered(checker.asked(node), 3, found(a, 4) as QueryResult)).toThrow(
    /written after 3/,
  );
});

test('a state that was not', () => {
  const checker = new LocalReads();
  checker.applied(node, { index: 3, hash: 'h3', stateDigest: 'd3' });
  const says = (applied: number, digest: string) => (): void =>
    checker.answered(checker.asked(node), applied, { type: 'state', index: 3, hash: 'h3', digest });
  expect(says(3, 'd3')).not.toThrow();
  expect(says(3, 'd2')).toThrow(/says 3 h3 d2, and it was h3 d3/);
  expect(says(4, 'd3')).toThrow(/n1 at 4 says 3/);
});
