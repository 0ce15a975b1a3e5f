/** Liars that lead by a made-up log, and tell their followers different things, or another thing than before. */
import type { Entry } from '../../../../../src/consensus/model/entry.ts';
import type { LogIndex, NodeId, Term } from '../../../../../src/consensus/model/ids.ts';
import type { Mark } from '../../../../../src/consensus/raft/log.ts';
import { Pace } from '../../../adversary/pace.ts';
import type { RaftTraitor } from '../traitor.ts';
import { Coup } from './coup.ts';
import { dictate } from './leaders.ts';
import type { RaftAttack } from './throne.ts';
import { fromBelow } from './throne.ts';

type Make = (me: RaftTraitor) => RaftAttack;

const COUPS_PER_SECOND = 1;

interface Dictator {
  readonly me: RaftTraitor;
  /** An entry of its own, no two alike. */
  readonly makeEntry: () => Entry;
  readonly tell: (victim: NodeId, entry: Entry) => void;
}

/** Coup after coup; `reign` puts entries above what the liar last heard to be committed, `below` entries lower. */
function coups(below: number, reign: (dictator: Dictator) => void): Make {
  return fromBelow((me) => {
    const pace = new Pace(COUPS_PER_SECOND);
    const coup = new Coup(me, (term) => {
      const previous = me.lore.markAt((me.lore.toldTo(me.id) - below) as LogIndex);
      if (previous !== null) reign(dictator(me, term, previous));
    });
    return {
      acts: () => {
        if (me.lore.leader !== null && pace.due(me.nowMs) > 0) coup.begin(me.others);
      },
      hears: (input) => coup.hears(input),
    };
  });
}

function dictator(me: RaftTraitor, term: Term, previous: Mark): Dictator {
  return {
    me,
    makeEntry: () => me.entry(previous, term, [me.anyRequest()]),
    tell: (victim, entry) => {
      me.note(
        `tells ${victim} of an entry ${entry.header.index} of its own, and that it is committed`,
      );
      dictate(me, victim, term, previous, [entry]);
    },
  };
}

/** Each follower gets another entry of the same index. */
export const twoFaces: Make = coups(0, ({ me, makeEntry, tell }) => {
  for (const victim of me.others) tell(victim, makeEntry());
});

/** All followers but one get the same entry. */
export const singleOut: Make = coups(0, ({ me, makeEntry, tell }) => {
  const alone = me.random.pick(me.others);
  const [shared, own] = [makeEntry(), makeEntry()];
  for (const victim of me.others) tell(victim, victim === alone ? own : shared);
});

/** One follower hears that an entry is committed, of which nobody else hears at all. */
export const commitEarly: Make = coups(0, ({ me, makeEntry, tell }) =>
  tell(me.random.pick(me.others), makeEntry()),
);

/** All followers get another entry in place of the last that was committed. */
export const takeBack: Make = coups(1, ({ me, makeEntry, tell }) => {
  const entry = makeEntry();
  for (const victim of me.others) tell(victim, entry);
});
