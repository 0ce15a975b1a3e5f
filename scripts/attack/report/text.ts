/** The results for a terminal: a table, and a sentence for everything that did not hold. */
import { machineLine } from '../../../bench/machine/machine.mjs';
import { formatTable } from '../../../bench/text/table.mjs';
import type { Report, Result } from '../result/format.ts';
import { againCommand, commandOf } from './command.ts';
import { roundLines } from './details.ts';
import {
  evidenceText,
  grouped,
  limitText,
  mebibytes,
  noiseNotes,
  percent,
  settingText,
  sumText,
  whole,
  wrapped,
} from './words.ts';

const WIDTH = 120;

const COLUMNS = [
  { title: 'attack', left: true },
  { title: 'by', left: true },
  { title: 'before' },
  { title: 'during' },
  { title: 'after' },
  { title: 'taken' },
  { title: 'CPU' },
  { title: 'p99' },
  { title: 'during' },
  { title: 'gap' },
  { title: 'MiB' },
  { title: 'evidence', left: true },
  { title: 'verdict', left: true },
];

const LEGEND =
  'operations/s; taken: what was missing, CPU: of it by the attacker’s own process on this machine; p99 and gap in ms';

export function textReport(report: Report, isVerbose: boolean): string {
  const { options, results, machine, loadAtEnd, notes } = report;
  const limit = limitText(report);
  return [
    `${settingText(report)}\n\n`,
    results.length === 0 ? '' : `${resultTable(results)}\n${LEGEND}\n\n`,
    ...results.flatMap((result) => reasonLines(report, result)),
    ...(isVerbose ? results.flatMap((result) => roundLines(report, result)) : []),
    limit === null ? '' : paragraph(limit),
    `${sumText(results)}\n`,
    ...[...noiseNotes(report), ...notes].map((note) => `note: ${note}\n`),
    paragraph(machineLine(machine, loadAtEnd)),
    `again: ${commandOf(options)}\n`,
  ].join('');
}

/** The names of groups stand between the rows, and make no column wider. */
function resultTable(results: readonly Result[]): string {
  const groups = grouped(results, ({ attack }) => attack.group);
  const rows = groups.flatMap(({ members }) => members.map(rowOf));
  const [head = '', ...lines] = formatTable({ columns: COLUMNS, rows }).split('\n');
  const woven = groups.flatMap(({ group, members }) => [
    `${group}:`,
    ...lines.splice(0, members.length),
  ]);
  return [head, ...woven, ''].join('\n');
}

function rowOf(result: Result): readonly string[] {
  const { attack, medians, verdict } = result;
  return [
    `  ${attack.name}`,
    attack.by,
    whole(medians?.before ?? null),
    whole(medians?.during ?? null),
    whole(medians?.after ?? null),
    percent(medians?.taken ?? null),
    percent(medians?.displaced ?? null),
    whole(medians?.p99BeforeMs ?? null),
    whole(medians?.p99DuringMs ?? null),
    whole(medians?.gapMs ?? null),
    mebibytes(medians?.peakBytes ?? null),
    evidenceText(result),
    verdict,
  ];
}

/** What did not hold, and how to see it again. */
function reasonLines({ options }: Report, result: Result): readonly string[] {
  const { attack, verdict, reasons } = result;
  if (reasons.length === 0) return [];
  return [
    `${attack.name}: ${verdict}\n`,
    ...reasons.map((reason) => paragraph(reason, '  ')),
    `  again: ${againCommand(options, result)}\n`,
    '\n',
  ];
}

function paragraph(text: string, indent = ''): string {
  const lines = wrapped(text, WIDTH - indent.length);
  return lines.map((line) => `${indent}${line}\n`).join('');
}
