/** Liars that only vote and answer: majorities share one node, and it may be this one. */
import type { Input } from '../../../../../src/consensus/core.ts';
import type { NodeId, Term } from '../../../../../src/consensus/model/ids.ts';
import type {
  RaftAppendEntries,
  RaftMessage,
  RaftRequestVote,
} from '../../../../../src/consensus/raft/message.ts';
import type { RaftAttackKind, RaftTraitor } from '../traitor.ts';

function grant(me: RaftTraitor, to: NodeId, { term, isPreVote }: RaftRequestVote): void {
  me.note(`votes for ${to} in term ${term}`);
  me.send(to, { kind: 'vote', term, isPreVote, granted: true });
}

/** All of it, whatever it was. */
function claim(me: RaftTraitor, to: NodeId, { term, previous, entries }: RaftAppendEntries): void {
  const last = entries.at(-1);
  const matched = last === undefined ? previous : { index: last.header.index, hash: last.hash };
  if (last !== undefined) me.note(`says that it holds entry ${matched.index}, and forgets it`);
  me.send(to, { kind: 'append-entries-response', term, matched, hint: null });
}

/** Agrees to everything that is asked of it; its core hears nothing of that. */
function agree(me: RaftTraitor, input: Input<RaftMessage>): Input<RaftMessage> | null {
  if (input.type !== 'received') return input;
  const { from, message } = input;
  if (message.kind === 'append-entries') claim(me, from, message);
  else if (message.kind === 'request-vote') grant(me, from, message);
  else return input;
  return null;
}

/** Its own core, which hears no leader, must not campaign with what it does not have. */
function isCampaign(message: RaftMessage): boolean {
  return message.kind === 'request-vote';
}

const yesMan: RaftAttackKind = {
  name: 'yes-man',
  tries: 'claims to hold every entry and keeps none, and votes for whoever asks, however often',
  make: (me) => ({
    hears: (input) => agree(me, input),
    says: (out) => (isCampaign(out.message) ? [] : [out]),
  }),
};

/** Between two plots, at least; and until those who campaigned in vain are to try again. */
const PAUSE_MS = 500;
const AGAIN_MS = 60;

/**
 * While an entry is on its way, just enough nodes are told to campaign: who hears that first takes it no more. The leader
 * commits it with the others and the liar's word, and one of those without it is made to lead by the liar's vote.
 */
const kingmaker: RaftAttackKind = {
  name: 'kingmaker',
  tries: 'claims to hold what is sent, and with its votes makes a node lead that never got it',
  make: (me) => {
    let lastMs = -Infinity;
    const plot = (leader: NodeId, message: RaftAppendEntries): void => {
      lastMs = me.nowMs;
      const { term } = message;
      const heirs = me.others.filter((other) => other !== leader);
      while (heirs.length + 1 > me.majority) heirs.splice(me.random.below(heirs.length), 1);
      claim(me, leader, message);
      me.note(`tells ${heirs.join(' and ')} to campaign after term ${term}`);
      for (const heir of heirs) me.send(heir, { kind: 'transfer-leadership', term });
      const [king] = heirs;
      me.later(AGAIN_MS, () => {
        const next = (term + 1) as Term;
        if (king !== undefined) me.send(king, { kind: 'transfer-leadership', term: next });
      });
    };
    return {
      overhears: (from, _to, message) => {
        if (message.kind !== 'append-entries' || message.entries.length === 0) return;
        const isLeading = me.lore.leader?.node === from && me.lore.term === message.term;
        if (from === me.id || !isLeading || me.nowMs < lastMs + PAUSE_MS) return;
        plot(from, message);
      },
      hears: (input) => agree(me, input),
      says: (out) => (isCampaign(out.message) ? [] : [out]),
    };
  },
};

export const VOTERS: readonly RaftAttackKind[] = [yesMan, kingmaker];
