/** Terms: who may lead one (E1), what puts a node into one (M4), and how it proves that to others (M5). */
import { limits } from '../../base/limits.ts';
import { assert } from '../../base/assert.ts';
import type { Base, Certificate, SuspicionCertificate, VoteBundle } from '../model/certificate.ts';
import { rankOf } from '../model/certificate.ts';
import type { NodeId, Term } from '../model/ids.ts';
import type { AppendEntriesResponse, TermProof } from '../model/message.ts';
import { quorumValue } from '../model/quorum.ts';
import type { Position, Rank } from '../model/position.ts';
import { NONE } from '../model/position.ts';
import type { VoteStatement } from '../model/statement.ts';
import type { State } from './state.ts';
import { report, send, store } from '../effects.ts';
import { due, freshAcceptance, freshFetching, freshLeader, keepOnly } from './state.ts';
import { Tally } from './tally.ts';
import { Witness } from './witness.ts';

/** E1: the candidate of a term is fixed by rotation. */
export function candidateOf(s: State, term: Term): NodeId {
  const turn = (term - s.firstTerm) % s.order.length;
  const candidate = s.order[turn];
  assert(candidate !== undefined, 'a term of this epoch is at least its firstTerm');
  return candidate;
}

/** What a vote names, as a key: votes count for the base they name (E3). */
export function baseKey(base: { readonly baseRank: Rank; readonly base: Position }): string {
  const { epoch, term, index } = base.baseRank;
  return `${epoch}.${term}.${index}.${base.base.index}.${base.base.hash}`;
}

/**
 * M4, S2, E3: enters a higher term. Its certificate for the term is fixed now; from here on the voter takes no part in
 * lower terms, so what it was about to say in them is forgotten. Durable before anything is sent in it.
 */
export function enterTerm(s: State, term: Term, proof: TermProof): void {
  assert(term > s.term, 'terms only grow');
  s.term = term;
  s.proof = proof;
  s.lock = s.best;
  s.enteredAtMs = s.now.monotonicMs;
  s.calmSinceMs = s.now.monotonicMs;
  // S3: on entering any term but a firstTerm, however it was learnt.
  if (term !== s.firstTerm) s.backoff = Math.min(s.backoff + 1, limits.backoffMax);
  s.stalledAt = null;
  s.transfer = null;
  dropStrays(s);
  beginTerm(s);
  if (s.role.type === 'follower') s.pool.dropForeign();
  s.termTicket = store(s, [{ type: 'term', record: termRecord(s) }]);
  report(s, 'info', 'entered-term', `entered term ${term} (${proof.type})`, {
    term,
    candidate: candidateOf(s, term),
    proof: proof.type,
  });
}

function termRecord(s: State): { epoch: State['epoch']; term: Term; proof: TermProof; lock: Base } {
  return { epoch: s.epoch, term: s.term, proof: s.proof, lock: s.lock };
}

/** What the last term's leader left that was neither accepted nor certified: a new term begins with room. */
function dropStrays(s: State): void {
  keepOnly(s, [s.lock.position, s.best.position, s.linked.position]);
}

/** The volatile half of entering: also what a fresh node does with its first term. */
export function beginTerm(s: State): void {
  s.chain.leave();
  s.tally = new Tally(s.configuration.sets);
  s.witness = new Witness();
  s.leader = freshLeader(s.now);
  s.acceptance = freshAcceptance();
  s.ballot = { votes: new Map(), refusal: null };
  s.fetching = freshFetching();
  const candidate = s.voter && candidateOf(s, s.term) === s.self;
  s.role = candidate
    ? {
        type: 'candidate',
        base: s.best,
        request: null,
        asked: new Set(),
        votes: new Map(),
        heeded: new Map(),
      }
    : { type: 'follower' };
}

/** A fresh node opens the first term of the epoch, which needs no suspicion (E1). */
export function beginFirstTerm(s: State): void {
  beginTerm(s);
  s.termTicket = store(s, [{ type: 'term', record: termRecord(s) }]);
}

/** E5: a verified bundle puts a node into its term and proves the term's leader. */
export function learnBundle(s: State, bundle: VoteBundle): void {
  const vote = (bundle.votes[0] as { readonly statement: VoteStatement }).statement;
  if (vote.epoch !== s.epoch || vote.term < s.term) return;
  if (vote.term > s.term) enterTerm(s, vote.term, { type: 'bundle', bundle });
  if (s.leader.proven && s.leader.base !== null) {
    // Another bundle of the term: how far its leader may go (N1) the higher base says.
    if (vote.base.index > s.leader.base.index) s.leader.base = vote.base;
    return;
  }
  s.leader.proven = true;
  s.leader.base = vote.base;
  s.leader.provenAtMs = s.now.monotonicMs;
  s.leader.freshAtMs = s.now.monotonicMs;
  s.proof = { type: 'bundle', bundle };
}

/** M4: a verified certificate of a higher term puts a node into it. */
export function learnTermOf(s: State, certificate: Certificate): void {
  const { epoch, term } = rankOf(certificate);
  if (epoch !== s.epoch || term <= s.term) return;
  enterTerm(s, term, { type: certificate.phase, certificate } as TermProof);
}

/** S2: the term that a suspicion certificate opens is the q-th highest wanted one. */
export function suspicionTerm(s: State, certificate: SuspicionCertificate): Term {
  const wanted = new Map<NodeId, Term>();
  for (const { signer, statement } of certificate.suspects) {
    if (statement.epoch === s.epoch) wanted.set(signer, statement.wanted);
  }
  return quorumValue(s.configuration.sets, (id) => wanted.get(id) ?? 0) as Term;
}

/** Only those who want the term are its proof: beside them a traitor may have put a Suspect that wants less. */
export function learnSuspicion(s: State, certificate: SuspicionCertificate): void {
  const term = suspicionTerm(s, certificate);
  if (term <= s.term) return;
  const suspects = certificate.suspects.filter(({ statement }) => statement.wanted >= term);
  enterTerm(s, term, { type: 'suspicion', certificate: { suspects } });
}

export function learnProof(s: State, proof: TermProof): void {
  switch (proof.type) {
    case 'genesis':
      return;
    case 'suspicion':
      return learnSuspicion(s, proof.certificate);
    case 'bundle':
      return learnBundle(s, proof.bundle);
    case 'prepare':
    case 'commit':
      return learnTermOf(s, proof.certificate);
  }
}

/** M5: answers a message of a lower (epoch, term), rate-limited, with what put this node into its own. */
export function prove(s: State, peer: NodeId): void {
  if (peer === s.self || !due(s, s.proofSentMs, peer, proofIntervalMs(s))) return;
  const body = { term: s.proof, commit: s.newestCommit };
  send(s, peer, s.deps.signBody({ kind: 'proof', body }), s.termTicket);
}

/** M5: asks for the proof of a higher term by showing one's own, lower one. */
export function askForProof(s: State, peer: NodeId): void {
  if (!s.voter || !due(s, s.askedMs, peer, proofIntervalMs(s))) return;
  send(s, peer, ownResponse(s), s.termTicket);
}

export function proofIntervalMs(s: State): number {
  return s.configuration.parameters.heartbeatIntervalMs;
}

/** The newest Response, byte for byte (M3); one that names nothing if there is none yet. */
export function ownResponse(s: State): AppendEntriesResponse {
  s.acceptance.response ??= {
    kind: 'append-entries-response',
    signed: s.deps.sign({
      kind: 'append-entries-response',
      epoch: s.epoch,
      term: s.term,
      accepted: NONE,
      prepared: NONE,
    }),
  };
  return s.acceptance.response;
}
