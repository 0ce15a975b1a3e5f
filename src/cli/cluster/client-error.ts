/** Errors of the client library, as errors of the command line. */
import { TangaroaError } from '../../client/errors.ts';
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

/** The library's messages say what to do; these add what only the command line knows. */
const HINTS: Partial<Readonly<Record<TangaroaErrorCode, string>>> = {
  forbidden: 'use a key with a higher role: --key writer, --key admin',
  'unknown-client': 'check --key and --cluster',
  'wrong-cluster': 'check --cluster',
};

function exitOf(error: TangaroaError): ExitName {
  const isSilence = error.code === 'timeout';
  return isSilence && error.outcome === 'unknown' ? 'outcome-unknown' : EXITS[error.code];
}

/** An error of the client library as a CliError; others are passed on. */
export function fromClientError(error: unknown): unknown {
  if (!(error instanceof TangaroaError)) return error;
  const hint = HINTS[error.code];
  return new CliError(exitOf(error), error.message, {
    code: error.code,
    outcome: error.outcome,
    retryable: error.retryable,
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}
