/** What a report measures, from the arguments and its own defaults. */
import { parseSubject } from '../cluster/subjects.mjs';
import { findingsOf } from '../run/result.mjs';
import { runRounds } from '../run/rounds.mjs';

/** @typedef {import('../arguments.mjs').Options} Options */
/** @typedef {import('../contract.mjs').Row} Row */
/** @typedef {import('../contract.mjs').Subject} Subject */
/** @typedef {import('../contract.mjs').Workload} Workload */
/** @typedef {import('../run/rounds.mjs').RunContext} RunContext */
/** @typedef {import('../run/rounds.mjs').Pace} Pace */
/** @typedef {import('../run/result.mjs').Findings} Findings */
/** @typedef {import('../run/result.mjs').Result} Result */

/**
 * @typedef {object} Report
 * @property {string} name
 * @property {string} summary one line of the help
 * @property {string} title of the page
 * @property {(result: Result) => string} lead the finding, in one sentence
 * @property {(options: Options) => Plan | Unavailable | Promise<Plan | Unavailable>} plan a RangeError for arguments
 *   that do not fit; `unavailable` says what this machine lacks and how to get it
 * @property {(result: Result) => import('./sections.mjs').Section[]} sections
 */

/** @typedef {{ unavailable: string }} Unavailable */
/** @typedef {{ pace: Pace, measure: (context: RunContext) => Promise<Findings> }} Plan */

export const VALUE_BYTES = 200;
const PACE = { rounds: 3, seconds: 5, warmUpSeconds: 1 };
const QUICK = { rounds: 2, seconds: 3, warmUpSeconds: 1 };

/** @param {Options} options @returns {Pace} */
export function paceOf(options) {
  const base = options.quick ? QUICK : PACE;
  return {
    rounds: options.rounds ?? base.rounds,
    seconds: options.seconds ?? base.seconds,
    warmUpSeconds: options.warmUpSeconds ?? base.warmUpSeconds,
  };
}

/** @param {Options} options @param {readonly string[]} names the report's own @returns {Subject[]} */
export function subjectsFor(options, names) {
  return (options.subjects ?? names).map(parseSubject);
}

/** Every workload on every subject. @param {readonly Subject[]} subjects @param {readonly Workload[]} workloads @returns {Row[]} */
export function rowsOf(subjects, workloads) {
  return subjects.flatMap((subject) =>
    workloads.map((workload) => ({ id: `${subject.id} ${workload.id}`, subject, workload })),
  );
}

/** @param {readonly Row[]} rows @param {Options} options @returns {Plan} */
export function planRows(rows, options) {
  const { clients } = options;
  const chosen = rows.map((row) =>
    clients === null ? row : { ...row, workload: { ...row.workload, clients } },
  );
  const pace = paceOf(options);
  return {
    pace,
    measure: async (context) => findingsOf(chosen, await runRounds(chosen, pace, context)),
  };
}
