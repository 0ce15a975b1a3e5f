/** Random commands and results. */
import fc from 'fast-check';
import type { Command, Compare, Operation, Relation } from '../../src/machine/command.ts';
import { RESULT_CODES, type OperationResult, type Result } from '../../src/machine/result.ts';
import {
  COUNTER_MAX,
  COUNTER_MIN,
  type Item,
  type Revision,
  type Value,
} from '../../src/machine/value.ts';

export const counters: fc.Arbitrary<bigint> = fc.bigInt({ min: COUNTER_MIN, max: COUNTER_MAX });
export const anyKeys: fc.Arbitrary<Uint8Array> = fc.uint8Array({ minLength: 1, maxLength: 40 });
/** Few keys, so that commands meet; with bytes at both ends and prefixes of each other. */
export const fewKeys: fc.Arbitrary<Uint8Array> = fc.constantFrom(
  ...[[0], [0, 0], [1], [1, 0], [1, 255], [97], [97, 98], [255], [255, 255]].map((bytes) =>
    Uint8Array.from(bytes),
  ),
);
export const values: fc.Arbitrary<Value> = fc.oneof(fc.uint8Array({ maxLength: 30 }), counters);
/** Few values, so that compares hold at times and counters overflow at times. */
export const fewValues: fc.Arbitrary<Value> = fc.constantFrom<Value>(
  new Uint8Array(),
  Uint8Array.of(1),
  Uint8Array.of(1, 2),
  0n,
  5n,
  COUNTER_MAX,
  COUNTER_MIN,
);

export function revisions(max: number): fc.Arbitrary<Revision> {
  return fc.record({ index: fc.nat({ max }), order: fc.nat({ max: 3 }) });
}

const relations = fc.constantFrom<Relation>('equal', 'not-equal', 'less', 'greater');

function compares(keys: fc.Arbitrary<Uint8Array>, of: fc.Arbitrary<Value>): fc.Arbitrary<Compare> {
  return fc.oneof(
    fc.record({ type: fc.constant('value' as const), key: keys, relation: relations, value: of }),
    fc.record({
      type: fc.constant('revision' as const),
      key: keys,
      relation: relations,
      revision: revisions(12),
    }),
    fc.record({ type: fc.constant('exists' as const), key: keys, exists: fc.boolean() }),
  );
}

function operations(
  keys: fc.Arbitrary<Uint8Array>,
  of: fc.Arbitrary<Value>,
): fc.Arbitrary<Operation> {
  const by = fc.oneof(fc.bigInt({ min: -3n, max: 3n }), counters);
  return fc.oneof(
    fc.record({ type: fc.constant('put' as const), key: keys, value: of }),
    fc.record({ type: fc.constant('get' as const), key: keys }),
    fc.record({ type: fc.constant('delete' as const), key: keys }),
    fc.record({ type: fc.constant('increment' as const), key: keys, by }),
  );
}

export function commands(
  keys: fc.Arbitrary<Uint8Array>,
  of: fc.Arbitrary<Value>,
): fc.Arbitrary<Command> {
  const operation = operations(keys, of);
  const bound = fc.oneof(keys, fc.constant(new Uint8Array()));
  return fc.oneof(
    { weight: 4, arbitrary: operation },
    {
      weight: 1,
      arbitrary: fc.record({
        type: fc.constant('scan' as const),
        start: bound,
        end: fc.option(bound),
        limit: fc.integer({ min: 1, max: 6 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        type: fc.constant('transaction' as const),
        compares: fc.array(compares(keys, of), { maxLength: 3 }),
        then: fc.array(operation, { maxLength: 4 }),
        else: fc.array(operation, { maxLength: 4 }),
      }),
    },
  );
}

const revision = revisions(1_000);
const operationResults: fc.Arbitrary<OperationResult> = fc.oneof(
  fc.record({ type: fc.constant('put' as const), revision }),
  fc.record({
    type: fc.constant('get' as const),
    found: fc.option(fc.record({ value: values, revision })),
  }),
  fc.record({ type: fc.constant('delete' as const), existed: fc.boolean() }),
  fc.record({ type: fc.constant('increment' as const), value: counters, revision }),
);
const items: fc.Arbitrary<Item> = fc.record({ key: anyKeys, value: values, revision });

export const results: fc.Arbitrary<Result> = fc.oneof(
  operationResults,
  fc.record({
    type: fc.constant('scan' as const),
    items: fc.array(items, { maxLength: 5 }),
    next: fc.option(anyKeys),
  }),
  fc.record({
    type: fc.constant('transaction' as const),
    succeeded: fc.boolean(),
    results: fc.array(operationResults, { maxLength: 5 }),
  }),
  fc.record({
    type: fc.constant('error' as const),
    code: fc.constantFrom(...RESULT_CODES),
    operation: fc.option(fc.nat({ max: 127 })),
  }),
);
