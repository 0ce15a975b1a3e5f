/** Liars that lead: followers believe their entries, and how far they call them committed. */
import type { LogIndex, NodeId, Term } from '../../../../../src/consensus/model/ids.ts';
import type { Entry } from '../../../../../src/consensus/model/entry.ts';
import type { Mark } from '../../../../../src/consensus/raft/log.ts';
import type { RaftAttackKind, RaftTraitor } from '../traitor.ts';
import { Coup } from './coup.ts';

/** Between two coups, at least. */
const PAUSE_MS = 400;

/** As a leader of `term`: these entries stand above `previous`, and all of them are committed. */
export function dictate(
  me: RaftTraitor,
  to: NodeId,
  term: Term,
  previous: Mark,
  entries: readonly Entry[],
): void {
  const { index, hash, term: previousTerm } = previous;
  me.send(to, {
    kind: 'append-entries',
    term,
    previous: { index, hash },
    previousTerm,
    entries,
    committed: (index + entries.length) as LogIndex,
  });
}

/**
 * Waits until an entry is about to be committed, takes the votes of those who have not heard that it is, and puts
 * another in its place.
 */
const usurp: RaftAttackKind = {
  name: 'usurp',
  tries: 'campaigns with a made-up log, and overwrites what was just committed (5.4.1 believes it)',
  make: (me) => {
    let lastMs = -Infinity;
    let base = 0 as LogIndex;
    let victims: readonly NodeId[] = [];
    const coup = new Coup(me, (term) => {
      const previous = me.lore.markAt(base);
      if (previous === null) return;
      const entry = me.entry(previous, term, [me.anyRequest()]);
      me.note(`writes another entry ${base + 1} to ${victims.join(' ')}`);
      for (const victim of victims) dictate(me, victim, term, previous, [entry]);
    });
    return {
      overhears: (from, to, message) => {
        if (message.kind !== 'append-entries-response' || message.matched === null) return;
        if (me.nowMs < lastMs + PAUSE_MS || from === me.id || !me.random.chance(1, 2)) return;
        const { leader } = me.lore;
        if (leader?.node !== to || leader.term !== message.term) return;
        base = (message.matched.index - 1) as LogIndex;
        victims = me.others.filter((other) => other !== to && me.lore.toldTo(other) <= base);
        if (victims.length + 1 < me.majority) return;
        lastMs = me.nowMs;
        coup.begin(victims);
      },
      hears: (input) => coup.hears(input),
    };
  },
};

/** Each follower gets an entry of its own at the same index, and hears that it is committed. */
const twoFaced: RaftAttackKind = {
  name: 'two-faced',
  tries:
    'leads by a made-up log, and gives every follower other entries of the same index and term',
  make: (me) => {
    let lastMs = -Infinity;
    const coup = new Coup(me, (term) => {
      for (const victim of me.others) {
        const previous = me.lore.markAt(me.lore.toldTo(victim));
        if (previous === null) continue;
        me.note(`writes an entry ${previous.index + 1} of its own to ${victim}`);
        dictate(me, victim, term, previous, [me.entry(previous, term, [me.anyRequest()])]);
      }
    });
    return {
      acts: () => {
        if (me.nowMs < lastMs + PAUSE_MS || me.lore.leader === null || !me.random.chance(1, 20))
          return;
        lastMs = me.nowMs;
        coup.begin(me.others);
      },
      hears: (input) => coup.hears(input),
    };
  },
};

export const LEADERS: readonly RaftAttackKind[] = [usurp, twoFaced];
