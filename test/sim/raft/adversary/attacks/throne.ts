/**
 * How a liar's honest half comes to lead, and goes on leading: it is told that the leader handed over to it (3.10), so
 * it campaigns at once, and nobody refuses. Then it is the leader that its followers obey, with an attack around it.
 */
import type { Input } from '../../../../../src/consensus/core.ts';
import type { NodeId } from '../../../../../src/consensus/model/ids.ts';
import type { RaftMessage } from '../../../../../src/consensus/raft/message.ts';
import type { Verified } from '../../../../../src/consensus/model/verified.ts';
import type { Attack } from '../../../adversary/attack.ts';
import type { RaftTraitor } from '../traitor.ts';

export type RaftAttack = Attack<RaftMessage, RaftTraitor>;

/**
 * Its first campaign deposes a leader that had more in its log than it was sent; the second finds all logs alike. Then it
 * waits: on a busy machine an election takes its time, and another campaign would undo it.
 */
const AGAIN_MS = 400;
const PAUSE_MS = 1_500;

export function leads(me: RaftTraitor): boolean {
  return me.status.role === 'leader';
}

/** What its core hears in place of a tick. */
export function told(
  { now }: Input<RaftMessage>,
  from: NodeId,
  message: RaftMessage,
): Input<RaftMessage> {
  return { type: 'received', now, from, message: message as Verified<RaftMessage> };
}

/** An attack of a leader, by one who leads whenever it wants to. */
export function ruling(make: (me: RaftTraitor) => RaftAttack): (me: RaftTraitor) => RaftAttack {
  return (me) => {
    let nextMs = -Infinity;
    let campaigns = 0;
    const attack = make(me);
    const campaign = (input: Input<RaftMessage>): Input<RaftMessage> => {
      const { leader } = me.lore;
      if (leads(me) || leader === null || me.nowMs < nextMs) return input;
      nextMs = me.nowMs + (campaigns++ % 2 === 0 ? AGAIN_MS : PAUSE_MS);
      const { term } = me.status;
      return told(input, leader.node, { kind: 'transfer-leadership', term });
    };
    return {
      ...attack,
      hears: (input) => {
        const heard = input.type === 'tick' ? campaign(input) : input;
        return attack.hears === undefined ? heard : attack.hears(heard, me);
      },
    };
  };
}

/** An attack of one who must have heard somebody lead: it hands over first, if it leads itself. */
export function fromBelow(make: (me: RaftTraitor) => RaftAttack): (me: RaftTraitor) => RaftAttack {
  return (me) => {
    let handedOver = -1;
    const attack = make(me);
    return {
      ...attack,
      acts: () => {
        const { term } = me.status;
        if (leads(me) && term !== handedOver) {
          handedOver = term;
          me.send(me.random.pick(me.others), { kind: 'transfer-leadership', term });
        }
        attack.acts?.(me);
      },
    };
  };
}
