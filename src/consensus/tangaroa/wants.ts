/** M6: a signature is checked only if the message could change something. Cheap, and changes nothing itself. */
import { unreachable } from '../../base/assert.ts';
import { certifiedPosition, firstHeader } from '../model/certificate.ts';
import type { Term } from '../model/ids.ts';
import type {
  AppendEntries,
  AppendEntriesResponse,
  PeerMessage,
  ProofBody,
  Suspect,
} from '../model/message.ts';
import type { Position } from '../model/position.ts';
import type { Signed, VoteStatement } from '../model/statement.ts';
import { isKnownEvidence } from './evidence.ts';
import type { State } from './state.ts';
import { isDue } from './state.ts';
import { wantedBy } from './suspicion.ts';
import { baseKey, candidateOf, proofIntervalMs, suspicionTerm } from './term.ts';

export function wants(s: State, message: PeerMessage): boolean {
  if (s.halted || message.signed.signer === s.self) return false;
  switch (message.kind) {
    case 'append-entries':
      return (
        ofCandidate(s, message.signed) && (wantsTerm(s, message.signed) ?? wantsAppend(s, message))
      );
    case 'append-entries-response':
      return wantsTerm(s, message.signed) ?? wantsResponse(s, message);
    case 'suspect':
      return wantsSuspect(s, message);
    case 'request-vote':
      return ofCandidate(s, message.signed) && (wantsTerm(s, message.signed) ?? true);
    case 'vote':
      return wantsTerm(s, message.signed) ?? wantsVote(s, message.signed.statement);
    case 'vote-refusal':
      return wantsTerm(s, message.signed) ?? s.role.type === 'candidate';
    case 'transfer-leadership':
      return (
        ofCandidate(s, message.signed) &&
        (wantsTerm(s, message.signed) ?? wantedBy(s, s.self) <= s.term)
      );
    case 'fetch-entries':
      return true;
    case 'forward':
      return candidateOf(s, s.term) === s.self;
    case 'entries':
      return s.fetching.asked.has(message.signed.signer);
    case 'proof':
      return wantsProof(s, message.body);
    case 'evidence':
      return !isKnownEvidence(s, message.body);
    default:
      return unreachable(message);
  }
}

/** Of another (epoch, term): a lower one is worth a Proof now and then, a higher one worth asking (M5). Null: ours. */
function wantsTerm(
  s: State,
  { signer, statement }: Signed<Extract<Signed['statement'], { term: Term }>>,
): boolean | null {
  if (statement.epoch !== s.epoch) return false;
  if (statement.term < s.term) return isDue(s, s.proofSentMs, signer, proofIntervalMs(s));
  return statement.term > s.term ? true : null;
}

/** E1: what only the candidate of a term signs is not worth a look from another, in this term or a higher one. */
function ofCandidate(
  s: State,
  { signer, statement }: Signed<Extract<Signed['statement'], { term: Term }>>,
): boolean {
  return statement.term < s.term || signer === candidateOf(s, statement.term);
}

/** E3: votes count for bases that the candidate asked with. */
function wantsVote(s: State, statement: VoteStatement): boolean {
  return s.role.type === 'candidate' && s.role.asked.has(baseKey(statement));
}

function wantsAppend(s: State, { signed, entries, commit }: AppendEntries): boolean {
  const { statement } = signed;
  if (!s.leader.proven && entries.some(({ header }) => header.kind === 'term')) return true;
  const commits = commit !== null && certifiedPosition(commit).index > s.chain.committed.index;
  return commits || statement.sequence > s.leader.sequence || !s.chain.holds(statement.head);
}

/** A Response that could move a q-th highest value, or that contradicts what is held. */
function wantsResponse(s: State, { signed }: AppendEntriesResponse): boolean {
  const { accepted, prepared } = signed.statement;
  const preparedIndex = s.best.rank.term === s.term ? s.best.rank.index : 0;
  return (
    accepted.index > preparedIndex ||
    prepared.index > s.chain.committed.index ||
    offChain(s, accepted) ||
    offChain(s, prepared)
  );
}

function offChain(s: State, position: Position): boolean {
  if (position.index === 0) return false;
  const hash = s.chain.hashAt(position.index);
  return hash !== null && hash !== position.hash;
}

function wantsSuspect(s: State, { signed, certificate }: Suspect): boolean {
  const { statement, signer } = signed;
  if (statement.epoch !== s.epoch) return false;
  if (certificate !== null && firstHeader(certificate).term > s.term) return true;
  if (statement.wanted > wantedBy(s, signer)) return true;
  return statement.wanted <= s.term && isDue(s, s.proofSentMs, signer, proofIntervalMs(s));
}

function wantsProof(s: State, body: ProofBody): boolean {
  if (body.commit !== null && certifiedPosition(body.commit).index > s.chain.committed.index)
    return true;
  switch (body.term.type) {
    case 'genesis':
      return false;
    case 'suspicion':
      return suspicionTerm(s, body.term.certificate) > s.term;
    case 'bundle': {
      const term = body.term.bundle.votes[0]?.statement.term ?? 0;
      return term > s.term || (term === s.term && !s.leader.proven);
    }
    case 'prepare':
    case 'commit':
      return firstHeader(body.term.certificate).term > s.term;
  }
}
