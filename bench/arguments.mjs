/** The command line of the benchmark. */
import { parseArgs } from 'node:util';

export class UsageError extends Error {}

/**
 * @typedef {object} Options
 * @property {string} report
 * @property {boolean} help
 * @property {boolean} quick
 * @property {boolean} processes
 * @property {number | null} seconds
 * @property {number | null} warmUpSeconds
 * @property {number | null} rounds
 * @property {number | null} minutes
 * @property {number | null} kills
 * @property {number | null} valueBytes
 * @property {number | null} clients
 * @property {readonly number[] | null} inFlight
 * @property {readonly number[] | null} rates
 * @property {readonly string[] | null} subjects
 * @property {string | null} data
 * @property {string | null} directory
 * @property {string | null} json `-` for standard output
 * @property {string | null} html
 * @property {string | null} compare
 * @property {string | null} from
 */

const DEFAULT_REPORT = 'workloads';
const STANDARD_OUTPUT = '-';

const FLAGS = /** @type {const} */ ({
  seconds: { type: 'string' },
  'warm-up': { type: 'string' },
  rounds: { type: 'string' },
  minutes: { type: 'string' },
  kills: { type: 'string' },
  'value-bytes': { type: 'string' },
  clients: { type: 'string' },
  'in-flight': { type: 'string' },
  rates: { type: 'string' },
  subjects: { type: 'string' },
  data: { type: 'string' },
  directory: { type: 'string' },
  json: { type: 'string' },
  html: { type: 'string' },
  compare: { type: 'string' },
  from: { type: 'string' },
  quick: { type: 'boolean', default: false },
  processes: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
});

/** `--json` alone means standard output. @param {readonly string[]} args */
function completed(args) {
  return args.flatMap((arg, at) => {
    const next = args[at + 1];
    const isAlone = arg === '--json' && (next === undefined || next.startsWith('--'));
    return isAlone ? [`--json=${STANDARD_OUTPUT}`] : [arg];
  });
}

/** @param {readonly string[]} args */
function parsed(args) {
  try {
    return parseArgs({ args: completed(args), options: FLAGS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** @param {string} flag @param {string | undefined} text @param {number} max @returns {number | null} */
function wholeNumber(flag, text, max) {
  if (text === undefined) return null;
  const number = Number(text);
  if (!/^\d+$/u.test(text) || number < 1 || number > max)
    throw new UsageError(`${flag} takes whole numbers from 1 to ${max}, not '${text}'`);
  return number;
}

/** @param {string} flag @param {string | undefined} text @param {number} max @returns {number | null} */
function positive(flag, text, max) {
  if (text === undefined) return null;
  const number = Number(text);
  if (!/^\d+(\.\d+)?$/u.test(text) || !(number > 0) || number > max)
    throw new UsageError(`${flag} takes a number above 0, at most ${max}, not '${text}'`);
  return number;
}

/** @param {string} flag @param {string | undefined} text @param {number} max @returns {readonly number[] | null} */
function wholeNumbers(flag, text, max) {
  if (text === undefined) return null;
  const numbers = text.split(',').map((one) => wholeNumber(flag, one.trim(), max) ?? 0);
  if (new Set(numbers).size !== numbers.length)
    throw new UsageError(`${flag} names one number twice: '${text}'`);
  return numbers;
}

/** @param {string | undefined} text @returns {readonly string[] | null} */
function subjects(text) {
  if (text === undefined) return null;
  const names = text.split(',').map((name) => name.trim());
  if (new Set(names).size !== names.length)
    throw new UsageError(`--subjects names one twice: '${text}'`);
  return names;
}

/**
 * @param {readonly string[]} args without the program's own name
 * @param {readonly string[]} reports that there are
 * @returns {Options}
 * @throws UsageError that says what is wrong
 */
export function readArguments(args, reports) {
  const { values, positionals } = parsed(args);
  const [report = DEFAULT_REPORT, ...rest] = positionals;
  if (rest.length > 0) throw new UsageError(`one report at a time, not also '${rest.join(' ')}'`);
  if (!reports.includes(report))
    throw new UsageError(`there is no report '${report}': ${reports.join(', ')}`);
  return {
    report,
    help: values.help,
    quick: values.quick,
    processes: values.processes,
    seconds: positive('--seconds', values.seconds, 3_600),
    warmUpSeconds: positive('--warm-up', values['warm-up'], 600),
    rounds: wholeNumber('--rounds', values.rounds, 1_000),
    minutes: positive('--minutes', values.minutes, 24 * 60),
    kills: wholeNumber('--kills', values.kills, 10_000),
    valueBytes: wholeNumber('--value-bytes', values['value-bytes'], 1_048_576),
    clients: wholeNumber('--clients', values.clients, 64),
    inFlight: wholeNumbers('--in-flight', values['in-flight'], 16_384),
    rates: wholeNumbers('--rates', values.rates, 1_000_000),
    subjects: subjects(values.subjects),
    data: values.data ?? null,
    directory: values.directory ?? null,
    json: values.json ?? null,
    html: values.html ?? null,
    compare: values.compare ?? null,
    from: values.from ?? null,
  };
}
