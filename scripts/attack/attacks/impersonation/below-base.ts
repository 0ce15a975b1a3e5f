/** N5: what the Responses of a term prove of the entries that stood there before it. */
import type { AttackKind } from '../../../../test/sim/adversary/attack.ts';
import { belowItsBase } from '../../../../test/sim/adversary/attacks/certificates-assembled.ts';

/** A false certificate closes the link: not so often that nothing is heard any more. */
const SHOW_EVERY_MS = 400;

/**
 * Leaves its term, so that there is one with a base above the genesis, and shows everybody the Responses of that as a
 * certificate for an entry below the base, of its rank: who believes it locks, or elects on, an older log.
 */
export const belowBase: AttackKind = {
  name: 'shown-below-base',
  tries:
    "resigns, and shows Responses of the next term as certificates below that term's base (N5)",
  make: (me) => {
    let nextMs = 0;
    return {
      acts: () => {
        const { term } = me.status;
        if (me.nowMs < nextMs) return;
        nextMs = me.nowMs + SHOW_EVERY_MS;
        if (me.mind.isTraitor(me.mind.candidateOf(term))) {
          me.note(`resigns term ${term}`);
          return me.send('all', me.forge.resignation(me.mind.candidateOf(term), term, term + 1));
        }
        const base = belowItsBase(me, term);
        if (base === null) return;
        const to = me.random.pick(me.mind.honest);
        const { index } = base.position;
        me.note(`shows ${to} a certificate of term ${term} for ${index}, below its base`);
        me.sendFalse(to, me.forge.suspect(me.id, term + 1, 'silent', base.certificate));
      },
    };
  },
};
