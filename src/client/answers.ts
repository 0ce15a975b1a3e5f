/** Between the machine's codec and what callers see. */
import { utf8 } from '../base/bytes.ts';
import type { NodeId } from '../consensus/model/ids.ts';
import type * as Machine from '../machine/command.ts';
import type { OperationResult, Result, ResultCode, ScanResult } from '../machine/result.ts';
import { decodeResult } from '../machine/result.ts';
import type * as MachineValue from '../machine/value.ts';
import type * as Api from './api.ts';
import { TangaroaError } from './errors.ts';
import type { ErrorOutcome } from './errors.ts';
import { incompatible, refusedForGood } from './explain.ts';

const ORDER_BITS = 32n;

export function toBytes(bytes: Api.Bytes): Uint8Array {
  return typeof bytes === 'string' ? utf8(bytes) : bytes;
}

export function toValue(value: Api.Bytes | bigint): MachineValue.Value {
  return typeof value === 'string' ? utf8(value) : value;
}

export function toRevision({ index, order }: MachineValue.Revision): Api.Revision {
  return (BigInt(index) << ORDER_BITS) | BigInt(order);
}

/** A revision out of range stays out of range, for `commandProblem` to find. */
function fromRevision(revision: Api.Revision): MachineValue.Revision {
  return {
    index: Number(revision >> ORDER_BITS),
    order: Number(revision & ((1n << ORDER_BITS) - 1n)),
  };
}

export function toOperation(operation: Api.Operation): Machine.Operation {
  const key = toBytes(operation.key);
  switch (operation.type) {
    case 'put':
      return { type: 'put', key, value: toValue(operation.value) };
    case 'increment':
      return { type: 'increment', key, by: operation.by };
    case 'get':
    case 'delete':
      return { type: operation.type, key };
  }
}

export function toCompare(compare: Api.Compare): Machine.Compare {
  const key = toBytes(compare.key);
  switch (compare.type) {
    case 'value':
      return { type: 'value', key, relation: compare.relation, value: toValue(compare.value) };
    case 'revision': {
      const revision = fromRevision(compare.revision);
      return { type: 'revision', key, relation: compare.relation, revision };
    }
    case 'exists':
      return { type: 'exists', key, exists: compare.exists };
  }
}

export function toOperationAnswer(result: OperationResult): Api.OperationAnswer {
  switch (result.type) {
    case 'put':
      return { type: 'put', revision: toRevision(result.revision) };
    case 'get':
      return { type: 'get', ...toFound(result.found) };
    case 'delete':
      return { type: 'delete', existed: result.existed };
    case 'increment':
      return { type: 'increment', value: result.value, revision: toRevision(result.revision) };
  }
}

export function toFound(
  found: { readonly value: MachineValue.Value; readonly revision: MachineValue.Revision } | null,
): { readonly value: MachineValue.Value | null; readonly revision: Api.Revision } {
  return found === null
    ? { value: null, revision: 0n }
    : { value: found.value, revision: toRevision(found.revision) };
}

export function toPage(result: ScanResult, provenance: Api.Provenance): Api.ScanPage {
  const items = result.items.map(({ key, value, revision }) => ({
    key,
    value,
    revision: toRevision(revision),
  }));
  return { items, next: result.next, ...provenance };
}

/** f+1 voters signed it. */
export function agreed(index: number): Api.Provenance {
  return { index: BigInt(index), verified: true, node: null };
}

/** One node said it: of a local read, or of anything in a Raft cluster. */
export function wordOf(node: NodeId, index: bigint): Api.Provenance {
  return { index, verified: false, node };
}

/** The results of a kind of command. */
type ResultOf<K extends Result['type']> = Extract<Result, { readonly type: K }>;

/** The result as what was asked for, or the error that says why not. */
export function expectResult<K extends Exclude<Result['type'], 'error'>>(
  type: K,
  result: Result,
  outcome: ErrorOutcome = 'applied',
): ResultOf<K> | TangaroaError {
  if (result.type === type) return result as ResultOf<K>;
  return result.type === 'error' ? failure(result.code, result.operation) : incompatible(outcome);
}

/** Null for bytes that are no result. */
export function readResult(bytes: Uint8Array): Result | null {
  const decoded = decodeResult(bytes);
  return decoded.ok ? decoded.value : null;
}

/** C2: the session's verdict in the one result of a void request. */
export function readVoid(bytes: Uint8Array): 'too-old' | 'sequence-reused' | null {
  const result = readResult(bytes);
  if (result?.type !== 'error') return null;
  return result.code === 'too-old' || result.code === 'sequence-reused' ? result.code : null;
}

/** Errors that come of sharing a request or an entry with others: the machine did nothing, and may next time. */
export function isWorthAnother(code: ResultCode, commandsInRequest: number): boolean {
  if (code === 'busy') return true;
  return commandsInRequest > 1 && (code === 'result-too-large' || code === 'too-many-operations');
}

const NOT_APPLIED: { readonly outcome: ErrorOutcome; readonly retryable: boolean } = {
  outcome: 'not-applied',
  retryable: false,
};

/** An error result: nothing of the command was done. */
export function failure(code: ResultCode, operation: number | null): TangaroaError {
  const where = operation === null ? '' : ` (operation ${operation} of the transaction)`;
  switch (code) {
    case 'forbidden':
      return refusedForGood('forbidden', `not allowed to this role${where}`);
    case 'not-a-counter':
      return new TangaroaError(
        'wrong-type',
        `the value is bytes, not a counter${where}: put a counter there first (a bigint; on the command line put --counter). Nothing was applied.`,
        NOT_APPLIED,
      );
    case 'counter-overflow':
      return new TangaroaError(
        'wrong-type',
        `the counter would leave signed 64 bits${where}. Nothing was applied.`,
        NOT_APPLIED,
      );
    case 'result-too-large':
      return new TangaroaError(
        'value-too-large',
        `the answer is larger than one may be${where}: ask for less at once. Nothing was applied.`,
        NOT_APPLIED,
      );
    case 'too-many-operations':
      return new TangaroaError(
        'invalid-argument',
        `more operations than one request may run${where}. Nothing was applied.`,
        NOT_APPLIED,
      );
    case 'busy':
      return new TangaroaError(
        'overloaded',
        'the nodes are busy: try again. Nothing was applied.',
        {
          outcome: 'not-applied',
          retryable: true,
        },
      );
    case 'too-old':
    case 'sequence-reused':
    case 'invalid-command':
    case 'invalid-request':
    case 'invalid-query':
      return incompatible('not-applied');
  }
}
