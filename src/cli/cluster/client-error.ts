/** Errors of the client library, as errors of the command line. */
import { TangaroaError, describeMissing } from '../../client/errors.ts';
import type { TangaroaErrorCode } from '../../client/errors.ts';
import { CliError } from '../cli-error.ts';
import type { ExitName } from '../exit-codes.ts';

const EXITS: Readonly<Record<TangaroaErrorCode, ExitName>> = {
  'no-quorum': 'unavailable',
  timeout: 'unavailable',
  aborted: 'interrupted',
  overloaded: 'unavailable',
  'too-old': 'environment',
  'sequence-reused': 'environment',
  'value-too-large': 'input',
  'invalid-argument': 'input',
  'wrong-type': 'input',
  forbidden: 'refused',
  'unknown-client': 'refused',
  'wrong-cluster': 'refused',
  unreachable: 'unavailable',
  closed: 'internal',
  incompatible: 'refused',
};

const HINTS: Partial<Readonly<Record<TangaroaErrorCode, string>>> = {
  'no-quorum': 'start the missing nodes and try again',
  timeout: 'see tangaroa status, or wait longer with --timeout',
  overloaded: 'try again in a moment',
  'too-old': 'another process uses the same client key: give each its own with --key',
  'sequence-reused': 'another process uses the same client key: give each its own with --key',
  forbidden: 'use a key with a higher role: --key writer or --key admin',
  'unknown-client': 'this key is not in the genesis: check --key and --cluster',
  'wrong-cluster':
    'the nodes at these addresses were started from another genesis: check --cluster',
  unreachable: 'see tangaroa status',
};

function exitOf(error: TangaroaError): ExitName {
  const isSilence = error.code === 'timeout';
  return isSilence && error.outcome === 'unknown' ? 'outcome-unknown' : EXITS[error.code];
}

/** Says in the message what the library knows besides: who is missing, whether it was applied. */
function messageOf(error: TangaroaError, isWrite: boolean): string {
  const missing = describeMissing(error.missing);
  const parts = [error.message];
  if (missing !== '' && !error.message.includes(missing)) parts.push(`missing: ${missing}`);
  if (isWrite && error.outcome === 'unknown') parts.push('it may have been applied, or still be');
  if (isWrite && error.outcome === 'not-applied' && error.retryable)
    parts.push('nothing was applied');
  return parts.join('; ');
}

/** An error of the client library as a CliError; others are passed on. */
export function fromClientError(error: unknown, isWrite: boolean): unknown {
  if (!(error instanceof TangaroaError)) return error;
  const hint = HINTS[error.code];
  return new CliError(exitOf(error), messageOf(error, isWrite), {
    code: error.code,
    outcome: error.outcome,
    retryable: error.retryable,
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}
