/** Flags that several commands share, and every flag's environment variable. */
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { PROTOCOL_NAMES } from '../wire/protocol.ts';
import { CliError } from './cli-error.ts';
import { parseDuration } from './input/values.ts';
import type { Notation } from './output/encode.ts';
import { isSet } from './world.ts';
import type { World } from './world.ts';

export const DEFAULT_DIRECTORY = 'data/dev';
const DEFAULT_TIMEOUT_MS = 10_000;

export interface JsonFlag {
  readonly json?: boolean;
}

/** How a client command finds the cluster and who it is. */
export interface ClientFlags extends JsonFlag {
  readonly cluster: string;
  readonly key?: string;
  readonly timeout: number;
}

export function jsonFlag(command: Command): Command {
  return command.option('--json', 'print JSON, one object a line; 64-bit numbers are strings');
}

export function clusterFlag(command: Command): Command {
  return command.option(
    '-c, --cluster <path>',
    'directory of the cluster, or its genesis.json',
    DEFAULT_DIRECTORY,
  );
}

export function clientFlags(command: Command, timeoutMs: number = DEFAULT_TIMEOUT_MS): Command {
  clusterFlag(command)
    .option('-k, --key <file>', 'client key: a file, or a name in the clients directory')
    .addOption(
      new Option('--timeout <duration>', 'how long to wait for the cluster')
        .argParser(parseDuration)
        .default(timeoutMs, `${timeoutMs / 1_000}s`),
    );
  return jsonFlag(command);
}

/** Of a cluster that is about to be made. */
export function protocolFlag(): Option {
  return new Option(
    '--protocol <name>',
    'what nodes may do: crash and lie (tangaroa), or only crash (raft)',
  ).choices(PROTOCOL_NAMES);
}

export interface ValueFlags {
  readonly hex?: boolean;
  readonly base64?: boolean;
}

export interface KeyFlags {
  readonly keyAs: Notation;
}

export function valueFlags(command: Command): Command {
  return command
    .addOption(new Option('--hex', 'values are hexadecimal').conflicts('base64'))
    .addOption(new Option('--base64', 'values are base64'));
}

export function keyFlags(command: Command): Command {
  return command.addOption(
    new Option('--key-as <notation>', 'how keys are written')
      .choices(['text', 'hex', 'base64'])
      .default('text'),
  );
}

export function notationOf(flags: ValueFlags): Notation {
  return flags.hex === true ? 'hex' : flags.base64 === true ? 'base64' : 'text';
}

/** `--key-as` → `TANGAROA_KEY_AS`. */
export function variableOf(option: Option): string {
  return `TANGAROA_${option.name().replaceAll('-', '_').toUpperCase()}`;
}

function valueFrom(option: Option, text: string, variable: string): unknown {
  if (option.isBoolean()) return isSet(text);
  const parse = option.parseArg;
  if (parse === undefined) return text;
  try {
    const parsed: unknown = parse(text, undefined);
    return parsed;
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new CliError('usage', `environment variable ${variable} is '${text}': ${error.message}`, {
      code: 'bad-variable',
      cause: error,
    });
  }
}

/**
 * Fills in, from `TANGAROA_*`, every flag that the command line did not give. Not left to commander, which takes
 * `TANGAROA_JSON=0` for a yes and reads the process's own environment.
 */
export function applyEnvironment(command: Command, env: World['env']): void {
  for (const option of command.options) {
    const variable = variableOf(option);
    const text = env[variable];
    if (text === undefined || text === '') continue;
    const source = command.getOptionValueSource(option.attributeName());
    if (source !== undefined && source !== 'default') continue;
    const value = valueFrom(option, text, variable);
    command.setOptionValueWithSource(option.attributeName(), value, 'env');
  }
}
