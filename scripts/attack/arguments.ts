/** The command line of the lab. */
import { parseArgs } from 'node:util';
import type { ProtocolName } from '../../src/wire/protocol.ts';
import { isProtocolName, PROTOCOL_NAMES } from '../../src/wire/protocol.ts';

export class UsageError extends Error {}

/** How rounds are played. */
export interface RoundOptions {
  readonly protocol: ProtocolName;
  readonly nodes: number;
  readonly rogues: number;
  readonly seconds: number;
  readonly rounds: number;
  readonly minutes: number | null;
  readonly inFlight: number;
  readonly clients: number;
}

/** How they are told. */
export interface Telling {
  /** A file, or `-` for standard output. */
  readonly json: string | null;
  readonly html: string | null;
  readonly verbose: boolean;
}

/** What is asked for. */
export type Request =
  | { readonly type: 'help' }
  | { readonly type: 'list'; readonly isJson: boolean }
  /** Results of earlier runs are told again. */
  | ({ readonly type: 'from'; readonly files: readonly string[] } & Telling)
  | ({
      readonly type: 'play';
      /** An attack, a group, or `all`. */
      readonly name: string;
      /** Null: any. */
      readonly seed: number | null;
      /** A directory for portable files of the evidence that was gathered, each beside its genesis; null: none. */
      readonly evidence: string | null;
    } & RoundOptions &
      Telling);

export type PlayRequest = Extract<Request, { type: 'play' }>;

export const DEFAULTS = {
  protocol: 'tangaroa',
  nodes: 4,
  rogues: 1,
  seconds: 6,
  rounds: 1,
  minutes: null,
  inFlight: 32,
  clients: 4,
} as const satisfies RoundOptions;

export const STANDARD_OUTPUT = '-';
const NODES_MAX = 64;
const FILES_MAX = 2;

const FLAGS = {
  protocol: { type: 'string', default: DEFAULTS.protocol },
  nodes: { type: 'string', default: String(DEFAULTS.nodes) },
  rogues: { type: 'string', default: String(DEFAULTS.rogues) },
  seconds: { type: 'string', default: String(DEFAULTS.seconds) },
  rounds: { type: 'string', default: String(DEFAULTS.rounds) },
  minutes: { type: 'string' },
  'in-flight': { type: 'string', default: String(DEFAULTS.inFlight) },
  clients: { type: 'string', default: String(DEFAULTS.clients) },
  seed: { type: 'string' },
  json: { type: 'string' },
  html: { type: 'string' },
  from: { type: 'string' },
  evidence: { type: 'string' },
  verbose: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** @throws UsageError that says what is wrong */
export function readArguments(args: readonly string[]): Request {
  const { values, positionals } = parsed(args);
  const { help, list, verbose, json = null, html = null, from } = values;
  if (help) return { type: 'help' };
  const [name, ...rest] = positionals;
  if (rest.length > 0) throw new UsageError(`one name at a time, not also '${rest.join(' ')}'`);
  if (list) {
    if (name !== undefined) throw new UsageError(`--list takes no name: '${name}'`);
    return { type: 'list', isJson: json !== null };
  }
  if (from !== undefined) {
    if (name !== undefined) throw new UsageError(`--from plays nothing, so it takes no '${name}'`);
    const files = from.split(',').filter((file) => file !== '');
    if (files.length === 0 || files.length > FILES_MAX)
      throw new UsageError(`--from takes a file, or two with a comma, not '${from}'`);
    if (json !== null && files.length > 1)
      throw new UsageError('--json writes one result, and --from names two');
    return { type: 'from', files, json, html, verbose };
  }
  if (name === undefined) throw new UsageError('name an attack, a group of attacks, or all');
  const seed =
    values.seed === undefined ? null : wholeNumber('--seed', values.seed, 0, 2 ** 32 - 1);
  const { evidence = null } = values;
  return { type: 'play', name, seed, evidence, json, html, verbose, ...roundOptions(values) };
}

function roundOptions(values: ReturnType<typeof parsed>['values']): RoundOptions {
  const { protocol } = values;
  if (!isProtocolName(protocol))
    throw new UsageError(`--protocol is ${PROTOCOL_NAMES.join(' or ')}, not '${protocol}'`);
  const nodes = wholeNumber('--nodes', values.nodes, 4, NODES_MAX);
  return {
    protocol,
    nodes,
    rogues: wholeNumber('--rogues', values.rogues, 1, nodes - 1),
    seconds: positive('--seconds', values.seconds, 600),
    rounds: wholeNumber('--rounds', values.rounds, 1, 100),
    minutes: values.minutes === undefined ? null : positive('--minutes', values.minutes, 24 * 60),
    inFlight: wholeNumber('--in-flight', values['in-flight'], 1, 4_096),
    clients: wholeNumber('--clients', values.clients, 1, 64),
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: completed(args), options: FLAGS, allowPositionals: true });
  } catch (error) {
    // Node's advice goes on for three lines; the first sentence is ours to print.
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(message.split('. ')[0] ?? message);
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
