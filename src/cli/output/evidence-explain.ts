/** `show --explain`: two statements side by side, how each reaches the index, and which rules forbid that both exist. */
import { toHex } from '../../base/bytes.ts';
import type { ProvenEvidence } from '../../client/evidence-proof.ts';
import { hashHeader } from '../../consensus/model/entry.ts';
import type { Header } from '../../consensus/model/entry.ts';
import { namedPositions } from '../../consensus/model/evidence.ts';
import type { Testimony } from '../../consensus/model/message.ts';
import type { Position } from '../../consensus/model/position.ts';
import { nativeDigest } from '../../node/native-crypto.ts';
import { contradictionSentence, kindName } from './evidence-table.ts';
import { ADVICE, MEANING, RULES } from './evidence-rules.ts';
import { counted, grouped } from './numbers.ts';
import type { Style } from './style.ts';
import { formatTable } from './table.ts';
import type { Column } from './table.ts';

const WIDTH = 96;
const LABEL = 14;
const CELL = 40;
const DIGITS = 16;
/** Headers that are shown from each end; those between are counted. */
const SHOWN_HEADERS = 4;

/** How two fields stand to each other: only `contradicts` is forbidden. */
type Relation = 'same' | 'differs' | 'contradicts';

interface Row {
  readonly label: string;
  readonly cells: readonly [string, string];
  readonly relation: Relation;
}

const MARKS: Readonly<Record<Relation, string>> = { same: ' ', differs: '~', contradicts: '≠' };

function hashText(hash: string): string {
  return `${hash.slice(0, DIGITS)}…`;
}

function positionText({ index, hash }: Position): string {
  return index === 0 ? 'none' : `${grouped(index)}  ${hashText(hash)}`;
}

function row(label: string, first: string, second: string, relation?: Relation): Row {
  const found = first === second ? 'same' : 'differs';
  return { label, cells: [first, second], relation: relation ?? found };
}

function positionRows({ body: { first, second }, index }: ProvenEvidence): readonly Row[] {
  const one = first.signed.statement;
  const other = second.signed.statement;
  const position = (label: string, a: Position, b: Position): Row => {
    const isIt = a.index === index && b.index === index && a.hash !== b.hash;
    return row(label, positionText(a), positionText(b), isIt ? 'contradicts' : undefined);
  };
  if (one.kind === 'append-entries' && other.kind === 'append-entries')
    return [
      row('sequence', grouped(one.sequence), grouped(other.sequence)),
      position('previous', one.previous, other.previous),
      position('head', one.head, other.head),
    ];
  if (one.kind === 'append-entries-response' && other.kind === 'append-entries-response')
    return [
      position('accepted', one.accepted, other.accepted),
      position('prepared', one.prepared, other.prepared),
    ];
  return [];
}

function rowsOf(evidence: ProvenEvidence): readonly Row[] {
  const { body, hashes, kind, culprit, epoch, term } = evidence;
  const name = kindName(kind);
  const when = `${epoch}, ${grouped(term)}`;
  const signature = (testimony: Testimony): string =>
    `${hashText(toHex(testimony.signed.signature))} valid`;
  return [
    row('statement', name, name),
    row('signed by', culprit, culprit),
    row('epoch, term', when, when),
    ...positionRows(evidence),
    row('at the index', hashText(hashes[0]), hashText(hashes[1]), 'contradicts'),
    row('signature', signature(body.first), signature(body.second)),
  ];
}

/** Label, first statement, mark, second statement. */
function sideBySide(rows: readonly Row[], style: Style): string {
  const line = (label: string, first: string, mark: string, second: string): string =>
    `${label.padEnd(LABEL)}  ${first.padEnd(CELL)}${mark} ${second}`.trimEnd();
  const head = style('strong', line('', 'first statement', ' ', 'second statement'));
  const lines = rows.map(({ label, cells, relation }) => {
    const text = line(label, cells[0], MARKS[relation], cells[1]);
    return relation === 'contradicts' ? style('bad', text) : text;
  });
  return [head, ...lines].map((text) => `${text}\n`).join('');
}

