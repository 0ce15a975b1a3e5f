/** What plain Raft believes of a member's link: anything that it says there, in whoever's place. */
import type { LogIndex } from '../../../../src/consensus/model/ids.ts';
import type { RaftMessage } from '../../../../src/consensus/raft/message.ts';
import type { RaftAttackKind } from '../../../../test/sim/raft/adversary/traitor.ts';
import { forgedRequest } from './raft-lies.ts';

const EVERY_MS = 400;
const KEPT = 64;

/** An AppendEntries names no leader: who sends one leads, as far as its receiver can tell. */
export const pretender: RaftAttackKind = {
  name: 'pretender',
  tries:
    "sends AppendEntries of the leader's term, which it does not lead (5.2: the sender is believed)",
  make: (me) => {
    let nextMs = 0;
    return {
      acts: () => {
        const { leader } = me.lore;
        if (leader === null || leader.node === me.id || me.nowMs < nextMs) return;
        nextMs = me.nowMs + EVERY_MS;
        const victim = me.random.pick(me.others.filter((other) => other !== leader.node));
        const previous = me.lore.markAt(me.lore.toldTo(me.id));
        if (previous === null) return;
        const { index, hash, term: previousTerm } = previous;
        const entries = [me.entry(previous, leader.term, [me.anyRequest()])];
        me.note(`writes an entry ${index + 1} to ${victim} in the place of ${leader.node}`);
        me.send(victim, {
          kind: 'append-entries',
          term: leader.term,
          previous: { index, hash },
          previousTerm,
          entries,
          committed: (index + 1) as LogIndex,
        });
      },
    };
  },
};

/** What it was sent goes on to others, who take it for its own. */
export const parrot: RaftAttackKind = {
  name: 'parrot',
  tries: 'says again to others what it was told itself (nothing names who said it first)',
  make: (me) => {
    const heard: RaftMessage[] = [];
    let nextMs = 0;
    return {
      overhears: (from, to, message) => {
        if (from === me.id || to !== me.id) return;
        heard.push(message);
        if (heard.length > KEPT) heard.shift();
      },
      acts: () => {
        if (heard.length === 0 || me.nowMs < nextMs) return;
        nextMs = me.nowMs + EVERY_MS;
        const message = me.random.pick(heard);
        const to = me.random.pick(me.others);
        me.note(`says to ${to} the ${message.kind} that it heard itself`);
        me.send(to, message);
      },
    };
  },
};

/** The leader orders what a node forwards: who asked for it nobody can tell. */
export const falseClients: RaftAttackKind = {
  name: 'false-clients',
  tries: 'forwards writes in the name of clients that never made them (C1: nobody signs)',
  make: (me) => {
    let nextMs = 0;
    let count = 0;
    return {
      acts: () => {
        const { leader } = me.lore;
        if (leader === null || leader.node === me.id || me.nowMs < nextMs) return;
        nextMs = me.nowMs + EVERY_MS;
        const client = me.random.pick(me.clients);
        me.note(`forwards a write in the name of client ${client.slice(0, 8)}`);
        const request = forgedRequest(client, count++, me.context);
        me.send(leader.node, { kind: 'forward', requests: [request] });
      },
    };
  },
};
