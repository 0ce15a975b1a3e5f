/** Liars that keep a cluster electing: terms, votes and transfers are believed from anybody. */
import { limits } from '../../../../../src/base/limits.ts';
import type { LogIndex, Term } from '../../../../../src/consensus/model/ids.ts';
import { Pace } from '../../../adversary/pace.ts';
import type { RaftAttackKind, RaftTraitor } from '../traitor.ts';

const CANDIDACIES_PER_SECOND = 50;
const TRANSFERS_PER_SECOND = 10;
const FAR_PER_SECOND = 2;

function askForVotes(me: RaftTraitor, term: number): void {
  const last = { index: 0 as LogIndex, term: 0 as Term };
  me.note(`asks for votes in term ${term}`);
  me.send('all', {
    kind: 'request-vote',
    term: term as Term,
    isPreVote: false,
    isTransfer: true,
    last,
  });
}

/** Pre-vote and CheckQuorum turn away who disturbs by mistake. Who says that the leader handed over is let in. */
const voteFlood: RaftAttackKind = {
  name: 'vote-flood',
  tries:
    'asks for votes in one term after the other, as in a transfer, so that nobody refuses (4.2.3 believes it)',
  make: (me) => {
    const pace = new Pace(CANDIDACIES_PER_SECOND);
    return {
      acts: () => {
        for (let due = pace.due(me.nowMs); due > 0; due--) askForVotes(me, me.lore.term + due);
      },
    };
  },
};

const incite: RaftAttackKind = {
  name: 'incite',
  tries:
    'tells the others to campaign, as a leader does that hands over, many times a second (3.10 believes it)',
  make: (me) => {
    const pace = new Pace(TRANSFERS_PER_SECOND);
    return {
      acts: () => {
        if (pace.due(me.nowMs) === 0) return;
        const { term } = me.lore;
        me.note(`tells everybody to campaign after term ${term}`);
        me.send('all', { kind: 'transfer-leadership', term });
      },
    };
  },
};

const farTerms: RaftAttackKind = {
  name: 'far-terms',
  tries: 'speaks of the highest term that a frame can name: no leader can open a higher one (5.1)',
  make: (me) => {
    const pace = new Pace(FAR_PER_SECOND);
    return {
      acts: () => {
        if (pace.due(me.nowMs) > 0) askForVotes(me, limits.termMax);
      },
    };
  },
};

export const FLOODS: readonly RaftAttackKind[] = [voteFlood, incite, farTerms];
