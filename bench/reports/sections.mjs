/** The parts that reports are put together from: tables and plots of measured rows. */
import { figureKind } from '../figures/figures.mjs';
import { formatFigure, formatNumber, formatSpread } from '../text/format.mjs';

/** @typedef {import('../run/result.mjs').MeasuredRow} MeasuredRow */
/** @typedef {import('../text/table.mjs').Table} Table */

/**
 * A part of a report. The terminal prints title, text and table; the page everything.
 *
 * @typedef {object} Section
 * @property {string} title
 * @property {string} [text]
 * @property {() => string} [plot] SVG
 * @property {Table} [table]
 * @property {boolean} [folded] of the page: the table is behind a click
 */

const SPEED = ['p50Ms', 'p90Ms', 'p99Ms', 'p999Ms', 'maxMs'];
const OPEN = ['unanswered', 'latenessMs'];
const COST = [
  ...['cpuUs', 'nodesCpuUs', 'loadCpuUs', 'loadCores', 'othersCores', 'writtenKib', 'diskKib'],
  ...['syncs', 'framesOut', 'verified', 'rssMib', 'peakMib', 'loopDelayMs'],
];
const REST = [
  ...['nodesCores', 'framesOutPerSecond', 'verifiedPerSecond', 'syncsPerSecond'],
  ...['rssMib', 'loopDelayMs', 'othersCores'],
];

/** With a gap between subjects, where they have several rows each. @param {readonly MeasuredRow[]} rows */
function withGaps(rows) {
  if (new Set(rows.map(({ subject }) => subject.id)).size === rows.length) return rows;
  return rows.flatMap((row, at) => {
    const last = rows[at - 1];
    return last !== undefined && last.subject.id !== row.subject.id ? [null, row] : [row];
  });
}

/** @param {readonly MeasuredRow[]} rows */
export function manySubjects(rows) {
  return new Set(rows.map(({ subject }) => subject.id)).size > 1;
}

/** @param {MeasuredRow} row @param {boolean} withSubject */
function nameOf({ subject, workload }, withSubject) {
  return withSubject ? `${subject.label} · ${workload.label}` : workload.label;
}

/** @param {string} key */
const columnOf = (key) => {
  const { title, meaning } = figureKind(key);
  return { title, meaning };
};

/** Only what at least one row tells. @param {readonly string[]} keys @param {readonly MeasuredRow[]} rows */
const told = (keys, rows) =>
  keys.filter((key) => rows.some(({ figures }) => figures[key] !== undefined));

/** @param {readonly MeasuredRow[]} rows @returns {Table} */
export function speedTable(rows) {
  const keys = told([...SPEED, ...OPEN], rows);
  const many = manySubjects(rows);
  return {
    columns: [
      { title: '', left: true },
      columnOf('perSecond'),
      { title: 'min–max', meaning: 'the lowest and the highest round' },
      ...keys.map(columnOf),
    ],
    rows: withGaps(rows).map((row) =>
      row === null
        ? ['']
        : [
            nameOf(row, many),
            formatFigure(row.figures['perSecond']),
            formatSpread(row.figures['perSecond']),
            ...keys.map((key) => formatFigure(row.figures[key])),
          ],
    ),
  };
}

/** @param {readonly MeasuredRow[]} rows @returns {Table} */
export function costTable(rows) {
  const keys = told(COST, rows);
  const many = manySubjects(rows);
  return {
    columns: [{ title: '', left: true }, ...keys.map(columnOf)],
    rows: withGaps(rows).map((row) =>
      row === null
        ? ['']
        : [nameOf(row, many), ...keys.map((key) => formatFigure(row.figures[key]))],
    ),
  };
}

/**
 * What every single process used in the last round.
 *
 * @param {readonly MeasuredRow[]} rows
 * @returns {Table}
 */
export function processTable(rows) {
  const many = manySubjects(rows);
  const titles = [
    'CPU µs/op',
    'KiB/op',
    'disk KiB/op',
    'syncs/op',
    'RSS MiB',
    'peak MiB',
    'loop ms',
  ];
  return {
    columns: [
      { title: '', left: true },
      { title: 'process', left: true },
      ...titles.map((title) => ({ title })),
    ],
    rows: rows
      .filter((row) => !isAtRest(row))
      .flatMap((row) => {
        const last = row.rounds.at(-1);
        if (last === undefined) return [];
        return last.processes.map((one, at) => {
          /** @param {number | null | undefined} value @param {number} unit */
          const cell = (value, unit) =>
            value === null || value === undefined ? '–' : formatNumber(value / unit);
          const { operations } = last;
          return [
            at === 0 ? nameOf(row, many) : '',
            one.leads ? `${one.name} (leads)` : one.name,
            cell(one.cpuUs, operations),
            cell(one.writtenBytes, 1024 * operations),
            cell(one.diskBytes, 1024 * operations),
            cell(one.counters?.['syncs'], operations),
            cell(one.rssBytes, 2 ** 20),
            cell(one.peakBytes, 2 ** 20),
            cell(one.loopDelayMs, 1),
          ];
        });
      }),
  };
}

/** @param {MeasuredRow} row */
const isAtRest = ({ workload }) => workload.loop.type === 'rest';

/** @param {readonly MeasuredRow[]} rows at rest @returns {Section} */
function restSection(rows) {
  const keys = told(REST, rows);
  return {
    title: 'At rest',
    text: 'What a cluster takes that nobody asks for anything: heartbeats, and what they prove.',
    table: {
      columns: [{ title: '', left: true }, ...keys.map(columnOf)],
      rows: rows.map(({ subject, figures }) => [
        subject.label,
        ...keys.map((key) => formatFigure(figures[key])),
      ]),
    },
  };
}

/** What every report of rows ends with. @param {readonly MeasuredRow[]} all @returns {Section[]} */
export function figureSections(all) {
  const [rows, resting] = [all.filter((row) => !isAtRest(row)), all.filter(isAtRest)];
  const rest = resting.length === 0 ? [] : [restSection(resting)];
  if (rows.length === 0) return rest;
  return [
    {
      title: 'Speed',
      text: 'Operations acknowledged per second, and how long one took.',
      table: speedTable(rows),
    },
    {
      title: 'Cost',
      text: 'What one operation took of the machine, all nodes together unless it says otherwise.',
      table: costTable(rows),
    },
    ...rest,
  ];
}

/** @param {readonly MeasuredRow[]} rows @returns {Section} */
export function processSection(rows) {
  return {
    title: 'Every process by itself',
    text: 'In the last round; per operation of the row.',
    table: processTable(rows),
    folded: true,
  };
}
