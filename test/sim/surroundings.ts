/** What a simulated node sees of its world. */
import type { Core } from '../../src/consensus/core.ts';
import type { Random } from '../../src/base/random.ts';
import type { ClientId, NodeId } from '../../src/consensus/model/ids.ts';
import type { Verifier } from '../../src/crypto/verify.ts';
import type { WireContext } from '../../src/wire/context.ts';
import type { Genesis } from '../../src/wire/genesis.ts';
import type { Agreement } from './checkers/agreement.ts';
import type { Certificates } from './checkers/certificates.ts';
import type { Network } from './network.ts';
import type { Plan } from './plan.ts';
import type { Scheduler } from './scheduler.ts';
import type { Trace } from './trace.ts';

export interface Neighbour {
  readonly id: NodeId;
  readonly up: boolean;
  /** The link to that peer is whole again. */
  connected(peer: NodeId): void;
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
  readonly agreement: Agreement;
  readonly certificates: Certificates;
  /** The true time, which nobody's clock shows. */
  wallMs(): number;
  makeVerifier(): Verifier;
  /** The core that a node runs: a traitor's wraps the honest one, of which nothing changes. */
  wrapCore(node: NodeId, honest: Core): Core;
  sendToClient(from: NodeId, client: ClientId, frame: Uint8Array): void;
}
