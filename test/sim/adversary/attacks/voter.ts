/** Attacks of a voter: Responses that claim what was never accepted, and votes for everybody. */
import { baseOf } from '../../../../src/consensus/model/certificate.ts';
import type { Hash, NodeId } from '../../../../src/consensus/model/ids.ts';
import type { PeerMessage, RequestVote } from '../../../../src/consensus/model/message.ts';
import type { Position } from '../../../../src/consensus/model/position.ts';
import { NONE } from '../../../../src/consensus/model/position.ts';
import type { AttackKind } from '../attack.ts';
import type { NamedBase } from '../forge.ts';
import type { Traitor } from '../traitor.ts';

/** What is named as accepted or proposed by somebody who is no traitor's voter: the positions of a chain. */
function namedIn(message: PeerMessage, me: Traitor): readonly Position[] {
  if (message.kind === 'append-entries') return [message.signed.statement.head];
  if (message.kind !== 'append-entries-response' || me.mind.isTraitor(message.signed.signer))
    return [];
  const { accepted, prepared } = message.signed.statement;
  return [accepted, prepared].filter(({ index }) => index > 0);
}

/** Who is told: everybody, those on that very chain, or one favourite in each term. */
type Audience = 'all' | 'chain' | 'one';

/**
 * Completes every quorum that lacks one voter, on all chains of an equivocating leader, before anybody has accepted.
 * Told to one node alone it makes a certificate that nobody else knows of.
 */
const echo: AttackKind = {
  name: 'echo',
  tries: 'names as accepted and prepared whatever anybody names (N4: quorums share f+1 voters)',
  make: (me) => {
    const audience = me.random.pick<Audience>(['all', 'chain', 'chain', 'one']);
    const told = new Set<string>();
    let term = 0;
    let favourite: NodeId | null = null;
    const listeners = (from: NodeId, to: NodeId): NodeId | 'all' => {
      if (audience === 'all') return 'all';
      if (audience === 'one') return favourite ?? 'all';
      return me.mind.isTraitor(from) ? to : from;
    };
    const claim = (position: Position, who: NodeId | 'all'): void => {
      const key = `${who} ${position.hash}`;
      if (told.has(key)) return;
      told.add(key);
      me.note(`claims ${position.index} ${position.hash.slice(0, 8)} to ${who}`);
      me.send(who, me.forge.response(me.id, term, position, position));
    };
    return {
      // What it says instead says more.
      says: (out) => (out.message.kind === 'append-entries-response' ? [] : [out]),
      overhears: (from, to, message) => {
        const named = namedIn(message, me);
        if (named.length === 0) return;
        const { statement } = message.signed as { statement: { term: number } };
        if (statement.term < term) return;
        if (statement.term > term) {
          term = statement.term;
          told.clear();
          favourite = me.random.pick(me.mind.honest);
        }
        const who = listeners(from, to as NodeId);
        for (const position of named) {
          claim(position, who);
          // Who hears of a chain from its leader is on it as well.
          if (audience === 'chain' && message.kind === 'append-entries')
            claim(position, to as NodeId);
        }
      },
    };
  },
};

const CONTRADICT_EVERY_MS = 100;

/** Another hash for an index: of a chain that exists if there is one, else of none. */
function otherHash(me: Traitor, { index, hash }: Position): Hash {
  const { library, context } = me.mind;
  for (const other of library.links.values())
    if (other.header.index === index && other.hash !== hash) return other.hash;
  return context.digest(new TextEncoder().encode(`other than ${hash}`));
}

/** Names two entries at one index: first each to its own peer, a while later both to both, which convicts it. */
const contradict: AttackKind = {
  name: 'contradict',
  tries:
    'two Responses for one index, at last to the same peers (V1: convicted, and never counted twice)',
  make: (me) => {
    let lastMs = -CONTRADICT_EVERY_MS;
    return {
      overhears: (_, __, message) => {
        if (message.kind !== 'append-entries-response') return;
        const { signer, statement } = message.signed;
        const { accepted, term } = statement;
        if (me.mind.isTraitor(signer) || accepted.index === 0) return;
        if (me.nowMs - lastMs < CONTRADICT_EVERY_MS) return;
        lastMs = me.nowMs;
        const other = { index: accepted.index, hash: otherHash(me, accepted) };
        const [one, two] = me.random.chance(1, 2) ? [accepted, other] : [other, accepted];
        const prepares = me.random.chance(1, 2);
        const responses = [one, two].map((position) =>
          me.forge.response(me.id, term, position, prepares ? position : NONE),
        );
        const [first, second] = pickTwo(me);
        me.note(`names two entries at ${accepted.index} to ${first} and ${second}`);
        responses.forEach((response, i) => me.send(i === 0 ? first : second, response));
        me.later(CONTRADICT_EVERY_MS / 2, () => {
          for (const response of responses)
            for (const peer of [first, second]) me.send(peer, response);
        });
      },
    };
  },
};

function pickTwo(me: Traitor): readonly [NodeId, NodeId] {
  const first = me.random.pick(me.mind.honest);
  const others = me.mind.honest.filter((id) => id !== first);
  return [first, others.length === 0 ? first : me.random.pick(others)];
}

const VOTE_EVERY_MS = 50;
const REPEATS = 3;

/** Bases that a candidate might be made to believe in: those of certificates, and the genesis. */
function anyBase(me: Traitor, belowTerm: number): NamedBase {
  const { library } = me.mind;
  const known = library.certificates.filter(({ headers }) => (headers[0]?.term ?? 0) < belowTerm);
  return known.length === 0 || me.random.chance(1, 3)
    ? me.forge.genesisBase
    : baseOf(me.random.pick(known));
}

/** Votes for every candidate and base, again and again, and for terms that nobody has opened. */
const voteAll: AttackKind = {
  name: 'vote-all',
  tries:
    'votes for every candidate and any base, many times over (E3: votes count by signer, for their base)',
  make: (me) => {
    const votedMs = new Map<number, number>();
    const voteFor = ({ signed: { signer, statement } }: RequestVote): void => {
      const { term, baseRank, base } = statement;
      const asked: NamedBase = { rank: baseRank, position: base, certificate: null };
      me.note(`votes for ${signer} in term ${term}, and for the next`);
      for (let i = 0; i < REPEATS; i++) me.send(signer, me.forge.vote(me.id, term, asked));
      me.send('all', me.forge.vote(me.id, term, anyBase(me, term)));
      for (const later of [term + 1, term + 2])
        me.send(me.mind.candidateOf(later), me.forge.vote(me.id, later, asked));
    };
    return {
      says: (out) => (out.message.kind === 'vote-refusal' ? [] : [out]),
      overhears: (_, __, message) => {
        if (message.kind !== 'request-vote') return;
        const { term } = message.signed.statement;
        if (me.nowMs - (votedMs.get(term) ?? -VOTE_EVERY_MS) < VOTE_EVERY_MS) return;
        votedMs.set(term, me.nowMs);
        voteFor(message);
        me.later(VOTE_EVERY_MS / 2, () => voteFor(message));
      },
    };
  },
};

export const VOTER: readonly AttackKind[] = [echo, contradict, voteAll];
