/** Attacks with certificates that are true, but kept back, shown late, or offered for what they do not prove. */
import type { Certificate } from '../../../../src/consensus/model/certificate.ts';
import { baseOf, certifiedPosition } from '../../../../src/consensus/model/certificate.ts';
import type { Hash, NodeId } from '../../../../src/consensus/model/ids.ts';
import type { PeerMessage, RequestVote } from '../../../../src/consensus/model/message.ts';
import type { Rank } from '../../../../src/consensus/model/position.ts';
import { compareRank } from '../../../../src/consensus/model/position.ts';
import type { Attack, AttackKind, Outgoing } from '../attack.ts';
import type { NamedBase } from '../forge.ts';
import type { Traitor } from '../traitor.ts';
import {
  assembled,
  belowItsBase,
  highestShowable,
  honestNeeded,
  nextAbove,
} from './certificates-assembled.ts';

/** A RequestVote on its way, once for each honest candidate, term and base. */
function requestsHeard(onRequest: (request: RequestVote) => void, me: Traitor): Attack {
  let last = '';
  return {
    overhears: (from, _, message) => {
      if (message.kind !== 'request-vote' || me.mind.isTraitor(from)) return;
      const { term, base } = message.signed.statement;
      const key = `${me.nowMs} ${from} ${term} ${base.hash}`;
      if (key === last) return;
      last = key;
      onRequest(message);
    },
  };
}

/**
 * A leader's term that ends between accepted and prepared: just as many honest voters hear from it as make a quorum
 * with the traitors, whose Responses nobody hears; once they accepted it resigns. Only the traitors can prove it.
 */
function makeTrap(me: Traitor, onSprung: (term: number, proof: Certificate) => void): Attack {
  const partsOf = new Map<number, ReadonlySet<NodeId>>();
  const sprung = new Set<number>();
  const dupes = (term: number): ReadonlySet<NodeId> => {
    const known = partsOf.get(term);
    if (known !== undefined) return known;
    const left = [...me.mind.honest];
    while (left.length > honestNeeded(me)) left.splice(me.random.below(left.length), 1);
    const chosen = new Set([...left, ...me.mind.traitors]);
    partsOf.set(term, chosen);
    return chosen;
  };
  return {
    says: (out) => {
      const { message, to } = out;
      if (message.kind === 'append-entries-response') return [];
      if (message.kind !== 'append-entries') return [out];
      const { term } = message.signed.statement;
      return sprung.has(term) || !dupes(term).has(to) ? [] : [out];
    },
    overhears: (_, __, message) => {
      if (message.kind !== 'append-entries-response') return;
      const { term } = message.signed.statement;
      if (me.mind.candidateOf(term) !== me.id || sprung.has(term) || me.status.term > term) return;
      const proof = assembled(me, term);
      if (proof === null) return;
      sprung.add(term);
      me.note(`leaves term ${term}: only traitors can prove ${certifiedPosition(proof).index}`);
      me.send('all', me.forge.resignation(me.id, term, term + 1));
      onSprung(term, proof);
    },
  };
}

type Show = 'suspect' | 'refusal' | 'request';

/** Whether a message shows an entry that is to stay hidden, or serves it. */
function shows(message: PeerMessage, hidden: Hash): boolean {
  switch (message.kind) {
    case 'suspect':
    case 'request-vote':
    case 'vote-refusal':
      return message.certificate?.hash === hidden;
    case 'entries':
      return message.body.entries.some(({ hash }) => hash === hidden);
    default:
      return false;
  }
}

