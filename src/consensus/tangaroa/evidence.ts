/** V1: two signed statements that no honest node makes. Found here, stored for ever, gossiped once. */
import { limits } from '../../base/limits.ts';
import type { Entry, Header } from '../model/entry.ts';
import { positionOf } from '../model/entry.ts';
import type { LogIndex } from '../model/ids.ts';
import type { Evidence, EvidenceBody, Testimony } from '../model/message.ts';
import type { Position } from '../model/position.ts';
import type { AppendEntriesStatement, ResponseStatement, Signed } from '../model/statement.ts';
import type { Verified } from '../model/verified.ts';
import type { State } from './state.ts';
import { report, send, store } from './state.ts';
import { accuse } from './suspicion.ts';

/** Kept for each culprit: it can make any number of contradictions, one is enough to convict it. */
const KEPT_PER_CULPRIT = 8;

/** Compares an AppendEntries with the chain that this node accepted under the leader's earlier statement. */
export function contradictLeader(
  s: State,
  signed: Signed<AppendEntriesStatement>,
  entries: readonly Entry[],
): void {
  const first = s.acceptance.statement;
  if (first === null || first.signer !== signed.signer) return;
  const { previous, head } = signed.statement;
  if (conflictsAt(s, first, previous)) {
    return convict(s, previous.index, accepted(s, first, previous.index), { signed, headers: [] });
  }
  const at = entries.findIndex((entry) => conflictsAt(s, first, positionOf(entry)));
  const index = entries[at]?.header.index;
  if (index !== undefined) {
    const headers = index === head.index ? [] : entries.slice(at).map((entry) => entry.header);
    return convict(s, index, accepted(s, first, index), { signed, headers });
  }
  if (conflictsAt(s, first, head)) {
    convict(s, head.index, accepted(s, first, head.index), { signed, headers: [] });
  }
}

/** Whether the leader's own statement covers another hash at that index, in the entries of its term. */
function conflictsAt(s: State, first: Signed<AppendEntriesStatement>, position: Position): boolean {
  const { index } = position;
  if (index === 0 || index > first.statement.head.index) return false;
  const linked = s.chain.headerAt(index);
  return linked !== null && linked.header.term === s.term && linked.hash !== position.hash;
}

/** What this node accepted, from the conflicting index up to the head that the leader signed. */
function accepted(s: State, signed: Signed<AppendEntriesStatement>, index: LogIndex): Testimony {
  const { head } = signed.statement;
  return { signed, headers: index === head.index ? [] : headersOf(s, index, head.index) };
}

function headersOf(s: State, from: LogIndex, to: LogIndex): readonly Header[] {
  const headers: Header[] = [];
  for (let index = from; index <= to; index++) {
    const linked = s.chain.headerAt(index);
    if (linked !== null) headers.push(linked.header);
  }
  return headers;
}

/**
 * Compares a voter's Response with those kept of it, by the indexes that both name. Not along the chains between: after
 * N2's exception an honest voter that named (10, a) may name (12, b), whose chain has another entry at 10 (V3).
 */
export function contradictVoter(s: State, signed: Signed<ResponseStatement>): void {
  const { accepted: first, prepared } = signed.statement;
  // What was placed lies on the own chain: nothing else on it contradicts that.
  if (!s.tally.waitsFor(signed.signer) && onPathOrNone(s, first) && onPathOrNone(s, prepared))
    return;
  for (const known of s.tally.statementsOf(signed.signer)) {
    for (const a of named(known)) {
      const b = named(signed).find(({ index }) => index === a.index);
      if (b === undefined || b.hash === a.hash) continue;
      return convict(s, a.index, { signed: known, headers: [] }, { signed, headers: [] });
    }
  }
}

function onPathOrNone(s: State, position: Position): boolean {
  return position.index === 0 || s.chain.onPath(position);
}

function named(signed: Signed<ResponseStatement>): readonly Position[] {
  const { accepted: first, prepared } = signed.statement;
  return [first, prepared].filter((position) => position.index > 0);
}

function convict(s: State, index: LogIndex, first: Testimony, second: Testimony): void {
  const longest = Math.max(first.headers.length, second.headers.length);
  if (longest > limits.fetchHeadersMax) return;
  const culprit = first.signed.signer;
  if (culprit === s.self) return;
  keep(s, { culprit, epoch: s.epoch, index, first, second });
}

/** V1: evidence that another node gathered; gossiped on once, by whoever did not have it. */
export function onEvidence(s: State, message: Verified<Evidence>): void {
  if (message.body.epoch === s.epoch) keep(s, message.body);
}

/** Whether this node has it, or enough of it. */
export function isKnownEvidence(s: State, body: EvidenceBody): boolean {
  const kept = s.evidence.filter(({ culprit }) => culprit === body.culprit);
  return kept.length >= KEPT_PER_CULPRIT || kept.some((other) => sameContradiction(other, body));
}

function sameContradiction(a: EvidenceBody, b: EvidenceBody): boolean {
  return (
    a.index === b.index &&
    termOf(a) === termOf(b) &&
    a.first.signed.statement.kind === b.first.signed.statement.kind
  );
}

function termOf(body: EvidenceBody): number {
  return body.first.signed.statement.term;
}

function keep(s: State, body: EvidenceBody): void {
  if (isKnownEvidence(s, body)) return;
  s.evidence.push(body);
  const ticket = store(s, [{ type: 'evidence', body }]);
  send(s, 'all', s.deps.signBody({ kind: 'evidence', body }), ticket);
  report(
    s,
    'error',
    'evidence',
    `${body.culprit} signed two contradicting statements at index ${body.index}`,
    {
      culprit: body.culprit,
      index: body.index,
      term: termOf(body),
    },
  );
  const { statement } = body.first.signed;
  if (statement.term === s.term) accuse(s, body.culprit, 'evidence against it');
}
