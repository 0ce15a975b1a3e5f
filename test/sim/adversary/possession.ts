/** What makes a traitor of a node: it bends what the node's core hears and what its links carry. */
import type { Core } from '../../../src/consensus/core.ts';
import type { Links } from '../../../src/host/ports.ts';

export interface Possession<M> {
  wrapCore(honest: Core<M>): Core<M>;
  wrapLinks(links: Links): Links;
  /** The process ended. */
  ended(): void;
}
