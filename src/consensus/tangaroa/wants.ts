/** M6: a signature is checked only if the message could change something. Cheap, and changes nothing itself. */
import { unreachable } from '../../base/assert.ts';
import { certifiedPosition, firstHeader } from '../model/certificate.ts';
import type { NodeId, Term } from '../model/ids.ts';
import type {
  AppendEntries,
  AppendEntriesResponse,
  Forward,
  PeerMessage,
  ProofBody,
  Suspect,
} from '../model/message.ts';
import type { Position } from '../model/position.ts';
import type { Signed, VoteStatement } from '../model/statement.ts';
import { wantsEntries } from './fetched.ts';
import { isConvicted, isWorthKnowing, wouldConvict } from './evidence.ts';
import type { State } from './state.ts';
import { isDue } from './state.ts';
import { wantedBy } from './suspicion.ts';
import { baseKey, candidateOf, proofIntervalMs, suspicionTerm } from './term.ts';

export function wants(s: State, message: PeerMessage, from: NodeId): boolean {
  if (s.halted || message.signed.signer === s.self) return false;
  switch (message.kind) {
    case 'append-entries':
      return (
        ofCandidate(s, message.signed) &&
        (wantsLater(s, message, from) ??
          wantsTerm(s, message.signed, from) ??
          wantsAppend(s, message))
      );
    case 'append-entries-response':
      return wantsTerm(s, message.signed, from) ?? wantsResponse(s, message);
    case 'suspect':
      return wantsSuspect(s, message, from);
    case 'request-vote':
      return ofCandidate(s, message.signed) && (wantsTerm(s, message.signed, from) ?? true);
    case 'vote':
      return wantsTerm(s, message.signed, from) ?? wantsVote(s, message.signed.statement);
    case 'vote-refusal':
      return wantsTerm(s, message.signed, from) ?? s.role.type === 'candidate';
    case 'transfer-leadership':
      return (
        ofCandidate(s, message.signed) &&
        (wantsTerm(s, message.signed, from) ?? wantedBy(s, s.self) <= s.term)
      );
    case 'fetch-entries':
      return true;
    case 'forward':
      return wantsForward(s, message, from);
    case 'entries':
      return wantsEntries(s, message, from);
    case 'proof':
      return wantsProof(s, message.body);
    case 'evidence':
      return isWorthKnowing(s, message.body);
    default:
      return unreachable(message);
  }
}

/** Of another (epoch, term): a lower one is worth a Proof now and then, a higher one worth asking (M5). Null: ours. */
function wantsTerm(
  s: State,
  { signer, statement }: Signed<Extract<Signed['statement'], { term: Term }>>,
  from: NodeId,
): boolean | null {
  if (statement.epoch !== s.epoch) return false;
  if (statement.term < s.term) return wantsProving(s, signer, from);
  return statement.term > s.term ? true : null;
}

/** M5: a stale message is answered now and then, to its signer: one that somebody else replays is worth nothing. */
function wantsProving(s: State, signer: NodeId, from: NodeId): boolean {
  return signer === from && isDue(s, s.proofSentMs, from, proofIntervalMs(s));
}

/** E1: what only the candidate of a term signs is not worth a look from another, in this term or a higher one. */
function ofCandidate(
  s: State,
  { signer, statement }: Signed<Extract<Signed['statement'], { term: Term }>>,
): boolean {
  return statement.term < s.term || signer === candidateOf(s, statement.term);
}

/**
 * S4: at least half of what is new in it fits the share of whose link it came over, and its clients' parts of that. So
 * what is verified in vain is no more than what is kept.
 */
function wantsForward(s: State, { body }: Forward, from: NodeId): boolean {
  if (candidateOf(s, s.term) !== s.self) return false;
  const fresh = body.requests.filter((request) => s.pool.isNews(request));
  const bytes = fresh.reduce((sum, request) => sum + request.bytes.length, 0);
  return bytes > 0 && 2 * s.pool.roomFor(from, fresh) >= bytes;
}

/** E3: votes count for bases that the candidate asked with. */
function wantsVote(s: State, statement: VoteStatement): boolean {
  return s.role.type === 'candidate' && s.role.asked.has(baseKey(statement));
}

/**
 * M5: of a later term entries count for nothing before that is proven, and whoever is its candidate can send them for
 * ever: worth a question to its sender now and then, unless a bundle or certificate comes along. Null: of no later term.
 */
function wantsLater(s: State, message: AppendEntries, from: NodeId): boolean | null {
  const { epoch, term } = message.signed.statement;
  if (epoch !== s.epoch || term <= s.term) return null;
  const brings = opensTerm(message) || commitsMore(s, message);
  return brings || isDue(s, s.askedMs, from, proofIntervalMs(s));
}

function opensTerm({ entries }: AppendEntries): boolean {
  return entries.some(({ header }) => header.kind === 'term');
}

function commitsMore(s: State, { commit }: AppendEntries): boolean {
  return commit !== null && certifiedPosition(commit).index > s.chain.committed.index;
}

function wantsAppend(s: State, message: AppendEntries): boolean {
  const { statement } = message.signed;
  if (!s.leader.proven && opensTerm(message)) return true;
  const commits = commitsMore(s, message);
  const isNews = commits || statement.sequence > s.leader.sequence;
  return isNews || !s.chain.holds(statement.head) || wouldConvict(s, message);
}

/**
 * A Response that could move a q-th highest value and says more than is known of its signer, or that contradicts what is
 * held or what its signer said (V1).
 */
function wantsResponse(s: State, message: AppendEntriesResponse): boolean {
  const { signer, statement } = message.signed;
  const { accepted, prepared } = statement;
  const preparedIndex = s.best.rank.term === s.term ? s.best.rank.index : 0;
  const isAbove = accepted.index > preparedIndex || prepared.index > s.chain.committed.index;
  return (
    (isAbove && !s.tally.covers(message.signed)) ||
    ((offChain(s, accepted) || offChain(s, prepared)) && !isConvicted(s, signer)) ||
    wouldConvict(s, message)
  );
}

function offChain(s: State, position: Position): boolean {
  if (position.index === 0) return false;
  const hash = s.chain.hashAt(position.index);
  return hash !== null && hash !== position.hash;
}

function wantsSuspect(s: State, { signed, certificate }: Suspect, from: NodeId): boolean {
  const { statement, signer } = signed;
  if (statement.epoch !== s.epoch) return false;
  if (certificate !== null && firstHeader(certificate).term > s.term) return true;
  if (statement.wanted > wantedBy(s, signer)) return true;
  return statement.wanted <= s.term && wantsProving(s, signer, from);
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
