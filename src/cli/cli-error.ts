/** What goes wrong in a command: one line for a person, a stable name and exit code for a script. */
import { EXIT_CODES } from './exit-codes.ts';
import type { ExitName } from './exit-codes.ts';

export interface CliErrorDetail {
  /** A finer, stable name than the exit code's: the client library's code, `port-taken` … */
  readonly code?: string;
  /** What to do about it: a sentence or a literal command. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** Of a write: whether it was applied. */
  readonly outcome?: 'applied' | 'not-applied' | 'unknown';
  readonly retryable?: boolean;
}

export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exit: ExitName;
  readonly code: string;
  readonly hint: string | null;
  readonly outcome: 'applied' | 'not-applied' | 'unknown' | null;
  readonly retryable: boolean;

  constructor(exit: ExitName, message: string, detail: CliErrorDetail = {}) {
    super(message, detail.cause === undefined ? {} : { cause: detail.cause });
    this.exit = exit;
    this.code = detail.code ?? exit;
    this.hint = detail.hint ?? null;
    this.outcome = detail.outcome ?? null;
    this.retryable = detail.retryable ?? false;
  }

  get exitCode(): number {
    return EXIT_CODES[this.exit];
  }

  /** The same error with what its caller knows besides. */
  extended(more: { readonly message?: string; readonly hint?: string | null }): CliError {
    const hint = more.hint === undefined ? this.hint : more.hint;
    return new CliError(this.exit, more.message ?? this.message, {
      code: this.code,
      retryable: this.retryable,
      cause: this,
      ...(hint === null ? {} : { hint }),
      ...(this.outcome === null ? {} : { outcome: this.outcome }),
    });
  }
}

/** A command that has said what it had to say and ends with a code other than 0, without an error line. */
export class QuietExit extends Error {
  override readonly name = 'QuietExit';
  readonly exit: ExitName;

  constructor(exit: ExitName) {
    super(`exit ${EXIT_CODES[exit]}`);
    this.exit = exit;
  }

  get exitCode(): number {
    return EXIT_CODES[this.exit];
  }
}

/** Of an error of the operating system only: other errors have codes too, but name no system call. */
function systemCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

/** Why the operating system refused, in words a person uses. */
const SYSTEM_REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on the device',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is not a directory',
  EEXIST: 'it exists already',
  EADDRINUSE: 'the port is taken by another process',
  EADDRNOTAVAIL: 'this machine does not have that address',
  EMFILE: 'too many files are open',
};

/** An error of the file system or the network as one line: `cannot <what>: <why>`. Anything else is passed on. */
export function systemError(what: string, error: unknown, hint?: string): unknown {
  const code = systemCode(error);
  if (code === null) return error;
  const reason = SYSTEM_REASONS[code] ?? (error as Error).message;
  return new CliError('environment', `cannot ${what}: ${reason} (${code})`, {
    code: code.toLowerCase(),
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}

export function isSystemError(error: unknown, code: string): boolean {
  return systemCode(error) === code;
}

/** The command was told to stop by a signal before its work was done. */
export function stoppedBy(stop: AbortSignal): CliError {
  const exit = stop.reason === 'SIGINT' ? 'interrupted' : 'terminated';
  return new CliError(exit, `stopped by ${String(stop.reason)}`, { code: 'stopped' });
}
