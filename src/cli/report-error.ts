/** The last line of a failed command. */
import { CommanderError } from 'commander';
import { CliError, QuietExit } from './cli-error.ts';
import { fromClientError } from './cluster/client-error.ts';
import { fromNodeError } from './node-error.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { toJson } from './output/encode.ts';
import type { Style } from './output/style.ts';
import { shown } from '../base/text.ts';

export interface Failure {
  readonly exitCode: number;
  /** What goes to standard error, with its newline; empty where everything was said. */
  readonly text: string;
}

export interface FailureOptions {
  readonly json: boolean;
  /** TANGAROA_DEBUG: stack traces. */
  readonly debug: boolean;
  readonly style: Style;
}

/** Some name every node and what is wrong with each. */
const LINE_CHARACTERS_MAX = 16_384;

/** Commander's own messages, as errors of ours. Help and version are no failures. */
function fromCommander(error: CommanderError): CliError | null {
  if (error.exitCode === 0) return null;
  if (error.code === 'commander.help') return new CliError('usage', '');
  const message = error.message.replace(/^error: /u, '').replaceAll('\n', ' ');
  return new CliError('usage', message, { code: 'usage', hint: 'see --help', cause: error });
}

function asCliError(error: unknown): CliError {
  const known = fromNodeError('go on', fromClientError(error));
  if (known instanceof CliError) return known;
  const message = known instanceof Error ? known.message : String(known);
  return new CliError('internal', `unexpected error: ${message}`, {
    hint: 'set TANGAROA_DEBUG=1 to see where, and please report it',
    cause: error,
  });
}

function stackOf(error: unknown): string {
  let text = '';
  for (let at: unknown = error; at instanceof Error; at = at.cause)
    text += `${at.stack ?? at.message}\n`;
  return text;
}

/** Message and hint; a message of whole sentences is followed by another one. */
export function sentence({ message, hint }: CliError): string {
  if (hint === null) return message;
  if (!message.endsWith('.')) return `${message}; ${hint}`;
  return `${message} ${hint.charAt(0).toUpperCase()}${hint.slice(1)}`;
}

function oneLine(error: CliError, style: Style): string {
  // What a node, a peer or a file said may be part of it: nothing of that moves the cursor.
  const text = shown(sentence(error).replaceAll('\n', ' '), LINE_CHARACTERS_MAX);
  return `${style('bad', 'tangaroa:')} ${text}\n`;
}

function jsonLine(error: CliError): string {
  return `${toJson({
    error: {
      code: error.code,
      message: error.message,
      ...(error.hint === null ? {} : { hint: error.hint }),
      ...(error.outcome === null ? {} : { outcome: error.outcome }),
      retryable: error.retryable,
      exitCode: error.exitCode,
    },
  })}\n`;
}

/** What to print about an error, and the exit code. One line; a stack trace only under TANGAROA_DEBUG. */
export function describeFailure(error: unknown, options: FailureOptions): Failure {
  if (error instanceof QuietExit) return { exitCode: error.exitCode, text: '' };
  const cliError = error instanceof CommanderError ? fromCommander(error) : asCliError(error);
  if (cliError === null) return { exitCode: EXIT_CODES.ok, text: '' };
  if (cliError.message === '') return { exitCode: cliError.exitCode, text: '' };
  const line = options.json ? jsonLine(cliError) : oneLine(cliError, options.style);
  return {
    exitCode: cliError.exitCode,
    text: options.debug ? `${line}${stackOf(cliError)}` : line,
  };
}
