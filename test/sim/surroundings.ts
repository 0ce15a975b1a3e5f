/** What a simulated node sees of its world. */
import type { ClientId, NodeId } from '../../src/consensus/model/ids.ts';
import type { Network, Place } from './network.ts';
import type { Grounds, SimProtocol } from './protocol.ts';

export interface Neighbour {
  readonly id: NodeId;
  readonly place: Place;
  readonly up: boolean;
  /** The link to that peer is whole again. */
  connected(peer: NodeId): void;
}

export interface Surroundings extends Grounds {
  readonly protocol: SimProtocol;
  readonly network: Network;
  readonly nodes: readonly Neighbour[];
  /** Terms in which somebody was elected. */
  readonly elections: Set<number>;
  /** The true time, which nobody's clock shows. */
  wallMs(): number;
  /** Something asynchronous was begun: it ends before time goes on. */
  stir(): void;
  /** More nodes lie than the protocol stands: nothing is promised. */
  readonly isBetrayed: boolean;
  isHonest(node: NodeId): boolean;
  isHonestClient(client: ClientId): boolean;
  sendToClient(from: NodeId, client: ClientId, frame: Uint8Array): void;
  /** A node closes its connection to a client (L2). */
  closeClient(from: NodeId, client: ClientId): void;
}
