/** Attacks by numbers: wishes and candidacies faster than anybody needs them, and terms that no cluster comes to. */
import { limits } from '../../../../src/base/limits.ts';
import type { Position } from '../../../../src/consensus/model/position.ts';
import { SUSPECT_REASONS } from '../../../../src/consensus/model/statement.ts';
import type { AttackKind } from '../attack.ts';
import { Pace } from '../pace.ts';
import type { Traitor } from '../traitor.ts';

/** To each peer: so much that one member could send all day over any network. */
const SUSPECTS_PER_SECOND = 200;
const CANDIDACIES_PER_SECOND = 50;
const FAR_PER_SECOND = 20;

/** Each wish is for a higher term than the one before, so each has to be verified (M6). */
const suspectFlood: AttackKind = {
  name: 'suspect-flood',
  tries: 'wants a higher term hundreds of times a second, for ever (S1, S2: two wishes count once)',
  make: (me) => {
    const pace = new Pace(SUSPECTS_PER_SECOND);
    let wanted = 0;
    return {
      acts: () => {
        for (let due = pace.due(me.nowMs); due > 0; due--) {
          wanted = Math.max(wanted, me.status.term + 1) + 1;
          me.note(`wants term ${wanted}`);
          me.send('all', me.forge.suspect(me.id, wanted, me.random.pick(SUSPECT_REASONS)));
        }
      },
    };
  },
};

/** On its own word that anybody wants them: each is invalid, and closes the link until it dials again. */
const voteFlood: AttackKind = {
  name: 'vote-flood',
  tries: 'asks for votes in one of its terms after the other, for ever (S2: a quorum opens a term)',
  make: (me) => {
    const pace = new Pace(CANDIDACIES_PER_SECOND);
    let last = 0;
    return {
      acts: () => {
        for (let due = pace.due(me.nowMs); due > 0; due--) {
          const term = ownTermFrom(me, Math.max(last, me.status.term) + 1);
          last = term;
          const suspects = me.mind.traitors.map(
            (id) => me.forge.suspect(id, term, 'silent').signed,
          );
          me.note(`asks for votes in term ${term}`);
          me.send('all', me.forge.requestVote(me.id, term, me.forge.genesisBase, { suspects }));
        }
      },
    };
  },
};

function ownTermFrom(me: Traitor, term: number): number {
  for (let own = term; ; own++) if (me.mind.candidateOf(own) === me.id) return own;
}

function ownTermBelow(me: Traitor, term: number): number {
  for (let own = term; ; own--) if (me.mind.candidateOf(own) === me.id) return own;
}

/** One of everything that names a term, in turn, as far up as a number goes. */
const FAR: readonly ((me: Traitor, head: Position) => void)[] = [
  (me) => me.send('all', me.forge.suspect(me.id, limits.termMax, 'silent')),
  (me, head) => me.send('all', me.forge.response(me.id, limits.termMax, head, head)),
  (me) => me.send('all', me.forge.resignation(me.id, me.status.term, limits.termMax)),
  (me) => me.send('all', me.forge.vote(me.id, limits.termMax, me.forge.genesisBase)),
  (me, head) => {
    const fields = {
      term: ownTermBelow(me, limits.termMax),
      previous: head,
      head,
      sequence: limits.termMax,
    };
    me.send('all', me.forge.append(me.id, fields));
  },
  (me) => {
    const term = ownTermBelow(me, limits.termMax);
    me.send('all', me.forge.requestVote(me.id, term, me.forge.genesisBase, null));
  },
];

const farTerms: AttackKind = {
  name: 'far-terms',
  tries:
    'speaks of the highest term there is in every message that names one (S2, M4: proofs move a node)',
  make: (me) => {
    const pace = new Pace(FAR_PER_SECOND);
    let turn = 0;
    return {
      acts: () => {
        for (let due = pace.due(me.nowMs); due > 0; due--) {
          me.note(`speaks of term ${limits.termMax}`);
          FAR[turn++ % FAR.length]?.(me, me.status.accepted);
        }
      },
    };
  },
};

export const FLOODS: readonly AttackKind[] = [suspectFlood, voteFlood, farTerms];
