/**
 * Transactions as people write them:
 *
 *     {"if":   [{"key":"lock","exists":false}, {"key":"seats","relation":"greater","counter":"0"}],
 *      "then": [{"type":"put","key":"lock","value":"me"}, {"type":"increment","key":"seats","by":"-1"}],
 *      "else": [{"type":"get","key":"lock"}]}
 *
 * A compare names a `key` and one of `value` (or `counter`), `revision`, `exists`; with the first two, `relation` is
 * `equal` (if missing), `not-equal`, `less` or `greater`. An operation is `put`, `get`, `delete` or `increment`.
 */
import type { Compare, Operation, Relation, Revision, Transaction } from '../../client/api.ts';
import { limits } from '../../base/limits.ts';
import { FieldError, Fields, parseJson } from './fields.ts';

const RELATIONS: readonly Relation[] = ['equal', 'not-equal', 'less', 'greater'];
const OPERATIONS: readonly Operation['type'][] = ['put', 'get', 'delete', 'increment'];
const REVISION = /^(\d{1,15})\.(\d{1,10})$/u;

/** `17.2` as `showRevision` prints it; `0.0` is that of a key that does not exist. */
function parseRevision(text: string): Revision {
  const match = REVISION.exec(text);
  const order = BigInt(match?.[2] ?? 0);
  if (match === null || order > 0xffff_ffffn)
    throw new FieldError('field "revision" is not a revision such as "17.2"');
  return (BigInt(match[1] ?? 0) << 32n) | order;
}

function compareOf(fields: Fields): Compare {
  const key = fields.key();
  const exists = fields.flag('exists');
  const revision = fields.text('revision');
  const value = fields.value();
  const given = [exists, revision, value].filter((part) => part !== null).length;
  if (given !== 1) throw new FieldError('needs one of "value", "counter", "revision", "exists"');
  if (exists !== null) return { type: 'exists', key, exists };
  const relation = fields.word('relation', RELATIONS) ?? 'equal';
  if (value !== null) return { type: 'value', key, relation, value };
  return { type: 'revision', key, relation, revision: parseRevision(revision ?? '') };
}

function operationOf(fields: Fields): Operation {
  const type = fields.word('type', OPERATIONS);
  if (type === null) throw new FieldError(`has no "type": one of ${OPERATIONS.join(', ')}`);
  const key = fields.key();
  switch (type) {
    case 'put':
      return { type, key, value: fields.valueOrFail() };
    case 'increment':
      return { type, key, by: fields.int64('by') ?? 1n };
    default:
      return { type, key };
  }
}

/** Reads each item of a list, saying which one is wrong. */
function each<T>(fields: Fields, name: string, read: (item: Fields) => T): readonly T[] {
  const list = fields.list(name);
  if (list.length > limits.operationsPerTransactionMax)
    throw new FieldError(
      `"${name}" has ${list.length} items where at most ${limits.operationsPerTransactionMax} are allowed`,
    );
  return list.map((value, at) => {
    try {
      const item = new Fields(value);
      const result = read(item);
      item.end();
      return result;
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      throw new FieldError(`"${name}"[${at}] ${error.message}`, { cause: error });
    }
  });
}

/** The transaction of a JSON text, or what is wrong with it. */
export function parseTransaction(text: Uint8Array): Transaction | string {
  try {
    const fields = new Fields(parseJson(text));
    const transaction: Transaction = {
      compares: each(fields, 'if', compareOf),
      then: each(fields, 'then', operationOf),
      else: each(fields, 'else', operationOf),
    };
    fields.end();
    return transaction;
  } catch (error) {
    if (error instanceof FieldError) return error.message;
    throw error;
  }
}
