/** What keeps a command from being encoded: for a client to say before it signs anything. */
import { limits } from '../base/limits.ts';
import type { Command, Compare, Operation } from './command.ts';
import { COUNTER_MAX, COUNTER_MIN, type Value } from './value.ts';

/** Stable codes. */
export type CommandProblem =
  | 'key-empty'
  | 'key-too-large'
  | 'value-too-large'
  | 'counter-out-of-range'
  | 'limit-out-of-range'
  | 'revision-out-of-range'
  | 'too-many-operations'
  | 'command-too-large';

const RANGE_OF_ORDER = 0xffff_ffff;
/** What a request adds around its commands: statement, signature, lengths. */
const REQUEST_OVERHEAD_BYTES = 4_096;
export const COMMAND_BYTES_MAX: number = limits.requestBytesMax - REQUEST_OVERHEAD_BYTES;

function ofKey(key: Uint8Array): CommandProblem | null {
  if (key.length === 0) return 'key-empty';
  return key.length > limits.keyBytesMax ? 'key-too-large' : null;
}

function ofCounter(value: bigint): CommandProblem | null {
  return value < COUNTER_MIN || value > COUNTER_MAX ? 'counter-out-of-range' : null;
}

function ofValue(value: Value): CommandProblem | null {
  if (typeof value === 'bigint') return ofCounter(value);
  return value.length > limits.valueBytesMax ? 'value-too-large' : null;
}

function isWhole(value: number, low: number, high: number): boolean {
  return Number.isSafeInteger(value) && value >= low && value <= high;
}

function ofOperation(operation: Operation): CommandProblem | null {
  const problem = ofKey(operation.key);
  if (problem !== null) return problem;
  if (operation.type === 'put') return ofValue(operation.value);
  return operation.type === 'increment' ? ofCounter(operation.by) : null;
}

function ofCompare(compare: Compare): CommandProblem | null {
  const problem = ofKey(compare.key);
  if (problem !== null) return problem;
  if (compare.type === 'value') return ofValue(compare.value);
  if (compare.type === 'exists') return null;
  const { index, order } = compare.revision;
  return isWhole(index, 0, Number.MAX_SAFE_INTEGER) && isWhole(order, 0, RANGE_OF_ORDER)
    ? null
    : 'revision-out-of-range';
}

function first<T>(
  items: readonly T[],
  problemOf: (item: T) => CommandProblem | null,
): CommandProblem | null {
  for (const item of items) {
    const problem = problemOf(item);
    if (problem !== null) return problem;
  }
  return null;
}

function sizeOf(item: Operation | Compare): number {
  const value = 'value' in item && typeof item.value !== 'bigint' ? item.value.length : 16;
  return item.key.length + value + 16;
}

/** What the compares and operations of a transaction take, as it is judged. */
export function commandBytes(items: readonly (Operation | Compare)[]): number {
  return items.reduce((sum, item) => sum + sizeOf(item), 0);
}

/** Null for a command that can be encoded, decoded and sent in a request of its own; otherwise why not. */
export function commandProblem(command: Command): CommandProblem | null {
  switch (command.type) {
    case 'scan': {
      const bounds = command.end === null ? [command.start] : [command.start, command.end];
      if (bounds.some((bound) => bound.length > limits.keyBytesMax)) return 'key-too-large';
      return isWhole(command.limit, 1, limits.scanLimitMax) ? null : 'limit-out-of-range';
    }
    case 'transaction': {
      const lists = [command.compares, command.then, command.else];
      if (lists.some((list) => list.length > limits.operationsPerTransactionMax))
        return 'too-many-operations';
      const bytes = commandBytes(lists.flat());
      const problem =
        first(command.compares, ofCompare) ??
        first(command.then, ofOperation) ??
        first(command.else, ofOperation);
      if (problem !== null) return problem;
      return bytes > COMMAND_BYTES_MAX ? 'command-too-large' : null;
    }
    default:
      return ofOperation(command);
  }
}
