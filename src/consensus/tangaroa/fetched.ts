/**
 * Answers to fetches (N2, E3, D3): one links its last entry by headers to a position that is proven, so nothing unproven
 * is ever held.
 */
import { certifiedPosition } from '../model/certificate.ts';
import type { CommitCertificate } from '../model/certificate.ts';
import type { Entry, Header } from '../model/entry.ts';
import { hashHeader, positionOf } from '../model/entry.ts';
import type { LogIndex, NodeId } from '../model/ids.ts';
import type { Entries, EntriesBody } from '../model/message.ts';
import type { Position } from '../model/position.ts';
import { NONE, samePosition } from '../model/position.ts';
import type { AppendEntriesStatement, Signed } from '../model/statement.ts';
import type { Verified } from '../model/verified.ts';
import { hold, leaderCeiling } from './accept.ts';
import { learnBundlesIn, noteStatement } from './append.ts';
import { haltForked, learnCommit } from './commit.ts';
import { needs, useless } from './fetch.ts';
import type { State } from './state.ts';
import { accuse } from './suspicion.ts';
import { candidateOf } from './term.ts';

/**
 * M6: the answer to the open question is verified, and a late one that brings something: who was asked once could make
 * this node verify without end. Who was asked answers itself: what it said to somebody else is no answer.
 */
export function wantsEntries(s: State, { signed, body }: Entries, from: NodeId): boolean {
  const { asked, open } = s.fetching;
  if (signed.signer !== from || !asked.has(from)) return false;
  return open?.peer === from || bringsNews(s, body);
}

function bringsNews(s: State, body: EntriesBody): boolean {
  const leader = leaderOf(s, body);
  const known = s.leader.statement?.statement.head.index ?? 0;
  if (leader !== null && leader.statement.head.index > known) return true;
  const target = s.commitTarget === null ? s.chain.committed : certifiedPosition(s.commitTarget);
  if (body.commit !== null && certifiedPosition(body.commit).index > target.index) return true;
  const isMissing = ({ header, hash }: Entry): boolean =>
    header.index > s.chain.committed.index && s.chain.entry(hash) === null;
  const first = body.entries.find(isMissing);
  if (first === undefined) return false;
  const { index, parent } = first.header;
  const connects = s.chain.holds({ index: (index - 1) as LogIndex, hash: parent });
  return connects && index <= provenUpTo(s, body, leader).any;
}

/** Holds the proven part of an answer. */
export function onEntries(s: State, from: NodeId, message: Verified<Entries>): void {
  const f = s.fetching;
  const key = f.asked.get(from);
  if (key === undefined) return;
  const isAnswer = f.open?.peer === from;
  if (isAnswer) f.open = null;
  const { body } = message;
  if (body.commit !== null) notePassing(s, body.commit);
  learnBundlesIn(s, body.entries);
  const leader = leaderOf(s, body);
  if (leader !== null) noteStatement(s, leader);
  const proven = provenUpTo(s, body, leader);
  const usable = body.entries.filter(({ header }) => header.index <= proven.any);
  const ceiling = proven.certified > 0 ? (proven.certified as LogIndex) : leaderCeiling(s);
  const before = s.ticket;
  const last = hold(s, usable, ceiling);
  const isNew =
    s.ticket > before || (last?.header.index ?? 0) > (f.starts.get(key)?.tip?.index ?? 0);
  if (last === null || !isNew) {
    // What nobody asked for says nothing of what was asked: a flood of it keeps no question waiting.
    if (isAnswer) useless(s, from);
    checkConnection(s, usable, proven);
    return;
  }
  f.starts.set(key, { tip: positionOf(last), fromCommit: false });
  f.turn = 0;
  if (leader !== null && s.chain.holds(leader.statement.head)) noteHeld(s, leader);
  noteLinked(s, usable, Math.min(proven.committed, last.header.index), proven.by, body.commit);
}

/** The statement of this term's leader that came along. */
function leaderOf(s: State, { leader }: EntriesBody): Signed<AppendEntriesStatement> | null {
  if (leader === null || leader.signer !== candidateOf(s, s.term)) return null;
  return leader.statement.epoch === s.epoch && leader.statement.term === s.term ? leader : null;
}

function noteHeld(s: State, leader: Signed<AppendEntriesStatement>): void {
  const held = s.leader.held?.statement.head.index ?? 0;
  if (leader.statement.head.index > held) s.leader.held = leader;
}

/** A certificate is worth keeping beside the highest: others will fetch by it. */
function notePassing(s: State, certificate: CommitCertificate): void {
  learnCommit(s, certificate);
  const { index } = certifiedPosition(certificate);
  if (index <= s.chain.committed.index || s.passing.length >= PASSING_MAX) return;
  if (s.passing.some((one) => certifiedPosition(one).index === index)) return;
  s.passing = [...s.passing, certificate].sort(byIndex);
}

function byIndex(a: CommitCertificate, b: CommitCertificate): number {
  return certifiedPosition(a).index - certifiedPosition(b).index;
}

/** Chunks under way, and a few that traitors made up. */
const PASSING_MAX = 16;

function noteLinked(
  s: State,
  entries: readonly Entry[],
  upTo: number,
  proof: Position,
  commit: CommitCertificate | null,
): void {
  const last = entries.filter(({ header }) => header.index <= upTo).at(-1);
  const proves = commit !== null && samePosition(proof, certifiedPosition(commit));
  const certificate = proves ? commit : s.commitTarget;
  if (last === undefined || certificate === null) return;
  if (last.header.index > s.linked.position.index)
    s.linked = { position: positionOf(last), certificate };
}

/** Up to which index an answer is proven at all, by certificates, and to be committed. */
interface ProvenUpTo {
  readonly any: number;
  readonly certified: number;
  readonly committed: number;
  /** The position that proves `committed`. */
  readonly by: Position;
}

function provenUpTo(
  s: State,
  body: EntriesBody,
  leader: Signed<AppendEntriesStatement> | null,
): ProvenUpTo {
  const open = needs(s).filter((need) => need.proof !== 'none');
  let [any, certified, committed] = [0, 0, 0];
  let by: Position = NONE;
  for (const position of positionsOf(s, body)) {
    const { index } = position;
    const byCommit = body.commit !== null && samePosition(position, certifiedPosition(body.commit));
    const need = open.find(({ head }) => samePosition(head, position));
    if (byCommit || need?.proof === 'commit') {
      committed = index;
      by = position;
    }
    if (committed === index || need?.proof === 'certificate') certified = index;
    if (certified === index || need !== undefined) any = index;
    if (leader !== null && samePosition(position, leader.statement.head)) any = index;
  }
  return { any, certified, committed, by };
}

function positionsOf(s: State, body: EntriesBody): readonly Position[] {
  const ofHeader = (header: Header): Position => ({
    index: header.index,
    hash: hashHeader(header, s.deps.digest),
  });
  return [...body.entries.map(positionOf), ...body.headers.map(ofHeader)];
}

/** E5: proven entries that start right above the commit index and do not connect to it. */
function checkConnection(s: State, entries: readonly Entry[], proven: ProvenUpTo): void {
  const { committed } = s.chain;
  const first = entries.find(({ header }) => header.index === committed.index + 1);
  if (first === undefined || first.header.parent === committed.hash) return;
  if (proven.committed >= first.header.index) haltForked(s, s.commitTarget);
  else if (proven.certified < first.header.index) {
    accuse(s, candidateOf(s, s.term), 'its log conflicts with what is committed');
  }
}
