/** What kept a node from starting or stopped it, as an error that tells an operator what to do. */
import path from 'node:path';
import { HostFailure } from '../host/failure.ts';
import { DamagedState } from '../machine/database.ts';
import { damagedPart, databaseError, DiskError } from './disk-error.ts';
import { errorCodes } from './error-code.ts';
import { DamageError, HaltedError, OwnerMismatchError } from './log-errors.ts';

/** Why a host stopped by itself: named by what it was at, its cause kept. */
export function runningFailure(directory: string, error: unknown): unknown {
  if (!(error instanceof HostFailure)) return error;
  const { cause } = error;
  if (cause instanceof DamageError) return cause;
  switch (error.code) {
    case 'halted':
      return new HaltedError(error.code, error.message, []);
    case 'store-failed':
      return databaseError('log', path.join(directory, 'log'), cause);
    case 'machine-failed':
      return cause instanceof DamagedState || errorCodes(cause).length > 0
        ? stateError(directory, cause)
        : error;
    case 'internal':
      return error;
  }
}

export function openingFailure(directory: string, error: unknown): unknown {
  if (error instanceof OwnerMismatchError)
    return new DiskError(error.code, path.join(directory, 'node.key'), error.message, error);
  return error instanceof DamagedState ? stateError(directory, error) : error;
}

/** The machine's state is no promise to anybody: the log has all of it. */
function stateError(directory: string, cause: unknown): DiskError {
  const state = path.join(directory, 'state');
  return cause instanceof DamagedState
    ? damagedPart('state', state, cause.message, cause)
    : databaseError('state', state, cause);
}
