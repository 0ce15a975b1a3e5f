/** Words for histories written by hand: commands on one key, and answers to them. */
import { utf8 } from '../../../src/base/bytes.ts';
import type { Compare, Operation, Transaction } from '../../../src/machine/command.ts';
import type { ErrorResult, Result, TransactionResult } from '../../../src/machine/result.ts';
import type { Revision, Value } from '../../../src/machine/value.ts';

export const KEY = 'k';
export const key = utf8(KEY);
export const at = (index: number, order = 0): Revision => ({ index, order });
export const put = (value: Value): Operation => ({ type: 'put', key, value });
export const get: Operation = { type: 'get', key };
export const remove: Operation = { type: 'delete', key };
export const increment = (by = 1n): Operation => ({ type: 'increment', key, by });
export const swap = (compare: Compare, value: Value): Transaction => ({
  type: 'transaction',
  compares: [compare],
  then: [put(value)],
  else: [get],
});
export const isValue = (value: Value): Compare => ({
  type: 'value',
  key,
  relation: 'equal',
  value,
});

export const written = (index: number): Result => ({ type: 'put', revision: at(index) });
export const found = (value: Value, index: number): Result => ({
  type: 'get',
  found: { value, revision: at(index) },
});
export const nothing: Result = { type: 'get', found: null };
export const counted = (value: bigint, index: number): Result => ({
  type: 'increment',
  value,
  revision: at(index),
});
export const swapped = (index: number): TransactionResult => ({
  type: 'transaction',
  succeeded: true,
  results: [{ type: 'put', revision: at(index) }],
});
export const kept = (value: Value, index: number): TransactionResult => ({
  type: 'transaction',
  succeeded: false,
  results: [{ type: 'get', found: { value, revision: at(index) } }],
});
export const error = (code: ErrorResult['code'], operation: number | null = null): ErrorResult => ({
  type: 'error',
  code,
  operation,
});

export const a = utf8('a');
export const b = utf8('b');
