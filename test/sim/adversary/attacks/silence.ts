/** Attacks that say less than the protocol asks for. */
import type { NodeId } from '../../../../src/consensus/model/ids.ts';
import type { AttackKind } from '../attack.ts';

/** Says nothing: a crash that its peers cannot see. S1 `silent`, and every quorum without it, hold. */
const silent: AttackKind = {
  name: 'silent',
  tries: 'says nothing at all (S1 silent, quorums without it)',
  make: () => ({
    says: (_, me) => {
      me.note('keeps silent');
      return [];
    },
  }),
};

/** Talks to some peers only, and to others a while later. */
const selective: AttackKind = {
  name: 'selective',
  tries: 'talks to some peers only (N2: who is left out fetches; S1 `joined`)',
  make: (me) => {
    let favoured: ReadonlySet<NodeId> = new Set();
    let untilMs = 0;
    const choose = (): void => {
      if (me.nowMs < untilMs) return;
      untilMs = me.nowMs + me.random.between(500, 5_000);
      favoured = new Set(me.mind.order.filter(() => me.random.chance(1, 2)));
    };
    return {
      says: (out) => {
        choose();
        if (favoured.has(out.to)) return [out];
        me.note(`leaves ${out.to} out`);
        return [];
      },
    };
  },
};

/** As `silent`, of single kinds of messages. */
const mute: AttackKind = {
  name: 'mute',
  tries: 'never says one or two kinds of messages (votes, Responses, fetch answers …)',
  make: (me) => {
    const kinds = new Set([
      me.random.pick(['append-entries', 'append-entries-response', 'entries', 'vote']),
      me.random.pick(['suspect', 'vote-refusal', 'proof', 'forward', 'request-vote']),
    ]);
    return {
      says: (out) => {
        if (!kinds.has(out.message.kind)) return [out];
        me.note(`swallows a ${out.message.kind}`);
        return [];
      },
    };
  },
};

export const SILENCE: readonly AttackKind[] = [silent, selective, mute];
