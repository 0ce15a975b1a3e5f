/** V1, V4: two signed statements that no honest node makes. Found here, stored for ever, brought to everybody. */
import { limits } from '../../base/limits.ts';
import type { Certificate } from '../model/certificate.ts';
import { firstHeader } from '../model/certificate.ts';
import type { Header } from '../model/entry.ts';
import { isSameEvidence } from '../model/evidence.ts';
import type { LogIndex, NodeId } from '../model/ids.ts';
import type {
  AppendEntries,
  AppendEntriesResponse,
  Evidence,
  EvidenceBody,
  PeerMessage,
} from '../model/message.ts';
import type { Verified } from '../model/verified.ts';
import type { State } from './state.ts';
import { report, send, store } from '../effects.ts';
import { accuse, wantedBy } from './suspicion.ts';
import { candidateOf } from './term.ts';
import type { Account, Contradiction, Spoken } from './witness.ts';
import { accountOfAnswer, accountOfAppend, accountOfResponse, testimonyOf } from './witness.ts';

/** V1: compares what a message says with what its signers said before in this (epoch, term), and remembers it. */
export function bearWitness(s: State, message: Verified<PeerMessage>): void {
  for (const account of accountsIn(s, message)) {
    const { signer } = account.signed;
    if (signer === s.self) continue;
    const found = contradiction(s, account);
    if (found === null) s.witness.remember(account);
    else convict(s, { culprit: signer, epoch: s.epoch, ...found });
  }
}

/**
 * M6: whether the statement contradicts what its signer said before, and nobody needs to be told so yet. A signer that
 * contradicts itself without end is verified no more for that.
 */
export function wouldConvict(
  s: State,
  message: Pick<AppendEntries, 'kind' | 'signed' | 'entries'> | AppendEntriesResponse,
): boolean {
  const account =
    message.kind === 'append-entries'
      ? accountOfAppend(message)
      : accountOfResponse(message.signed);
  const found = contradiction(s, account);
  if (found === null) return false;
  return isWorthKnowing(s, { culprit: account.signed.signer, epoch: s.epoch, ...found });
}

/** The statements of this (epoch, term) that came with a message: its own, a leader's beside entries, a quorum's. */
function accountsIn(s: State, message: PeerMessage): readonly Account[] {
  const certified = certificatesIn(message)
    .filter((certificate) => firstHeader(certificate).term === s.term)
    .flatMap(({ responses }) => responses.map(accountOfResponse));
  return [...ownAccounts(s, message), ...certified].filter(({ signed }) => isOfTerm(s, signed));
}

function ownAccounts(s: State, message: PeerMessage): readonly Account[] {
  switch (message.kind) {
    case 'append-entries':
      return [accountOfAppend(message)];
    case 'append-entries-response':
      return [accountOfResponse(message.signed)];
    case 'entries': {
      const { leader } = message.body;
      return leader === null ? [] : [accountOfAnswer(leader, message.body, s.deps.digest)];
    }
    default:
      return [];
  }
}

/** E1: of AppendEntries only those of the term's candidate are looked at. */
function isOfTerm(s: State, { signer, statement }: Spoken): boolean {
  const { epoch, term, kind } = statement;
  if (epoch !== s.epoch || term !== s.term) return false;
  return kind === 'append-entries-response' || signer === candidateOf(s, term);
}

function certificatesIn(message: PeerMessage): readonly Certificate[] {
  switch (message.kind) {
    case 'append-entries':
      return message.commit === null ? [] : [message.commit];
    case 'suspect':
    case 'request-vote':
    case 'vote-refusal':
      return message.certificate === null ? [] : [message.certificate];
    case 'entries':
      return message.body.commit === null ? [] : [message.body.commit];
    case 'proof': {
      const { term, commit } = message.body;
      const shown = term.type === 'prepare' || term.type === 'commit' ? [term.certificate] : [];
      return commit === null ? shown : [...shown, commit];
    }
    default:
      return [];
  }
}

