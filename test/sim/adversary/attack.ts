/**
 * What a traitor does beside running the protocol: an attack bends what its node hears and says, and says things of its
 * own. Attacks are composed: each sees what the one before it left.
 */
import type { Random } from '../../../src/base/random.ts';
import type { CoreStatus, Input } from '../../../src/consensus/core.ts';
import type { ClientId, NodeId } from '../../../src/consensus/model/ids.ts';
import type { NodeToClientMessage, PeerMessage } from '../../../src/consensus/model/message.ts';
import type { Place } from '../network.ts';
import type { Traitor } from './traitor.ts';

/** One message on its way out of a traitor's node, to one peer. */
export interface Outgoing<M = PeerMessage> {
  readonly to: NodeId;
  readonly message: M;
}

/** One per traitor `T` and seed, made by its factory: what it remembers is its own. */
export interface Attack<M = PeerMessage, T = Traitor> {
  /** Each message that the traitor's node would send: what goes out in its place, perhaps nothing, perhaps more. */
  says?(out: Outgoing<M>, me: T): readonly Outgoing<M>[];
  /** What its core is about to hear; null keeps it from it. */
  hears?(input: Input<M>, me: T): Input<M> | null;
  /** What its host is about to answer a client; null says nothing. */
  answers?(client: ClientId, message: NodeToClientMessage, me: T): NodeToClientMessage | null;
  /** Any frame anywhere in the network, as it is sent: traitors see everything. */
  overhears?(from: NodeId, to: Place, message: M, me: T): void;
  /** With every tick of its node (25 ms). */
  acts?(me: T): void;
}

/** When an attack is on. Drawn from the seed; asked at every opportunity. */
export type Trigger =
  | { readonly type: 'always' }
  | { readonly type: 'chance'; readonly perMille: number }
  /** In terms T with T mod `every` = `rest`. */
  | { readonly type: 'terms'; readonly every: number; readonly rest: number }
  /** While its node's commit index is in a block of `length` indexes with an odd number. */
  | { readonly type: 'indexes'; readonly length: number }
  /** Whenever somebody outside says so. */
  | { readonly type: 'switch'; readonly isOn: () => boolean }
  /** On for a while, off for a while. */
  | { readonly type: 'spells'; readonly onMs: number; readonly offMs: number };

export interface Circumstances {
  readonly random: Random;
  readonly status: CoreStatus;
  readonly nowMs: number;
}

export function isOn(trigger: Trigger, me: Circumstances): boolean {
  switch (trigger.type) {
    case 'always':
      return true;
    case 'chance':
      return me.random.chance(trigger.perMille, 1000);
    case 'terms':
      return me.status.term % trigger.every === trigger.rest;
    case 'indexes':
      return Math.floor(me.status.committed.index / trigger.length) % 2 === 1;
    case 'switch':
      return trigger.isOn();
    case 'spells':
      return me.nowMs % (trigger.onMs + trigger.offMs) < trigger.onMs;
  }
}

/** An attack as a plan names it. */
export interface AttackPlan {
  readonly name: string;
  readonly trigger: Trigger;
}

/** How an attack is known to plans, tables and `--attack`. */
export interface AttackKind<M = PeerMessage, T = Traitor> {
  readonly name: string;
  /** One line for a reader: what it tries, with the rule that holds it. */
  readonly tries: string;
  readonly make: (me: T) => Attack<M, T>;
}

/** An attack of a plan, and when it is on. */
export interface Armament<M, T> {
  readonly kind: AttackKind<M, T>;
  readonly trigger: Trigger;
}
