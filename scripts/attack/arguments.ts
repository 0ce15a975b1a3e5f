/** The command line of the lab. */
import { parseArgs } from 'node:util';
import type { ProtocolName } from '../../src/wire/protocol.ts';
import { isProtocolName, PROTOCOL_NAMES } from '../../src/wire/protocol.ts';

export class UsageError extends Error {}

export interface Options {
  /** An attack, a group, or `all`; null with `--list` or `--help`. */
  readonly name: string | null;
  readonly protocol: ProtocolName;
  readonly nodes: number;
  readonly rogues: number;
  readonly seconds: number;
  readonly rounds: number;
  readonly minutes: number | null;
  readonly inFlight: number;
  readonly clients: number;
  readonly seed: number | null;
  /** A file, or `-` for standard output. */
  readonly json: string | null;
  readonly html: string | null;
  readonly verbose: boolean;
  readonly list: boolean;
  readonly help: boolean;
}

const NODES_MAX = 64;
const STANDARD_OUTPUT = '-';

const FLAGS = {
  protocol: { type: 'string', default: 'tangaroa' },
  nodes: { type: 'string', default: '4' },
  rogues: { type: 'string', default: '1' },
  seconds: { type: 'string', default: '6' },
  rounds: { type: 'string', default: '1' },
  minutes: { type: 'string' },
  'in-flight': { type: 'string', default: '32' },
  clients: { type: 'string', default: '4' },
  seed: { type: 'string' },
  json: { type: 'string' },
  html: { type: 'string' },
  verbose: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** @throws UsageError that says what is wrong */
export function readArguments(args: readonly string[]): Options {
  const { values, positionals } = parsed(args);
  const [name = null, ...rest] = positionals;
  if (rest.length > 0) throw new UsageError(`one name at a time, not also '${rest.join(' ')}'`);
  if (name === null && !values.help && !values.list)
    throw new UsageError('name an attack, a group of attacks, or all');
  const { protocol } = values;
  if (!isProtocolName(protocol))
    throw new UsageError(`--protocol is ${PROTOCOL_NAMES.join(' or ')}, not '${protocol}'`);
  const nodes = wholeNumber('--nodes', values.nodes, 4, NODES_MAX);
  return {
    name,
    protocol,
    nodes,
    rogues: wholeNumber('--rogues', values.rogues, 1, nodes - 1),
    seconds: positive('--seconds', values.seconds, 600),
    rounds: wholeNumber('--rounds', values.rounds, 1, 100),
    minutes: values.minutes === undefined ? null : positive('--minutes', values.minutes, 24 * 60),
    inFlight: wholeNumber('--in-flight', values['in-flight'], 1, 4_096),
    clients: wholeNumber('--clients', values.clients, 1, 64),
    seed: values.seed === undefined ? null : wholeNumber('--seed', values.seed, 0, 2 ** 32 - 1),
    json: values.json ?? null,
    html: values.html ?? null,
    verbose: values.verbose,
    list: values.list,
    help: values.help,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: completed(args), options: FLAGS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** `--json` alone means standard output. */
function completed(args: readonly string[]): string[] {
  return args.flatMap((arg, at) => {
    const next = args[at + 1];
    const isAlone = arg === '--json' && (next === undefined || next.startsWith('--'));
    return isAlone ? [`--json=${STANDARD_OUTPUT}`] : [arg];
  });
}

function wholeNumber(flag: string, text: string, min: number, max: number): number {
  const number = Number(text);
  if (!/^\d+$/u.test(text) || number < min || number > max)
    throw new UsageError(`${flag} takes whole numbers from ${min} to ${max}, not '${text}'`);
  return number;
}

function positive(flag: string, text: string, max: number): number {
  const number = Number(text);
  if (!/^\d+(\.\d+)?$/u.test(text) || !(number > 0) || number > max)
    throw new UsageError(`${flag} takes a number above 0, at most ${max}, not '${text}'`);
  return number;
}