function contradiction(s: State, account: Account): Contradiction | null {
  return s.witness.contradiction(account) ?? againstOwnChain(s, account);
}

/** The chain that this node accepted under the leader's own statement remembers further down than the witness does. */
function againstOwnChain(s: State, account: Account): Contradiction | null {
  const accepted = s.acceptance.statement;
  if (account.signed.statement.kind !== 'append-entries' || accepted === null) return null;
  if (accepted.signer !== account.signed.signer) return null;
  const top = accepted.statement.head.index;
  for (const [at, { position }] of account.claims.entries()) {
    const { index, hash } = position;
    if (index > top || top - index >= limits.fetchHeadersMax) continue;
    const own = s.chain.hashAt(index);
    if (own === null || own === hash) continue;
    const headers = index === top ? [] : headersOf(s, index, top);
    return { index, first: { signed: accepted, headers }, second: testimonyOf(account, at) };
  }
  return null;
}

function headersOf(s: State, from: LogIndex, to: LogIndex): readonly Header[] {
  const headers: Header[] = [];
  for (let index = from; index <= to; index++) {
    const linked = s.chain.headerAt(index);
    if (linked !== null) headers.push(linked.header);
  }
  return headers;
}

/** V4: evidence that another node gathered; passed on once, by whoever did not have it. */
export function onEvidence(s: State, message: Verified<Evidence>): void {
  if (message.body.epoch === s.epoch) convict(s, message.body);
}

/** Whether evidence says more than this node knows, or makes the leader of this term rogue that is not left yet. */
export function isWorthKnowing(s: State, body: EvidenceBody): boolean {
  return !isKnownEvidence(s, body) || deposes(s, body);
}

function convict(s: State, body: EvidenceBody): void {
  if (!isKnownEvidence(s, body)) keep(s, body);
  if (deposes(s, body)) accuse(s, body.culprit, 'evidence against it');
}

/** S1 `rogue`: it is of this term, and against the term's leader, and this voter does not want a later term yet. */
function deposes(s: State, body: EvidenceBody): boolean {
  const isLeader = body.culprit === candidateOf(s, s.term) && termOf(body) === s.term;
  return isLeader && s.voter && wantedBy(s, s.self) <= s.term;
}

/** Whether this node has it, or enough of it. */
function isKnownEvidence(s: State, body: EvidenceBody): boolean {
  return isConvicted(s, body.culprit) || s.evidence.some((other) => isSameEvidence(other, body));
}

/** Whether this node has as much evidence against another as it keeps. */
export function isConvicted(s: State, culprit: NodeId): boolean {
  const against = s.evidence.filter((body) => body.culprit === culprit);
  return against.length >= limits.evidencePerCulpritMax;
}

function termOf(body: EvidenceBody): number {
  return body.first.signed.statement.term;
}

function keep(s: State, body: EvidenceBody): void {
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
}

/**
 * V4: a peer whose link has just come up may lack any of it. It is told from behind what it was told first the last
 * time: links may fail often, and soon after that piece.
 */
export function owePeer(s: State, peer: NodeId): void {
  const { first, told } = s.evidenceOwed.get(peer) ?? { first: 0, told: 0 };
  const owed = s.evidence.length;
  if (owed > 0) s.evidenceOwed.set(peer, { first: first + Math.min(told, 1), told: 0, owed });
}

/** V4: one piece for each peer that may lack some, each heartbeat interval. */
export function payPeers(s: State): void {
  for (const [peer, { first, told, owed }] of s.evidenceOwed) {
    const body = s.evidence[(first + told) % s.evidence.length];
    if (told === owed || body === undefined) continue;
    send(s, peer, s.deps.signBody({ kind: 'evidence', body }), s.ticket);
    s.evidenceOwed.set(peer, { first, told: told + 1, owed });
  }
}
