/** Leaders that want terms to pass: resignations to where no rotation would lead (S1 resigned, S2). */
import type { AttackKind } from '../attack.ts';
import type { Traitor } from '../traitor.ts';

const RESIGN_EVERY_MS = 150;

/** From a term or two on, which is too far for a cluster that has work to do, to those that no quorum shall ever want. */
function absurdTerm(me: Traitor, term: number): number {
  const { length } = me.mind.order;
  return me.random.pick([term + 2, term + length - 1, term + length, term + 1_000, 2 ** 40]);
}

/** In its own terms, those that others lead, and those that nobody has opened. */
function inflating(drawTraitors: (me: Traitor) => boolean): AttackKind['make'] {
  return (me) => {
    let lastMs = 0;
    // Who is heeded chooses its successor: always the next traitor, and none of them orders anything.
    const choosesTraitors = drawTraitors(me);
    return {
      hears: (input) => {
        const starves = choosesTraitors && input.type === 'drained';
        return starves && me.status.role === 'leader' ? null : input;
      },
      acts: () => {
        if (me.nowMs - lastMs < RESIGN_EVERY_MS) return;
        lastMs = me.nowMs;
        const term = me.random.pick([me.status.term, me.status.term, me.status.term + 1]);
        const wanted = choosesTraitors ? me.mind.nextTraitorTerm(term + 2) : absurdTerm(me, term);
        me.note(`resigns term ${term} for ${wanted}`);
        me.send('all', me.forge.resignation(me.id, term, wanted));
      },
    };
  };
}

const inflate: AttackKind = {
  name: 'inflate',
  tries:
    'resigns to absurd terms, over and over, in its own terms and others (S1, S2: a quorum wants)',
  make: inflating((me) => me.random.chance(1, 2)),
};

/** To absurd terms only: it never picks its successor. */
export const inflateOnly: AttackKind['make'] = inflating(() => false);

/** Hands over as soon as it may lead: every term of a traitor is lost, and the exponent of S3 grows with each. */
function quitting(drawWaitsMs: (me: Traitor) => number): AttackKind['make'] {
  return (me) => {
    let quitted = 0;
    const waitsMs = drawWaitsMs(me);
    let sinceMs = 0;
    let term = 0;
    return {
      acts: () => {
        if (me.status.term !== term) {
          ({ term } = me.status);
          sinceMs = me.nowMs;
        }
        const mine = me.mind.candidateOf(term) === me.id;
        if (!mine || quitted === term || me.nowMs - sinceMs < waitsMs) return;
        quitted = term;
        me.note(`resigns term ${term} as ${me.status.role}`);
        me.send('all', me.forge.resignation(me.id, term, term + 1));
      },
    };
  };
}

const quit: AttackKind = {
  name: 'quit',
  tries:
    'resigns as soon as it is elected, or before (S1 resigned, S3: others still get their terms)',
  make: quitting((me) => me.random.pick([0, 0, 100, 1_000])),
};

/** In the very moment in which a term is its own. */
export const quitAtOnce: AttackKind['make'] = quitting(() => 0);

export const LEADER_RESIGN: readonly AttackKind[] = [inflate, quit];
