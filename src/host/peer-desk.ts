/** Frames of peers on their way to the core: decoded, asked about (M6), verified, in turn (L2). */
import { FairQueue } from '../base/fair-queue.ts';
import { limits } from '../base/limits.ts';
import type { Epoch, NodeId, Term } from '../consensus/model/ids.ts';
import type { PeerMessage } from '../consensus/model/message.ts';
import type { Verified } from '../consensus/model/verified.ts';
import { RecheckBudget } from '../crypto/recheck-budget.ts';
import type { Verifier } from '../crypto/verify.ts';
import type { WireContext } from '../wire/context.ts';
import { decodePeerMessage } from '../wire/peer.ts';
import type { Links } from './ports.ts';
import type { Counters } from './status.ts';

export interface PeerDeskDeps {
  readonly context: WireContext;
  readonly verifier: Pick<Verifier, 'peerMessage'>;
  readonly links: Pick<Links, 'closePeer'>;
  readonly counters: Counters;
  /** `Core.wants`. */
  readonly wants: (message: PeerMessage, from: NodeId) => boolean;
  readonly onMessage: (from: NodeId, message: Verified<PeerMessage>) => void;
  /** S1: `culprit` put something invalid under its own signature. */
  readonly onAccused: (accused: {
    readonly culprit: NodeId;
    readonly epoch: Epoch;
    readonly term: Term;
    readonly reason: string;
  }) => void;
}

export interface Arrival {
  readonly from: NodeId;
  readonly message: PeerMessage;
}

export class PeerDesk {
  readonly #deps: PeerDeskDeps;
  readonly #inbox = new FairQueue<NodeId, Uint8Array>({ laneBytesMax: limits.peerQueueBytesMax });
  readonly #budgets = new Map<NodeId, RecheckBudget>();
  /** Peers whose link was closed in this drain: what else came over it is not looked at. */
  readonly #closed = new Set<NodeId>();

  constructor(deps: PeerDeskDeps) {
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
    const arrivals: Arrival[] = [];
    let bytes = 0;
    for (let count = 0; count < limits.drainPeerFramesMax; count++) {
      if (bytes >= limits.drainBytesMax) break;
      const next = this.#inbox.take();
      if (next === null) break;
      bytes += next.bytes;
      const message = this.#decode(next.key, next.item);
      if (message !== null) arrivals.push({ from: next.key, message });
    }
    for (const { from, message } of newestResponsesFirst(arrivals))
      if (!this.#closed.has(from)) this.#judge(from, message);
  }

  #decode(from: NodeId, frame: Uint8Array): PeerMessage | null {
    if (this.#closed.has(from)) return null;
    const decoded = decodePeerMessage(frame, this.#deps.context);
    if (decoded.ok) return decoded.value;
    this.#reject(from, `malformed frame: ${decoded.reason}`);
    return null;
  }

  #judge(from: NodeId, message: PeerMessage): void {
    const { counters, verifier, wants, onMessage, onAccused } = this.#deps;
    if (!wants(message, from)) {
      counters.unwanted++;
      return;
    }
    const verdict = verifier.peerMessage(message, this.#budgetOf(from));
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

/**
 * M6: of several Responses of one signer and one (epoch, term) the latest goes first, in the place of the earliest: once
 * it counts, the core wants those before it only if they can still matter. Nothing else changes places.
 */
export function newestResponsesFirst(arrivals: readonly Arrival[]): readonly Arrival[] {
  if (arrivals.length < 2) return arrivals;
  const places = new Map<string, number[]>();
  arrivals.forEach(({ message }, place) => {
    if (message.kind !== 'append-entries-response') return;
    const { signer, statement } = message.signed;
    const key = `${statement.epoch} ${statement.term} ${signer}`;
    const known = places.get(key);
    if (known === undefined) places.set(key, [place]);
    else known.push(place);
  });
  const ordered = [...arrivals];
  for (const of of places.values())
    of.forEach((place, i) => {
      ordered[place] = arrivals[of[of.length - 1 - i] as number] as Arrival;
    });
  return ordered;
}
