/** Attacks on the counting of suspicion: wishes for absurd terms, and joining whoever wishes for anything. */
import { limits } from '../../../../src/base/limits.ts';
import type { SuspectReason } from '../../../../src/consensus/model/statement.ts';
import { SUSPECT_REASONS } from '../../../../src/consensus/model/statement.ts';
import type { AttackKind } from '../attack.ts';
import type { Traitor } from '../traitor.ts';

const WANT_EVERY_MS = 75;

/** Wishes that make sense nowhere, lowest first; a node that believed one of them would never come back. */
function absurdTerm(me: Traitor): number {
  const { term } = me.status;
  return me.random.pick([term + 2, term + 5, term + 64, 1_000_000, 2 ** 40, limits.termMax]);
}

/** Wants another term all the time, with every reason, and now and then one that nobody can reach. */
const wantTerms: AttackKind = {
  name: 'want-terms',
  tries:
    'wants term after term with every reason, joins everybody, and asks for absurd terms (S1, S2)',
  make: (me) => {
    const absurd = me.random.chance(1, 2);
    let nextMs = 0;
    let wanted = 0;
    const wish = (term: number, reason: SuspectReason): void => {
      me.note(`wants term ${term}: ${reason}`);
      me.send('all', me.forge.suspect(me.id, term, reason));
    };
    return {
      // Only what it says itself is said: it leaves whom it joined.
      says: (out) => (out.message.kind === 'suspect' ? [] : [out]),
      overhears: (_, __, message) => {
        if (message.kind !== 'suspect' || me.mind.isTraitor(message.signed.signer)) return;
        const term = message.signed.statement.wanted;
        if (term <= wanted) return;
        wanted = term;
        wish(term, 'joined');
      },
      acts: () => {
        if (me.nowMs < nextMs) return;
        nextMs = me.nowMs + WANT_EVERY_MS;
        const { term } = me.status;
        const reason = me.random.pick(SUSPECT_REASONS);
        wish(absurd && me.random.chance(1, 8) ? absurdTerm(me) : term + 1, reason);
      },
    };
  },
};

export const SUSPICION: readonly AttackKind[] = [wantTerms];