const CHAIN: readonly Column[] = [
  { title: 'index', align: 'right' },
  { title: 'kind' },
  { title: 'leader’s clock' },
  { title: 'hash' },
  { title: 'parent' },
];

function chainRow(header: Header, hash: string): readonly string[] {
  const { index, kind, timestamp, parent } = header;
  return [grouped(index), kind, clock(timestamp), hashText(hash), hashText(parent)];
}

/** A leader may sign any number as its clock. */
function clock(timestamp: number): string {
  return timestamp < YEAR_10000 ? new Date(timestamp).toISOString() : `${timestamp} ms`;
}
const YEAR_10000: number = Date.UTC(10_000, 0);

/** `top` is the last one's hash; the others' are the next one's parent. */
function chainTable(headers: readonly Header[], top: string, style: Style): string {
  const rows = headers.map((header, at) => chainRow(header, headers[at + 1]?.parent ?? top));
  const hidden = rows.length - 2 * SHOWN_HEADERS;
  const shown =
    hidden <= 1
      ? rows
      : [...rows.slice(0, SHOWN_HEADERS), ['…', `${hidden} more`], ...rows.slice(-SHOWN_HEADERS)];
  return formatTable(CHAIN, shown, style);
}

/** Which of the statement's own fields names a position: the first that does, as where it is checked. */
function fieldOf(testimony: Testimony, index: number, hash: string): string {
  const names =
    testimony.signed.statement.kind === 'append-entries'
      ? ['head', 'previous']
      : ['accepted', 'prepared'];
  const at = namedPositions(testimony).findIndex(
    (position) => position.index === index && position.hash === hash,
  );
  return names[at] ?? 'position';
}

function linkText(
  which: string,
  testimony: Testimony,
  { index, hash }: Position,
  style: Style,
): string {
  const { headers } = testimony;
  const last = headers.at(-1);
  if (last === undefined) {
    const field = fieldOf(testimony, index, hash);
    return `The ${which} names index ${grouped(index)} itself, as ${field}.\n`;
  }
  const top = hashHeader(last, nativeDigest);
  const field = fieldOf(testimony, last.index, top);
  const text = `The ${which} signed its ${field} at ${grouped(last.index)}. An entry’s hash covers the hash of the entry before it, so ${counted(headers.length, 'header')} from ${grouped(index)} on show which entry the signature stands for at ${grouped(index)}:`;
  return `${wrap(text)}${chainTable(headers, top, style)}`;
}

/** Lines of at most `WIDTH` characters. */
function wrap(text: string, first = '', later = ''): string {
  const lines: string[] = [];
  let line = first;
  for (const word of text.split(' ')) {
    const isBegun = line !== first && line !== later;
    if (isBegun && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = later + word;
    } else line += isBegun ? ` ${word}` : word;
  }
  return [...lines, line].map((each) => `${each}\n`).join('');
}

export function explainEvidence(evidence: ProvenEvidence, style: Style): string {
  const { body, kind, index, hashes } = evidence;
  const rules = RULES[kind].map(({ rule, text }) => wrap(text, `  ${rule}  `, '      '));
  return [
    `${wrap(`${contradictionSentence(evidence)}.`)}id ${evidence.id}\n`,
    `${sideBySide(rowsOf(evidence), style)}${wrap('≠ is the contradiction. ~ differs, which by itself would be allowed.')}`,
    linkText('first statement', body.first, { index, hash: hashes[0] }, style),
    linkText('second statement', body.second, { index, hash: hashes[1] }, style),
    `${style('strong', 'Why no honest node signs both (docs/protocol.md)')}\n${rules.join('')}`,
    `${style('strong', 'What it means')}\n${wrap(MEANING)}${wrap(ADVICE)}`,
  ].join('\n');
}
