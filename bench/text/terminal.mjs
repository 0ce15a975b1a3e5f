/** What the terminal shows: every table of the report, and a comparison where one is asked for. */
import { compareRuns, oddsApart } from '../figures/compare.mjs';
import { figureKind } from '../figures/figures.mjs';
import { machineLine } from '../machine/machine.mjs';
import {
  chanceText,
  formatFigure,
  formatNumber,
  formatRatio,
  formatSpread,
  paceText,
} from './format.mjs';
import { formatTable } from './table.mjs';

/** @typedef {import('../run/result.mjs').Result} Result */
/** @typedef {import('../reports/sections.mjs').Section} Section */

/** @type {Readonly<Record<import('../figures/compare.mjs').Mark, string>>} */
const MARKS = { better: 'better', worse: 'WORSE', other: 'moved', within: '' };
/** Told of every row; what is not here is in the JSON. */
const COMPARED = ['perSecond', 'p50Ms', 'p99Ms', 'cpuUs', 'writtenKib', 'syncs', 'rssMib'];

/** @param {Result} earlier @param {Result} result @returns {Section} */
export function comparisonSection(earlier, result) {
  const all = compareRuns(earlier.rows, result.rows).filter(({ key }) => COMPARED.includes(key));
  const names = new Map(
    result.rows.map(({ id, subject, workload }) => [id, `${subject.label} · ${workload.label}`]),
  );
  const { machine } = earlier;
  return {
    title: 'Beside the earlier run',
    text: `Commit ${machine.commit} of ${machine.date.slice(0, 16).replace('T', ' ')} on ${machine.cpu}. Marked where no round of one run lies among the rounds of the other. ${chanceText(oddsApart(earlier.pace.rounds, result.pace.rounds))}`,
    table: {
      columns: [
        { title: '', left: true },
        { title: 'figure', left: true },
        { title: 'before' },
        { title: 'min–max' },
        { title: 'now' },
        { title: 'min–max' },
        { title: 'ratio' },
        { title: '', left: true },
      ],
      rows: all.map(({ id, key, before, now, ratio, mark }, at) => [
        all[at - 1]?.id === id ? '' : (names.get(id) ?? id),
        figureKind(key).title,
        formatFigure(before),
        formatSpread(before),
        formatFigure(now),
        formatSpread(now),
        ratio === null ? '–' : formatRatio(ratio),
        MARKS[mark],
      ]),
    },
  };
}

/** @param {Section} section */
function shown({ title, text, table }) {
  if (table === undefined) return '';
  return `\n${title}${text === undefined ? '' : `\n${text}`}\n\n${formatTable(table)}`;
}

/** @param {import('../figures/statistics.mjs').Figure} figure */
const within = (figure) => (formatSpread(figure) === '' ? '' : ` (${formatSpread(figure)})`);

/** @param {Result} result */
function yardstickLine({ yardsticks }) {
  if (yardsticks === null) return '';
  const { syncsPerSecond, hashMibPerSecond } = yardsticks;
  return `the machine by itself: ${formatNumber(syncsPerSecond.median)} fdatasync/s of 4 KiB appends${within(syncsPerSecond)}, SHA-256 ${formatNumber(hashMibPerSecond.median)} MiB/s${within(hashMibPerSecond)}\n`;
}

/** @param {{ title: string, lead: string, sections: readonly Section[] }} report @param {Result} result @returns {string} */
export function terminalText({ title, lead, sections }, result) {
  const { machine, loadAtEnd, notes, failures, pace } = result;
  const how = `${paceText(pace)}, after ${pace.warmUpSeconds} s to warm up`;
  return [
    `${title}\n${lead}\n\n${machineLine(machine, loadAtEnd)}\n`,
    result.rows.length === 0 ? '' : `${how}\n`,
    yardstickLine(result),
    ...notes.map((note) => `note: ${note}\n`),
    ...failures.map(
      ({ where, round, message }) => `FAILED in round ${round}: ${where}: ${message}\n`,
    ),
    ...sections.map(shown),
  ].join('');
}