/** Makes certificates that no honest node has, and shows each once, late, and to one node perhaps. */
const withheld: AttackKind = {
  name: 'withheld',
  tries:
    'keeps a prepare certificate to itself, shows it late and never serves its prefix (E2, E3, E5)',
  make: (me) => {
    const show = me.random.pick<Show>(['suspect', 'refusal', 'request']);
    const serves = me.random.chance(1, 2);
    let hidden: NamedBase | null = null;
    const trap = makeTrap(me, (term, proof) => {
      hidden = baseOf(proof);
      if (show !== 'suspect') return;
      const who = me.random.chance(1, 2) ? 'all' : me.mind.candidateOf(term + 1);
      me.send(who, me.forge.suspect(me.id, term + 1, 'resigned', proof));
    });
    const speak = ({ to, message }: Outgoing, { position }: NamedBase): readonly Outgoing[] => {
      if (message.kind === 'entries') return serves ? [{ to, message }] : [];
      if (message.kind === 'request-vote' && show === 'request') {
        me.note(`shows what it kept back, in term ${message.signed.statement.term}`);
        return [{ to, message }];
      }
      // Its honest half would show it now: the Suspect goes out bare, nothing else does.
      if (message.kind !== 'suspect' || message.certificate?.hash !== position.hash) return [];
      const { wanted, reason } = message.signed.statement;
      return [{ to, message: me.forge.suspect(me.id, wanted, reason) }];
    };
    const requests = requestsHeard(({ signed: { signer, statement } }) => {
      if (hidden === null || hidden.rank.term >= statement.term) return;
      if (compareRank(hidden.rank, statement.baseRank) <= 0) return;
      const refusal = show === 'refusal' ? me.forge.refusal(me.id, statement.term, hidden) : null;
      if (refusal === null) return;
      me.note(`refuses ${signer} in term ${statement.term} with what it kept back`);
      me.send(signer, refusal);
    }, me);
    return {
      says: (out) => {
        const left = trap.says?.(out, me) ?? [out];
        const kept = hidden;
        if (kept === null) return left;
        return left.flatMap((one) =>
          shows(one.message, kept.position.hash) ? speak(one, kept) : [one],
        );
      },
      overhears: (from, to, message) => {
        trap.overhears?.(from, to, message, me);
        requests.overhears?.(from, to, message, me);
      },
    };
  },
};

/** Terms of which a certificate is offered, from the newest down. */
const TERMS_BACK = 3;

/** The worst execution that N5 prevents: it ends terms between accepted and prepared, then offers what lies below. */
const belowBase: AttackKind = {
  name: 'below-base',
  tries: "offers Responses of a term as a certificate below that term's base (N5)",
  make: (me) => {
    const refused = new Set<string>();
    const trap = makeTrap(me, () => undefined);
    const offer = (term: number, rank: Rank): NamedBase | null => {
      for (let earlier = term - 1; earlier >= Math.max(2, term - TERMS_BACK); earlier--) {
        const base = belowItsBase(me, earlier);
        if (base !== null && compareRank(base.rank, rank) > 0) return base;
      }
      return null;
    };
    const requests = requestsHeard(({ signed: { signer, statement } }) => {
      const { term, baseRank } = statement;
      const key = `${term} ${statement.base.hash}`;
      const base = refused.has(key) ? null : offer(term, baseRank);
      const refusal = base === null ? null : me.forge.refusal(me.id, term, base);
      if (base === null || refusal === null) return;
      refused.add(key);
      const { rank } = base;
      me.note(
        `refuses ${signer} in term ${term} with (${rank.term}, ${rank.index}) below its base`,
      );
      me.send(signer, refusal);
    }, me);
    return {
      says: (out) => trap.says?.(out, me) ?? [out],
      overhears: (from, to, message) => {
        trap.overhears?.(from, to, message, me);
        requests.overhears?.(from, to, message, me);
      },
    };
  },
};

/** Refuses every time that it is asked, each time with the next higher certificate. */
const drip: AttackKind = {
  name: 'drip',
  tries:
    'refuses each RequestVote with the next higher certificate (E3: one refusal a voter and term)',
  make: (me) => {
    let term = 0;
    let shown: Rank | null = null;
    return requestsHeard(({ signed: { signer, statement } }) => {
      if (statement.term !== term) shown = null;
      term = statement.term;
      const above =
        shown !== null && compareRank(shown, statement.baseRank) > 0 ? shown : statement.baseRank;
      const next = nextAbove(me, above, term);
      const refusal = next === null ? null : me.forge.refusal(me.id, term, next);
      if (next === null || refusal === null) return;
      shown = next.rank;
      me.note(`refuses ${signer} in term ${term} with (${next.rank.term}, ${next.rank.index})`);
      me.send(signer, refusal);
    }, me);
  },
};

/** Votes for nobody: whoever asks is refused with the highest there is, whether that is higher or not. */
const refuseAll: AttackKind = {
  name: 'refuse-all',
  tries: 'refuses every candidate with the highest certificate it can make, and never votes (E3)',
  make: (me) => {
    const serves = me.random.chance(1, 2);
    const requests = requestsHeard(({ signed: { signer, statement } }) => {
      const { term } = statement;
      const highest = highestShowable(me, term);
      const refusal = highest === null ? null : me.forge.refusal(me.id, term, highest);
      if (highest === null || refusal === null) return;
      const { rank } = highest;
      me.note(`refuses ${signer} in term ${term} with (${rank.term}, ${rank.index})`);
      me.send(signer, refusal);
    }, me);
    return {
      ...requests,
      says: (out) => {
        const { kind } = out.message;
        return kind === 'vote' || (kind === 'entries' && !serves) ? [] : [out];
      },
    };
  },
};

export const CERTIFICATES: readonly AttackKind[] = [withheld, belowBase, drip, refuseAll];
