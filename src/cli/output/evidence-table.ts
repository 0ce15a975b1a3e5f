/** Evidence in tables: what is proven, and clearly apart from it what nodes only say. */
import type { EvidenceKind } from '../../consensus/model/evidence.ts';
import type { HeldEvidence } from '../../client/evidence.ts';
import type { ProvenEvidence } from '../../client/evidence-proof.ts';
import { shortId } from '../cluster/evidence-pick.ts';
import type { EvidenceView, Suspicion } from '../cluster/evidence-view.ts';
import { age, grouped } from './numbers.ts';
import type { Style } from './style.ts';
import { formatTable } from './table.ts';
import type { Column } from './table.ts';

const PROOF_COLUMNS: readonly Column[] = [
  { title: 'id' },
  { title: 'culprit' },
  { title: 'epoch', align: 'right' },
  { title: 'term', align: 'right' },
  { title: 'index', align: 'right' },
  { title: 'signed twice' },
  { title: 'held by' },
];
const SUSPICION_COLUMNS: readonly Column[] = [
  { title: 'about' },
  { title: 'what is said' },
  { title: 'by' },
];
const UNPROVEN_COLUMNS: readonly Column[] = [
  { title: 'named by' },
  { title: 'id' },
  { title: 'why it proves nothing' },
];

/** One, and two. */
const KIND_NAMES: Readonly<Record<EvidenceKind, readonly [string, string]>> = {
  'append-entries': ['AppendEntries', 'AppendEntries'],
  'append-entries-response': ['AppendEntriesResponse', 'AppendEntriesResponses'],
};

/** S1: what a voter says with its reason. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['silent', 'the leader was silent'],
  ['stalled', 'a request was not executed in time'],
  ['rogue', 'the leader broke the protocol under its own signature'],
  ['resigned', 'the leader gave up its term'],
  ['joined', 'f+1 other voters want it'],
]);

export function kindName(kind: EvidenceKind): string {
  return KIND_NAMES[kind][0];
}

/** `node3 signed two AppendEntries of epoch 0, term 7 with different entries at index 412` */
export function contradictionSentence(evidence: ProvenEvidence): string {
  const { culprit, kind, epoch, term, index } = evidence;
  const [, two] = KIND_NAMES[kind];
  return `${culprit} signed two ${two} of epoch ${epoch}, term ${term} with different entries at index ${grouped(index)}`;
}

function proofRow(evidence: HeldEvidence): readonly string[] {
  const { id, culprit, epoch, term, index, kind, heldBy } = evidence;
  return [
    shortId(id),
    culprit,
    String(epoch),
    String(term),
    grouped(index),
    kindName(kind),
    heldBy.join(', '),
  ];
}

export function suspicionText(suspicion: Suspicion): string {
  switch (suspicion.type) {
    case 'wants-term': {
      const why = REASONS.get(suspicion.reason) ?? suspicion.reason;
      return `wants term ${grouped(suspicion.wanted)}: ${why}`;
    }
    case 'silent':
      return suspicion.lastHeardAgoMs === null
        ? 'is not heard: never since they started'
        : `is not heard: ${age(suspicion.lastHeardAgoMs)} ago for the last time`;
    case 'lags':
      return `lags ${grouped(suspicion.entries)} log ${suspicion.entries === 1 ? 'entry' : 'entries'} behind`;
    case 'unreachable':
      return `cannot be reached: ${suspicion.reason}`;
  }
}

function suspicionRow(suspicion: Suspicion): readonly string[] {
  const by = suspicion.type === 'unreachable' ? 'this command' : suspicion.by.join(', ');
  return [suspicion.about, suspicionText(suspicion), by];
}

function section(title: string, text: string, style: Style): string {
  return `${style('strong', title)}\n${text}`;
}

function proofSection(view: EvidenceView, style: Style): string {
  if (!view.signs)
    return section(
      'PROOF: none, ever',
      'The protocol is plain Raft: its nodes sign nothing, so nothing that one says can be held against it.\n',
      style,
    );
  if (view.proven.length === 0)
    return section('PROOF: none', 'No node that answers holds evidence.\n', style);
  const title = 'PROOF: two signed statements each that no honest node makes; verified here';
  return section(title, formatTable(PROOF_COLUMNS, view.proven.map(proofRow), style), style);
}

/** Proof in one table; below, and never called proof, what is only said. */
export function evidenceTables(view: EvidenceView, style: Style): string {
  const sections = [proofSection(view, style)];
  if (view.unproven.length > 0) {
    const rows = view.unproven.map(({ node, id, reason }) => [
      node,
      id === null ? '-' : shortId(id),
      reason,
    ]);
    const title = 'NOT PROVEN: named as evidence by a node that could not prove it';
    sections.push(section(title, formatTable(UNPROVEN_COLUMNS, rows, style), style));
  }
  const suspicions = view.suspicions.map(suspicionRow);
  sections.push(
    suspicions.length === 0
      ? section('SUSPICION: none', 'Nobody is called slow or silent.\n', style)
      : section(
          'SUSPICION: by one word alone, never proof; a slow network looks the same',
          formatTable(SUSPICION_COLUMNS, suspicions, style),
          style,
        ),
  );
  if (view.diverged.length > 0)
    sections.push(
      section(
        'DIVERGENCE: different states at the same index; a bug or bit rot perhaps, never proof',
        `${view.diverged.join(', ')}: keep their data, and report it\n`,
        style,
      ),
    );
  return sections.join('\n');
}
