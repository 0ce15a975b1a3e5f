/** What a person reads: messages, and where the nodes stand, in words. */
import { certifiedPosition } from '../../src/consensus/model/certificate.ts';
import type { Certificate } from '../../src/consensus/model/certificate.ts';
import { positionOf } from '../../src/consensus/model/entry.ts';
import type {
  AppendEntries,
  EntriesBody,
  PeerMessage,
  TermProof,
} from '../../src/consensus/model/message.ts';
import type { TestNode } from '../tangaroa/cluster.ts';
import type { Book } from './book.ts';
import type { Event } from './world.ts';

export function describeMessage(message: PeerMessage, book: Book): string {
  switch (message.kind) {
    case 'append-entries':
      return describeAppend(message, book);
    case 'append-entries-response': {
      const { term, accepted, prepared } = message.signed.statement;
      return `response of term ${term}, accepted ${book.label(accepted)}, prepared ${book.label(prepared)}`;
    }
    case 'suspect': {
      const { wanted, reason } = message.signed.statement;
      return `suspect, wants term ${wanted} (${reason})${shown(message.certificate, book)}`;
    }
    case 'request-vote':
    case 'vote':
    case 'vote-refusal': {
      const { term, base } = message.signed.statement;
      const certificate = message.kind === 'vote' ? null : message.certificate;
      return `${message.kind} of term ${term} on ${book.label(base)}${shown(certificate, book)}`;
    }
    case 'transfer-leadership':
      return `transfer of leadership from term ${message.signed.statement.term} to ${message.signed.statement.wanted}`;
    case 'fetch-entries':
      return `fetch from ${message.body.from} up to ${book.label(message.body.head)}`;
    case 'entries':
      return describeEntries(message.body, book);
    case 'forward':
      return `forward of ${message.body.requests.map((one) => book.requestName(one)).join(' ')}`;
    case 'proof':
      return `proof by ${describeProof(message.body.term, book)}${shown(message.body.commit, book)}`;
    case 'evidence':
      return `evidence against ${message.body.culprit} at ${message.body.index}`;
  }
}

function shown(certificate: Certificate | null, book: Book): string {
  return certificate === null ? '' : `, showing ${book.describe(certificate)}`;
}

function describeAppend({ signed, entries, commit }: AppendEntries, book: Book): string {
  const { term, previous, head } = signed.statement;
  const what = entries.map((entry) => book.label(positionOf(entry))).join(' ');
  const text =
    entries.length === 0
      ? `heartbeat of term ${term} at ${book.label(head)}`
      : `append of term ${term}, ${what} after ${book.label(previous)}`;
  return `${text}${shown(commit, book)}`;
}

function describeEntries({ entries, headers, commit }: EntriesBody, book: Book): string {
  const what = entries.map((entry) => book.label(positionOf(entry))).join(' ');
  const more = headers.length === 0 ? '' : ` and ${headers.length} headers`;
  return `entries ${what}${more}${shown(commit, book)}`;
}

function describeProof(proof: TermProof, book: Book): string {
  switch (proof.type) {
    case 'genesis':
      return 'the genesis';
    case 'suspicion':
      return 'suspicion';
    case 'bundle':
      return `the vote bundle of term ${proof.bundle.votes[0]?.statement.term ?? 0}`;
    case 'prepare':
    case 'commit':
      return `the certificate for ${book.label(certifiedPosition(proof.certificate))}`;
  }
}

/** Where a node stands. */
export function describeNode({ core, up, writes }: TestNode, book: Book): string {
  if (!up) return 'down';
  const { role, term, leader, accepted, prepared, committed } = core.status();
  const who =
    role === 'follower' ? (leader === null ? 'follower of nobody' : `follower of ${leader}`) : role;
  const at = `accepted ${book.label(accepted)}, prepared ${book.label(prepared)}, committed ${book.label(committed)}`;
  return `term ${term}, ${who}, ${at}${writes ? '' : ', disk held'}`;
}

/** One line for those to whom the same happened one after the other. */
export function grouped(events: readonly Event[]): readonly string[] {
  const lines: string[] = [];
  for (let i = 0; i < events.length;) {
    const { who, to, what } = events[i] as Event;
    const names: string[] = [];
    for (; events[i]?.what === what && events[i]?.to === to; i++) names.push(events[i]?.who ?? '');
    const arrow = to === undefined ? '' : ` → ${to}`;
    lines.push(who === null ? what : `${names.join(' ')}${arrow}: ${what}`);
  }
  return lines;
}
