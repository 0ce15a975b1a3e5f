/** The results as one page: what was tried, what held, and the curve of each attack. */
import { htmlDocument, htmlTable } from '../../../bench/html/document.mjs';
import { element } from '../../../bench/html/svg.mjs';
import type { Markup } from '../../../bench/html/svg.mjs';
import { machineLine } from '../../../bench/machine/machine.mjs';
import type { Report, Result } from '../result/format.ts';
import { attackCard } from './card.ts';
import type { Subject } from './card.ts';
import { commandOf } from './command.ts';
import { badge, LAB_STYLE } from './style.ts';
import {
  evidenceText,
  grouped,
  labelOf,
  limitText,
  mebibytes,
  noiseNotes,
  percent,
  settingText,
  sumText,
  whole,
} from './words.ts';

const TITLE = 'Attacks on a live cluster';
const LEAD =
  'Real processes, synced disks and real links, under load all the while. The simulator shows what holds; this page shows it being attacked.';

const GROUP_TEXT: Readonly<Record<Result['attack']['group'], string>> = {
  control: 'Nobody attacks: what the figures are worth',
  'leaky-follower': 'Leaky follower: joining, listening, fetching',
  'disruptive-follower': 'Disruptive follower: floods, absurd terms, rushing in',
  'bad-boss': 'Bad boss: a leader that lies',
  impersonation: 'Impersonation and replay',
  corruption: 'Corruption: disks and answers',
  exhaustion: 'Exhaustion: floods of everything',
};

/** One report, or two of different protocols side by side. */
export function htmlReport(reports: readonly Report[]): string {
  const subjects = subjectsOf(reports);
  const cards = grouped(subjects, ({ attack }) => attack.group).flatMap(({ group, members }) => [
    element('h2', { class: 'group' }, GROUP_TEXT[group]),
    ...members.map(attackCard),
  ]);
  return htmlDocument(
    TITLE,
    [
      element('h1', {}, TITLE),
      element('p', { class: 'lead' }, LEAD),
      ...reports.flatMap(heading),
      summary(subjects, reports),
      ...cards,
      element('footer', {}, reports.map(({ options }) => commandOf(options)).join('; ')),
    ],
    LAB_STYLE,
  );
}

/** Each attack once, with what every report says of it. */
function subjectsOf(reports: readonly Report[]): readonly Subject[] {
  const subjects = new Map<string, { attack: Result['attack']; told: Subject['told'][number][] }>();
  for (const { options, results } of reports)
    for (const result of results) {
      const { attack } = result;
      const subject = subjects.get(attack.name) ?? { attack, told: [] };
      subjects.set(attack.name, subject);
      subject.told.push({ protocol: options.protocol, options, result });
    }
  return [...subjects.values()];
}

function heading(report: Report): readonly Markup[] {
  const { results, machine, loadAtEnd, notes } = report;
  const limit = limitText(report);
  return [
    element('p', { class: 'sum' }, [
      element('strong', {}, `${settingText(report)}: `),
      `${sumText(results)}.`,
    ]),
    ...(limit === null ? [] : [element('p', { class: 'note' }, limit)]),
    element('p', { class: 'machine' }, machineLine(machine, loadAtEnd)),
    ...[...noiseNotes(report), ...notes].map((note) => element('p', { class: 'note' }, note)),
  ];
}

const COLUMNS = [
  { title: 'attack', left: true },
  { title: 'by', left: true },
  { title: 'before', meaning: 'operations acknowledged a second, before the attack' },
  { title: 'during', meaning: 'while it lasted' },
  { title: 'after', meaning: 'when it was over' },
  {
    title: 'taken',
    meaning: 'of what lies half-way from before to after: what was missing during the attack',
  },
  {
    title: 'its CPU',
    meaning: "of that, what the attacker's own process took of this machine's cores",
  },
  { title: 'p99', meaning: 'milliseconds, before the attack' },
  { title: 'during', meaning: 'p99 while it lasted' },
  { title: 'gap', meaning: 'milliseconds, the longest without an acknowledged operation' },
  { title: 'MiB', meaning: 'the most memory that an honest node used' },
  {
    title: 'evidence',
    meaning: 'how many of the honest nodes hold evidence, and against whom',
  },
  { title: 'verdict', left: true },
];

function summary(subjects: readonly Subject[], reports: readonly Report[]): Markup {
  const rows = grouped(subjects, ({ attack }) => attack.group).flatMap(({ group, members }) => [
    [GROUP_TEXT[group]],
    ...members.flatMap((subject) => summaryRows(subject, reports.length > 1)),
  ]);
  const columns = COLUMNS.map((column) =>
    column.title === 'by' && reports.length > 1 ? { ...column, title: 'against' } : column,
  );
  return element('section', {}, [element('h2', {}, 'All attacks'), htmlTable({ columns, rows })]);
}

function summaryRows({ attack, told }: Subject, isBeside: boolean) {
  return told.map(({ protocol, result }, at) => {
    const { medians, verdict } = result;
    const link = element('a', { href: `#${attack.name}` }, attack.name);
    return [
      at === 0 ? link : '',
      isBeside ? labelOf(protocol) : attack.by,
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
      badge(verdict),
    ];
  });
}
