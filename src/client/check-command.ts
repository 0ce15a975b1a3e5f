/** What is wrong with a command is said before anything is signed or sent. */
import { limits } from '../base/limits.ts';
import type { Command, Compare, Operation } from '../machine/command.ts';
import { commandBytes, COMMAND_BYTES_MAX, commandProblem } from '../machine/command-problem.ts';
import type { CommandProblem } from '../machine/command-problem.ts';
import { TangaroaError } from './errors.ts';
import type { TangaroaErrorCode } from './errors.ts';

/** Nothing was sent, and nothing better comes of trying again. */
export function refusedHere(code: TangaroaErrorCode, message: string): TangaroaError {
  return new TangaroaError(code, `${message}: nothing was sent`, {
    outcome: 'not-applied',
    retryable: false,
  });
}

/** The error to fail with, or null for a command that can be sent. */
export function commandFault(command: Command): TangaroaError | null {
  const problem = commandProblem(command);
  return problem === null ? null : faultOf(problem, command);
}

function faultOf(problem: CommandProblem, command: Command): TangaroaError {
  switch (problem) {
    case 'key-empty':
      return refusedHere('invalid-argument', 'a key has at least one byte');
    case 'key-too-large':
      return refusedHere(
        'invalid-argument',
        `a key has ${longest(keysOf(command))} bytes where at most ${limits.keyBytesMax} are allowed`,
      );
    case 'value-too-large':
      return refusedHere(
        'value-too-large',
        `a value has ${longest(valuesOf(command))} bytes where at most ${limits.valueBytesMax} are allowed`,
      );
    case 'counter-out-of-range':
      return refusedHere('invalid-argument', 'a counter is a signed 64-bit number');
    case 'limit-out-of-range':
      return limitFault('limit' in command ? command.limit : 0);
    case 'revision-out-of-range':
      return refusedHere('invalid-argument', 'a revision is one that an answer gave, or 0n');
    case 'too-many-operations':
      return refusedHere(
        'invalid-argument',
        `a list of the transaction has ${longest(listsOf(command))} items where at most ` +
          `${limits.operationsPerTransactionMax} are allowed in each`,
      );
    case 'command-too-large':
      return refusedHere(
        'value-too-large',
        `a transaction has ${commandBytes(listsOf(command).flat())} bytes with all its keys and values, ` +
          `where at most ${COMMAND_BYTES_MAX} are allowed`,
      );
  }
}

/** Of one page. */
export function limitFault(limit: number): TangaroaError {
  return refusedHere(
    'invalid-argument',
    `a page has from 1 to ${limits.scanLimitMax} items, and not ${limit}`,
  );
}

function longest(things: readonly { readonly length: number }[]): number {
  return Math.max(...things.map(({ length }) => length));
}

function listsOf(command: Command): readonly (readonly (Operation | Compare)[])[] {
  return command.type === 'transaction' ? [command.compares, command.then, command.else] : [];
}

function keysOf(command: Command): readonly Uint8Array[] {
  if (command.type === 'scan')
    return command.end === null ? [command.start] : [command.start, command.end];
  return command.type === 'transaction'
    ? listsOf(command)
        .flat()
        .map(({ key }) => key)
    : [command.key];
}

function valuesOf(command: Command): readonly Uint8Array[] {
  const items = command.type === 'transaction' ? listsOf(command).flat() : [command];
  return items.flatMap((item) =>
    'value' in item && typeof item.value !== 'bigint' ? [item.value] : [],
  );
}
