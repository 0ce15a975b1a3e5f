/** What a simulated node sees of its world. */
import type { Core } from '../../src/consensus/core.ts';
import type { Random } from '../../src/base/random.ts';
import type { ClientId, NodeId } from '../../src/consensus/model/ids.ts';
import type { Signed } from '../../src/consensus/model/statement.ts';
import type { Signer } from '../../src/crypto/sign.ts';
import type { Verifier } from '../../src/crypto/verify.ts';
import type { Links } from '../../src/host/ports.ts';
import type { WireContext } from '../../src/wire/context.ts';
import type { Genesis } from '../../src/wire/genesis.ts';
import type { Checkers } from './checkers/checkers.ts';
import type { Network, Place } from './network.ts';
import type { Plan } from './plan.ts';
import type { Scheduler } from './scheduler.ts';
import type { Trace } from './trace.ts';

export interface Neighbour {
  readonly id: NodeId;
  readonly place: Place;
  readonly up: boolean;
  /** The link to that peer is whole again. */
  connected(peer: NodeId): void;
}

/** What makes a traitor of a node: it bends what the node's core hears and what its links carry. */
export interface Possession {
  wrapCore(honest: Core): Core;
  wrapLinks(links: Links): Links;
  /** The process ended. */
  ended(): void;
}

export interface Surroundings {
  readonly plan: Plan;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly trace: Trace;
  readonly genesis: Genesis;
  readonly context: WireContext;
  readonly network: Network;
  readonly nodes: readonly Neighbour[];
  readonly checkers: Checkers;
  /** Terms in which somebody was elected. */
  readonly elections: Set<number>;
  /** The true time, which nobody's clock shows. */
  wallMs(): number;
  makeVerifier(): Verifier;
  makeSigner(node: NodeId, onSigned: (signed: Signed) => void): Signer;
  /** Something asynchronous was begun: it ends before time goes on. */
  stir(): void;
  isHonest(node: NodeId): boolean;
  isHonestClient(client: ClientId): boolean;
  sendToClient(from: NodeId, client: ClientId, frame: Uint8Array): void;
  /** A node closes its connection to a client (L2). */
  closeClient(from: NodeId, client: ClientId): void;
}
