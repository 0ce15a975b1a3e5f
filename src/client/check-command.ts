/** What is wrong with a command is said before anything is signed or sent. */
import { limits } from '../base/limits.ts';
import type { Command } from '../machine/command.ts';
import { commandProblem } from '../machine/command-problem.ts';
import type { CommandProblem } from '../machine/command-problem.ts';
import { TangaroaError } from './errors.ts';
import type { TangaroaErrorCode } from './errors.ts';

const PROBLEMS: Readonly<Record<CommandProblem, readonly [TangaroaErrorCode, string]>> = {
  'key-empty': ['invalid-argument', 'a key has at least one byte'],
  'key-too-large': ['invalid-argument', `a key has at most ${limits.keyBytesMax} bytes`],
  'value-too-large': ['value-too-large', `a value has at most ${limits.valueBytesMax} bytes`],
  'counter-out-of-range': ['invalid-argument', 'a counter is a signed 64-bit number'],
  'limit-out-of-range': ['invalid-argument', `a limit lies between 1 and ${limits.scanLimitMax}`],
  'revision-out-of-range': ['invalid-argument', 'a revision is one that an answer gave, or 0n'],
  'too-many-operations': [
    'invalid-argument',
    `a transaction has at most ${limits.operationsPerTransactionMax} compares, and as many operations in either list`,
  ],
  'command-too-large': [
    'value-too-large',
    `a transaction has at most ${limits.requestBytesMax} bytes with all its keys and values`,
  ],
};

/** The error to fail with, or null for a command that can be sent. */
export function commandFault(command: Command): TangaroaError | null {
  const problem = commandProblem(command);
  if (problem === null) return null;
  const [code, message] = PROBLEMS[problem];
  return new TangaroaError(code, `${message}: nothing was sent`, {
    outcome: 'not-applied',
    retryable: false,
  });
}
