/** Errors of node/ that a person can mend, as errors of the command line. */
import { HostFailure } from '../host/failure.ts';
import type { HostFailureCode } from '../host/failure.ts';
import { ListenError } from '../node/address.ts';
import { DiskError } from '../node/disk-error.ts';
import type { DiskErrorCode } from '../node/disk-error.ts';
import { KeyFileError } from '../node/key-files.ts';
import type { KeyFileCode } from '../node/key-files.ts';
import { DamageError, GenesisMismatchError, HaltedError } from '../node/log-errors.ts';
import { CliError, systemError } from './cli-error.ts';
import type { ExitName } from './exit-codes.ts';

const KEY_EXITS: Readonly<Record<KeyFileCode, ExitName>> = {
  'key-missing': 'environment',
  'key-exists': 'environment',
  'key-corrupted': 'damaged',
  'key-wrong-kind': 'damaged',
  'key-permissions': 'environment',
  'key-owner': 'environment',
  'key-unreadable': 'environment',
  'key-unwritable': 'environment',
};

const DISK_EXITS: Readonly<Record<DiskErrorCode, ExitName>> = {
  'data-missing': 'environment',
  'data-exists': 'environment',
  'data-not-a-directory': 'environment',
  'data-not-writable': 'environment',
  'data-read-only': 'environment',
  'data-locked': 'environment',
  'data-damaged': 'damaged',
  'disk-full': 'environment',
  'disk-failed': 'environment',
  'genesis-invalid': 'damaged',
  'key-not-listed': 'damaged',
  'key-not-of-log': 'damaged',
};

const HOST_EXITS: Readonly<Record<HostFailureCode, ExitName>> = {
  halted: 'damaged',
  'store-failed': 'environment',
  'machine-failed': 'environment',
  internal: 'internal',
};

/** A host that stopped by itself: what stands behind it, where that is something an operator knows. */
function fromHostFailure(failure: HostFailure): CliError {
  const behind = fromNodeError('go on', failure.cause);
  if (behind instanceof CliError) return behind;
  return new CliError(HOST_EXITS[failure.code], `the node stopped: ${failure.message}`, {
    code: failure.code,
    cause: failure,
  });
}

/** `what` is what was tried, for errors of the operating system: `cannot <what>: …`. */
export function fromNodeError(what: string, error: unknown): unknown {
  if (error instanceof KeyFileError)
    return new CliError(KEY_EXITS[error.code], error.message, { code: error.code, cause: error });
  if (error instanceof HostFailure) return fromHostFailure(error);
  if (error instanceof DiskError)
    return new CliError(DISK_EXITS[error.code], error.message, { code: error.code, cause: error });
  if (
    error instanceof DamageError ||
    error instanceof GenesisMismatchError ||
    error instanceof HaltedError
  )
    return new CliError('damaged', error.message, { code: error.code, cause: error });
  if (error instanceof ListenError)
    return new CliError('environment', error.message, {
      code: error.code,
      cause: error,
      ...(error.code === 'address-in-use' ? { hint: 'stop that process, or use other ports' } : {}),
    });
  return systemError(what, error);
}
