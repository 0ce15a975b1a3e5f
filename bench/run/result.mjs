/** What a run leaves: everything that the table, the page and a later comparison are made of. */
import { readFileSync } from 'node:fs';
import { figuresOf } from '../figures/figures.mjs';
import { spread } from '../figures/statistics.mjs';
import { busyWarning } from '../machine/machine.mjs';

/** @typedef {import('../figures/statistics.mjs').Figure} Figure */
/** @typedef {import('../load/window.mjs').Measurement} Measurement */
/** @typedef {import('./rounds.mjs').Rounds} Rounds */
/** @typedef {import('./rounds.mjs').Failure} Failure */

export const FORMAT = 'tangaroa-bench 1';

/**
 * @typedef {object} MeasuredRow
 * @property {string} id
 * @property {{ id: string, label: string, nodes: number }} subject
 * @property {Omit<import('../contract.mjs').Workload, 'dataFile'>} workload
 * @property {Record<string, Figure>} figures
 * @property {readonly Measurement[]} rounds
 */

/** @typedef {{ node: string, outageMs: number, catchUpMs: number }} Kill */
/** @typedef {{ subject: { id: string, label: string, nodes: number }, kills: readonly Kill[] }} Outages */

/**
 * @typedef {object} Result
 * @property {typeof FORMAT} format
 * @property {string} report
 * @property {import('../machine/machine.mjs').Machine} machine
 * @property {number} loadAtEnd
 * @property {string} ended ISO 8601
 * @property {import('./rounds.mjs').Pace} pace
 * @property {readonly string[]} notes what a reader has to know before the figures
 * @property {{ syncsPerSecond: Figure, hashMibPerSecond: Figure } | null} yardsticks
 * @property {readonly MeasuredRow[]} rows
 * @property {readonly Outages[]} outages
 * @property {readonly Failure[]} failures
 */

/** @typedef {Pick<Result, 'rows' | 'outages' | 'failures' | 'yardsticks' | 'notes'>} Findings what a report found */

/** Above this the load generator has hardly any time to wait: it may be what is measured. */
const LOAD_CORES_MAX = 0.85;
/** Above this share of one core, somebody else's work is in the figures. */
const OTHERS_CORES_MAX = 0.25;

/** @param {MeasuredRow} row */
const nameOf = ({ subject, workload }) => `${subject.label}, ${workload.label}`;

/** @param {readonly import('../contract.mjs').Row[]} rows @param {Rounds} rounds @returns {MeasuredRow[]} */
function measuredRows(rows, { measured }) {
  return rows.flatMap(({ id, subject, workload }) => {
    const of = measured.get(id);
    if (of === undefined) return [];
    const { dataFile: _, ...shown } = workload;
    const { id: subjectId, label, nodes } = subject;
    return [
      {
        id,
        subject: { id: subjectId, label, nodes },
        workload: shown,
        figures: figuresOf(of),
        rounds: of,
      },
    ];
  });
}

/** @param {readonly MeasuredRow[]} rows @returns {string[]} */
function rowNotes(rows) {
  /** @param {string} key @param {number} above */
  const exceeding = (key, above) =>
    rows.filter(({ figures }) => (figures[key]?.median ?? 0) > above).map(nameOf);
  /** @param {(measurement: Measurement) => number} of */
  const counting = (of) =>
    rows.flatMap((row) => {
      const count = row.rounds.reduce((sum, measurement) => sum + of(measurement), 0);
      return count === 0 ? [] : [`${nameOf(row)}: ${count}`];
    });
  /** @param {string} text @param {readonly string[]} names */
  const note = (text, names) => (names.length === 0 ? [] : [`${text}: ${names.join('; ')}`]);
  return [
    ...note(
      'the load generator kept its core busy and may be the bottleneck',
      exceeding('loadCores', LOAD_CORES_MAX),
    ),
    ...note('other work on this machine disturbed', exceeding('othersCores', OTHERS_CORES_MAX)),
    ...note('the hypervisor gave cores to others', exceeding('stealCores', OTHERS_CORES_MAX)),
    ...note(
      'the term changed while it was measured',
      counting(({ terms }) => terms),
    ),
    ...note(
      'operations failed',
      counting(({ failed }) => failed),
    ),
  ];
}

/** @param {readonly import('../contract.mjs').Row[]} rows @param {Rounds} rounds @returns {Findings} */
export function findingsOf(rows, rounds) {
  const measured = measuredRows(rows, rounds);
  const { yardsticks, failures } = rounds;
  return {
    rows: measured,
    outages: [],
    failures,
    notes: rowNotes(measured),
    yardsticks:
      yardsticks.length === 0
        ? null
        : {
            syncsPerSecond: spread(yardsticks.map((one) => one.syncsPerSecond)),
            hashMibPerSecond: spread(yardsticks.map((one) => one.hashMibPerSecond)),
          },
  };
}

/**
 * @param {Findings} findings
 * @param {Pick<Result, 'report' | 'machine' | 'loadAtEnd' | 'ended' | 'pace'> & { isLate: boolean }} run
 * @returns {Result}
 */
export function makeResult(findings, { isLate, ...run }) {
  const busy = busyWarning(run.machine);
  const late = isLate ? ['the time given (--minutes) was over before the last round was done'] : [];
  const notes = [...(busy === null ? [] : [busy]), ...late, ...findings.notes];
  return { format: FORMAT, ...run, ...findings, notes };
}

/** @param {string} file @returns {Result} @throws RangeError where it is none */
export function readResult(file) {
  /** @type {unknown} */
  let read;
  try {
    read = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new RangeError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const result = /** @type {Partial<Result> | null} */ (read);
  if (result?.format !== FORMAT)
    throw new RangeError(`${file} is not what --json wrote ('${FORMAT}')`);
  return /** @type {Result} */ (result);
}
