/** Section 5: elections with one candidate a term, whose base ranks as high as what each voter holds. */
import type { Base, VoteBundle } from '../model/certificate.ts';
import { baseOf } from '../model/certificate.ts';
import type { NodeId } from '../model/ids.ts';
import type { RequestVote, Vote, VoteRefusal } from '../model/message.ts';
import { compareRank } from '../model/position.ts';
import { isQuorum } from '../model/quorum.ts';
import type { Signed, VoteStatement } from '../model/statement.ts';
import type { Verified } from '../model/verified.ts';
import { learnBase } from './commit.ts';
import { becomeLeader } from './lead.ts';
import type { State } from './state.ts';
import { report, send } from '../effects.ts';
import { askForProof, baseKey, candidateOf, learnSuspicion, learnTermOf, prove } from './term.ts';

/** E2, E3: asks with the highest certificate whose prefix it holds, and again when a refusal brought a higher one. */
export function campaign(s: State): boolean {
  const { role } = s;
  if (role.type !== 'candidate' || s.transfer !== null) return false;
  const shown = role.request === null ? basesOfSuspects(s) : [];
  const base = highestHeld(s, [...role.heeded.values(), ...shown], role.base);
  if (role.request !== null && base === role.base) return countVotes(s);
  role.base = base;
  learnBase(s, base);
  const names = { epoch: s.epoch, term: s.term, baseRank: base.rank, base: base.position };
  role.asked.add(baseKey({ baseRank: base.rank, base: base.position }));
  role.request = {
    kind: 'request-vote',
    signed: s.deps.sign({ kind: 'request-vote', ...names }),
    certificate: base.certificate,
    suspicion: role.request?.suspicion ?? suspicionOf(s),
  };
  // E6: entering the term, and the base, are durable before anything is sent in it.
  send(s, 'all', role.request, s.ticket);
  countVote(s, s.deps.sign({ kind: 'vote', ...names }));
  return true;
}

/** What opened the term. Votes that a traitor made a bundle of may prove it since: it asks again as it asked first. */
function suspicionOf({ proof }: State): RequestVote['suspicion'] {
  return proof.type === 'suspicion' ? proof.certificate : null;
}

/** E2: certificates that came with Suspects. Those not held are optional: whom they bind refuses with them. */
function basesOfSuspects(s: State): readonly Base[] {
  return [...s.suspects.values()]
    .flatMap(({ certificate }) => (certificate === null ? [] : [baseOf(certificate)]))
    .filter(({ rank }) => rank.epoch === s.epoch && rank.term < s.term);
}

function highestHeld(s: State, heeded: readonly Base[], own: Base): Base {
  return heeded.reduce(
    (best, base) =>
      compareRank(base.rank, best.rank) > 0 && s.chain.holds(base.position) ? base : best,
    own,
  );
}

/** E3: votes for the candidate of its term if the base ranks at least as high as this voter's certificate for it. */
export function onRequestVote(s: State, from: NodeId, message: Verified<RequestVote>): void {
  const { signer, statement } = message.signed;
  if (statement.epoch !== s.epoch) return;
  if (statement.term < s.term) return prove(s, from);
  if (message.certificate !== null) learnTermOf(s, message.certificate);
  if (message.suspicion !== null) learnSuspicion(s, message.suspicion);
  if (statement.term !== s.term) return statement.term > s.term ? askForProof(s, from) : undefined;
  if (!s.voter || signer !== candidateOf(s, s.term) || signer === s.self) return;
  // E2: the base is of this epoch and a lower term.
  if (statement.baseRank.epoch !== s.epoch || statement.baseRank.term >= s.term) return;
  if (compareRank(statement.baseRank, s.lock.rank) >= 0) return vote(s, from, message);
  refuse(s, from);
}

function vote(s: State, to: NodeId, { signed }: RequestVote): void {
  const { votes } = s.ballot;
  const key = baseKey(signed.statement);
  let answer = votes.get(key);
  if (answer === undefined) {
    // An honest candidate asks at most |order| + 1 times (E3).
    if (votes.size > s.order.length) return;
    const { epoch, term, baseRank, base } = signed.statement;
    answer = { kind: 'vote', signed: s.deps.sign({ kind: 'vote', epoch, term, baseRank, base }) };
    votes.set(key, answer);
  }
  send(s, to, answer, s.termTicket);
}

/**
 * E3: refuses with its certificate for the term, of which it serves the prefix. If that prefix is gone, because a
 * certificate of a later term committed another chain, a quorum holds more than this voter could show.
 */
function refuse(s: State, to: NodeId): void {
  const { certificate, rank, position } = s.lock;
  if (certificate === null || !s.chain.holds(position)) return;
  s.ballot.refusal ??= {
    kind: 'vote-refusal',
    signed: s.deps.sign({
      kind: 'vote-refusal',
      epoch: s.epoch,
      term: s.term,
      baseRank: rank,
      base: position,
    }),
    certificate,
  };
  send(s, to, s.ballot.refusal, s.termTicket);
}

/** E3: votes count for the base they name. */
export function onVote(s: State, from: NodeId, message: Verified<Vote>): void {
  const { statement } = message.signed;
  if (statement.epoch !== s.epoch) return;
  if (statement.term < s.term) return prove(s, from);
  if (statement.term === s.term) countVote(s, message.signed);
}

function countVote(s: State, signed: Signed<VoteStatement>): void {
  const key = baseKey(signed.statement);
  if (s.role.type !== 'candidate' || !s.role.asked.has(key)) return;
  const ofBase = s.role.votes.get(key) ?? new Map<NodeId, Signed<VoteStatement>>();
  s.role.votes.set(key, ofBase.set(signed.signer, signed));
}

/** E4: the first quorum for one base wins; a leader uses one base a term. */
function countVotes(s: State): boolean {
  if (s.role.type !== 'candidate' || s.termTicket > s.durable) return false;
  for (const ofBase of s.role.votes.values()) {
    const signers = new Set(ofBase.keys());
    if (!isQuorum(s.configuration.sets, signers)) continue;
    const votes = [...ofBase.values()].sort((a, b) => (a.signer < b.signer ? -1 : 1));
    const bundle: VoteBundle = { votes };
    const base = (votes[0] as Signed<VoteStatement>).statement.base;
    if (!s.chain.holds(base)) continue;
    report(s, 'info', 'elected', `elected leader of term ${s.term}`, {
      term: s.term,
      base: base.index,
    });
    becomeLeader(s, base, bundle);
    return true;
  }
  return false;
}

/** E3: a candidate heeds one refusal for each voter and term. */
export function onVoteRefusal(s: State, from: NodeId, message: Verified<VoteRefusal>): void {
  const { signer, statement } = message.signed;
  if (statement.epoch !== s.epoch) return;
  if (statement.term < s.term) return prove(s, from);
  learnTermOf(s, message.certificate);
  const { role } = s;
  if (role.type !== 'candidate' || statement.term !== s.term || role.heeded.has(signer)) return;
  const base = baseOf(message.certificate);
  if (base.rank.epoch !== s.epoch || base.rank.term >= s.term) return;
  if (compareRank(base.rank, role.base.rank) > 0) role.heeded.set(signer, base);
}
