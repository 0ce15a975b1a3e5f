/** Frames of peers on their way to the core: decoded, asked about (M6), verified, in turn (L2). */
import { FairQueue } from '../base/fair-queue.ts';
import { limits } from '../base/limits.ts';
import type { Epoch, NodeId, Term } from '../consensus/model/ids.ts';
import type { Verified } from '../consensus/model/verified.ts';
import { RecheckBudget } from '../crypto/recheck-budget.ts';
import type { Links } from './ports.ts';
import type { AnyMessage, Arrival, PeerWire } from './protocol.ts';
import type { Counters } from './status.ts';

export interface PeerDeskDeps<M> {
  readonly wire: Pick<PeerWire<M>, 'decode' | 'arrange' | 'verify'>;
  readonly links: Pick<Links, 'closePeer'>;
  readonly counters: Counters;
  /** `Core.wants`. */
  readonly wants: (message: M, from: NodeId) => boolean;
  readonly onMessage: (from: NodeId, message: Verified<M>) => void;
  /** S1: `culprit` put something invalid under its own signature. */
  readonly onAccused: (accused: {
    readonly culprit: NodeId;
    readonly epoch: Epoch;
    readonly term: Term;
    readonly reason: string;
  }) => void;
}

export class PeerDesk<M extends AnyMessage> {
  readonly #deps: PeerDeskDeps<M>;
  readonly #inbox = new FairQueue<NodeId, Uint8Array>({ laneBytesMax: limits.peerQueueBytesMax });
  readonly #budgets = new Map<NodeId, RecheckBudget>();
  /** Peers whose link was closed in this drain: what else came over it is not looked at. */
  readonly #closed = new Set<NodeId>();

  constructor(deps: PeerDeskDeps<M>) {
    this.#deps = deps;
  }

  get waiting(): number {
    return this.#inbox.length;
  }

  get waitingBytes(): number {
    return this.#inbox.bytes;
  }

  /** L2: a frame beyond the bound is lost, as on any network. */
  push(from: NodeId, frame: Uint8Array): void {
    if (!this.#inbox.push(from, frame, frame.length)) this.#deps.counters.framesDropped++;
  }

  /** A new connection: its budget is its own (L3). */
  connected(peer: NodeId): void {
    this.#budgets.delete(peer);
  }

  clear(): void {
    this.#inbox.clear();
  }

  /** Takes what waits, peers in turn, up to what one drain may take. */
  drain(): void {
    this.#closed.clear();
    const arrivals: Arrival<M>[] = [];
    let bytes = 0;
    for (let count = 0; count < limits.drainPeerFramesMax; count++) {
      if (bytes >= limits.drainBytesMax) break;
      const next = this.#inbox.take();
      if (next === null) break;
      bytes += next.bytes;
      const message = this.#decode(next.key, next.item);
      if (message !== null) arrivals.push({ from: next.key, message });
    }
    for (const { from, message } of this.#deps.wire.arrange(arrivals))
      if (!this.#closed.has(from)) this.#judge(from, message);
  }

  #decode(from: NodeId, frame: Uint8Array): M | null {
    if (this.#closed.has(from)) return null;
    const decoded = this.#deps.wire.decode(frame);
    if (decoded.ok) return decoded.value;
    this.#reject(from, `malformed frame: ${decoded.reason}`);
    return null;
  }

  #judge(from: NodeId, message: M): void {
    const { counters, wire, wants, onMessage, onAccused } = this.#deps;
    if (!wants(message, from)) {
      counters.unwanted++;
      return;
    }
    const verdict = wire.verify(message, this.#budgetOf(from));
    switch (verdict.type) {
      case 'verified':
        counters.verified++;
        return onMessage(from, verdict.value);
      case 'invalid':
        return this.#reject(from, `invalid ${message.kind}: ${verdict.reason}`);
      case 'accused':
        counters.rejected++;
        return onAccused(verdict);
      case 'unknown':
        // A stranger's signature proves nothing about who passed it on.
        counters.rejected++;
        return;
      case 'other-epoch':
        // Only one epoch is known here: section 8 will answer a lower one and ask for proof of a higher one (M5).
        counters.unwanted++;
    }
  }

  #budgetOf(from: NodeId): RecheckBudget {
    const budget = this.#budgets.get(from) ?? new RecheckBudget();
    this.#budgets.set(from, budget);
    return budget;
  }

  /** L2: closes the link; what came over it before is forgotten. */
  #reject(from: NodeId, reason: string): void {
    this.#deps.counters.rejected++;
    this.#closed.add(from);
    this.#inbox.drop(from);
    this.#budgets.delete(from);
    this.#deps.links.closePeer(from, reason);
  }
}
