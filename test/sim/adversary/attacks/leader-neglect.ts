/** Leaders that keep their place and do not do their work: for nobody, for one client, or for some of the voters (S1). */
import type { Input } from '../../../../src/consensus/core.ts';
import type { ClientId, NodeId } from '../../../../src/consensus/model/ids.ts';
import type { Forward } from '../../../../src/consensus/model/message.ts';
import type { Verified } from '../../../../src/consensus/model/verified.ts';
import { faultsTolerated } from '../../../../src/consensus/model/quorum.ts';
import type { AttackKind } from '../attack.ts';
import type { Traitor } from '../traitor.ts';

function leads(me: Traitor): boolean {
  return me.status.role === 'leader';
}

/**
 * Orders what waits only after so many thousandths of the request timeout, by its own view of the exponent (S3). It
 * must not order too late: then it is what `starve` is.
 */
export function stalling(drawPerMille: (me: Traitor) => number): AttackKind['make'] {
  return (me) => {
    const { requestTimeoutMs } = me.mind.configuration.parameters;
    const perMille = drawPerMille(me);
    let sinceMs: number | null = null;
    return {
      hears: (input) => {
        if (input.type !== 'drained' || !leads(me)) return input;
        const { pending, backoff } = me.status;
        if (pending === 0) {
          sinceMs = null;
          return input;
        }
        sinceMs ??= me.nowMs;
        const waitMs = (requestTimeoutMs * 2 ** backoff * perMille) / 1000;
        if (me.nowMs - sinceMs < waitMs) return null;
        me.note(`orders ${pending} requests after ${me.nowMs - sinceMs} ms`);
        sinceMs = me.nowMs;
        return input;
      },
    };
  };
}

const stall: AttackKind = {
  name: 'stall',
  tries:
    'orders nothing until just under the request timeout, with heartbeats all the while (S1, S3)',
  make: stalling((me) => me.random.pick([500, 800, 900, 950])),
};

type Says = 'heartbeats' | 'nothing';

/** Leads and orders nothing at all; says even less in some terms. */
export function starving(drawSays: (me: Traitor) => Says): AttackKind['make'] {
  return (me) => {
    let term = 0;
    let says: Says = 'heartbeats';
    const enter = (): void => {
      if (me.status.term === term) return;
      ({ term } = me.status);
      says = drawSays(me);
      me.note(`leads term ${term} with ${says}`);
    };
    return {
      hears: (input) => {
        if (input.type !== 'drained' || !leads(me)) return input;
        enter();
        return null;
      },
      says: (out) => {
        if (out.message.kind !== 'append-entries' || !leads(me)) return [out];
        enter();
        return says === 'nothing' ? [] : [out];
      },
    };
  };
}

const starve: AttackKind = {
  name: 'starve',
  tries: 'wins its terms and orders nothing, with heartbeats or without (S1 stalled, silent)',
  make: starving((me) => me.random.pick(['heartbeats', 'heartbeats', 'nothing'])),
};

function withoutClient(input: Input, client: ClientId): Input | null {
  if (input.type === 'requested') return input.request.statement.client === client ? null : input;
  if (input.type !== 'received' || input.message.kind !== 'forward') return input;
  const { message } = input;
  const requests = message.body.requests.filter(({ statement }) => statement.client !== client);
  if (requests.length === message.body.requests.length) return input;
  if (requests.length === 0) return null;
  // Less than was verified is verified.
  return { ...input, message: { ...message, body: { requests } } as Verified<Forward> };
}

/** Never takes one client's requests, from it or from anybody; serves all others. */
export function censoring(choose: (me: Traitor) => ClientId): AttackKind['make'] {
  return (me) => {
    const client = choose(me);
    return {
      hears: (input) => {
        const left = withoutClient(input, client);
        if (left !== input && leads(me)) me.note(`drops requests of ${client.slice(0, 8)}`);
        return left;
      },
    };
  };
}

const censor: AttackKind = {
  name: 'censor',
  tries: "never orders one client's requests (S1: each voter times its own clients' requests)",
  make: censoring((me) => me.random.pick(me.mind.configuration.clients).id),
};

/** Leaves as many voters out of everything as there may be faults: with them it would seem that no quorum is missing. */
function leavingOut(drawCount: (me: Traitor) => number): AttackKind['make'] {
  return (me) => {
    let term = -1;
    let out: ReadonlySet<NodeId> = new Set();
    const enter = (): void => {
      if (me.status.term === term) return;
      ({ term } = me.status);
      const left = [...me.mind.honest];
      const count = drawCount(me);
      const chosen = Array.from({ length: Math.min(count, left.length) }, () => {
        return left.splice(me.random.below(left.length), 1)[0] as NodeId;
      });
      out = new Set(chosen);
    };
    return {
      says: (outgoing) => {
        if (!leads(me)) return [outgoing];
        enter();
        if (!out.has(outgoing.to)) return [outgoing];
        me.note(`leaves ${outgoing.to} in the dark`);
        return [];
      },
    };
  };
}

function faultsIn({ mind }: Traitor): number {
  return Math.max(1, faultsTolerated(mind.order.length));
}

const dark: AttackKind = {
  name: 'dark',
  tries:
    'leads, and leaves up to f honest voters out of everything (N2, S1 joined: they fetch from others)',
  make: leavingOut((me) => me.random.between(1, faultsIn(me))),
};

/** As many as there may be faults, in every term. */
export const leaveFaultsOut: AttackKind['make'] = leavingOut(faultsIn);

export const LEADER_NEGLECT: readonly AttackKind[] = [stall, starve, censor, dark];
