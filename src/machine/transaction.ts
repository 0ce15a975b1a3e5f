/** Operations, alone or as the all-or-nothing lists of a transaction. */
import type { RequestBudget } from './budget.ts';
import type { Compare, Operation, Relation, Transaction } from './command.ts';
import { TransactionItems, type EntryItems, type Items } from './items.ts';
import { errorResult } from './result.ts';
import type { ErrorResult, OperationResult, TransactionResult } from './result.ts';
import { compareRevisions, compareValues, COUNTER_MAX, COUNTER_MIN, NO_REVISION } from './value.ts';

function add(items: Items, key: Uint8Array, by: bigint): OperationResult | ErrorResult {
  const before = items.get(key)?.value ?? 0n;
  if (typeof before !== 'bigint') return errorResult('not-a-counter');
  const value = before + by;
  if (value < COUNTER_MIN || value > COUNTER_MAX) return errorResult('counter-overflow');
  return { type: 'increment', value, revision: items.put(key, value) };
}

/** Does one operation; an error did nothing. */
export function operate(items: Items, operation: Operation): OperationResult | ErrorResult {
  switch (operation.type) {
    case 'put':
      return { type: 'put', revision: items.put(operation.key, operation.value) };
    case 'get':
      return { type: 'get', found: items.get(operation.key) };
    case 'delete': {
      const existed = items.get(operation.key) !== null;
      if (existed) items.delete(operation.key);
      return { type: 'delete', existed };
    }
    case 'increment':
      return add(items, operation.key, operation.by);
  }
}

/** At least as many bytes as the result takes, without encoding it. */
export function sizeOf(result: OperationResult): number {
  if (result.type !== 'get' || result.found === null) return 21;
  const { value } = result.found;
  return 19 + (typeof value === 'bigint' ? 8 : value.length);
}

/** `order` is null where nothing can be ordered: one is bytes and the other a counter, or nothing is there. */
function isRelated(relation: Relation, order: number | null): boolean {
  switch (relation) {
    case 'equal':
      return order === 0;
    case 'not-equal':
      return order !== 0;
    case 'less':
      return order !== null && order < 0;
    case 'greater':
      return order !== null && order > 0;
  }
}

function holds(items: Items, compare: Compare): boolean {
  const stored = items.get(compare.key);
  switch (compare.type) {
    case 'exists':
      return (stored !== null) === compare.exists;
    case 'value': {
      const order = stored === null ? null : compareValues(stored.value, compare.value);
      return isRelated(compare.relation, order);
    }
    case 'revision': {
      const order = compareRevisions(stored?.revision ?? NO_REVISION, compare.revision);
      return isRelated(compare.relation, order);
    }
  }
}

/** What a transaction may run, whichever list it takes. */
export function operationsOf(transaction: Transaction): number {
  return transaction.compares.length + Math.max(transaction.then.length, transaction.else.length);
}

/** All of one list, or an error that names the operation that failed and nothing done. */
export function transact(
  entry: EntryItems,
  transaction: Transaction,
  budget: RequestBudget,
): TransactionResult | ErrorResult {
  const succeeded = transaction.compares.every((compare) => holds(entry, compare));
  const items = new TransactionItems(entry);
  const results: OperationResult[] = [];
  let bytes = 6;
  for (const [at, operation] of (succeeded ? transaction.then : transaction.else).entries()) {
    const result = operate(items, operation);
    if (result.type === 'error') return errorResult(result.code, at);
    bytes += sizeOf(result);
    const refusal = budget.refuses(bytes);
    if (refusal !== null) return errorResult(refusal, at);
    results.push(result);
  }
  items.commit();
  return { type: 'transaction', succeeded, results };
}
