/**
 * Frames of peers on their way to the core: decoded, asked about (M6), verified, in turn (L2). What a turn of the loop
 * does for peers is bounded by frames, bytes and signatures, so that heartbeats of others, clients and the disk get
 * theirs; what one peer makes this node check in vain is bounded by time.
 */
import { Allowance } from '../base/allowance.ts';
import type { AllowanceOptions } from '../base/allowance.ts';
import { FairQueue } from '../base/fair-queue.ts';
import { limits } from '../base/limits.ts';
import type { Epoch, LogIndex, NodeId, Term } from '../consensus/model/ids.ts';
import type { ClientRequest } from '../consensus/model/request.ts';
import type { Verified } from '../consensus/model/verified.ts';
import { RecheckBudget } from '../crypto/recheck-budget.ts';
import type { Links } from './ports.ts';
import type { AnyMessage, Arrival, PeerWire } from './protocol.ts';
import type { Counters } from './status.ts';

export interface PeerDeskDeps<M> {
  readonly wire: Omit<PeerWire<M>, 'encode' | 'entries'>;
  readonly links: Pick<Links, 'closePeer'>;
  readonly counters: Counters;
  /** `Core.wants`. */
  readonly wants: (message: M, from: NodeId) => boolean;
  readonly term: () => Term;
  /** How far the log reaches by a quorum's word. */
  readonly certified: () => LogIndex;
  readonly onMessage: (from: NodeId, message: Verified<M>) => void;
  /** S1: `culprit` put something invalid under its own signature. */
  readonly onAccused: (accused: {
    readonly culprit: NodeId;
    readonly epoch: Epoch;
    readonly term: Term;
    readonly reason: string;
  }) => void;
}

/** What a peer may make this node do, whatever connections it comes over: a new one brings nothing back. */
interface Account {
  /** L3. */
  readonly rechecks: RecheckBudget;
  /** L2: checks that bring nothing by their kind, in signatures. */
  readonly checks: Allowance;
}

export interface PeerDeskOptions {
  /** How many peers there are. */
  readonly others: number;
  readonly heartbeatIntervalMs: number;
}

/** What a message took before it is judged: bytes that were decoded, signatures that were checked. */
interface Spent {
  readonly bytes: number;
  /** That it carries, checked or not. */
  readonly signatures: number;
  checked: number;
}

/** A message with more signatures than a drain checks: its requests go ahead of it, piece by piece. */
interface Long<M> extends Spent {
  readonly message: M;
  readonly requests: readonly ClientRequest[];
  next: number;
}

/** A frame is read, copied, hashed and collected as garbage, 7 ms for a megabyte: so many bytes take as long as a signature. */
const BYTES_PER_SIGNATURE = 8_192;
/** And so does to take so many messages from their link, and to read and ask about them. */
const MESSAGES_PER_SIGNATURE = 3;
/** To read one, or to find it remembered, takes so much less than to check it. */
const READ_PER_SIGNATURE = 8;
/** What an honest node says again each heartbeat interval carries so many at most (M3). */
const CERTIFICATES = 2;
/** A peer is looked at again after so long at most. */
const WAIT_MS_MAX = 50;
/** A piece of a long message; the other half of a drain is everybody else's. */
const PIECE = limits.drainPeerSignaturesTarget / 2;

export class PeerDesk<M extends AnyMessage> {
  readonly #deps: PeerDeskDeps<M>;
  readonly #rechecksPerSecond: number;
  readonly #checks: AllowanceOptions;
  readonly #inbox = new FairQueue<NodeId, Uint8Array>({
    laneBytesMax: limits.peerQueueBytesMax,
    bytesMax: limits.peerQueuesBytesMax,
  });
  readonly #accounts = new Map<NodeId, Account>();
  /** The first one has its turn until it is done; what came after it over the same link waits. */
  readonly #long = new Map<NodeId, Long<M>>();
  /** Up to where the log has given back to the accounts. */
  #certified = 0;
  /** Peers whose link was closed in this drain: what else came over it is not looked at. */
  readonly #closed = new Set<NodeId>();

  constructor({ others, heartbeatIntervalMs }: PeerDeskOptions, deps: PeerDeskDeps<M>) {
    const peers = Math.max(1, others);
    this.#rechecksPerSecond = limits.rechecksForgivenPerSecond / peers;
    const signatures = CERTIFICATES * (peers + 1);
    const repeated = 1 + signatures / READ_PER_SIGNATURE;
    this.#checks = {
      max: limits.peerChecksMax / peers + signatures,
      perSecond: limits.peerChecksPerSecond / peers + (1_000 / heartbeatIntervalMs) * repeated,
    };
    this.#deps = deps;
  }

  get waiting(): number {
    return this.#inbox.length + this.#long.size;
  }

  get waitingBytes(): number {
    return this.#inbox.bytes;
  }

  /** Something is there to be drained now. */
  isReady(nowMs: number): boolean {
    return this.#long.size > 0 || this.#inbox.hasFor((peer) => this.#mayServe(peer, nowMs));
  }

  /** L2: a frame beyond the bound is lost, as on any network. */
  push(from: NodeId, frame: Uint8Array): void {
    this.#deps.counters.framesDropped += this.#inbox.push(from, frame, frame.length);
  }

  /**
   * For how many milliseconds a peer shall be read no further (L2): what it sends would not be looked at before, and to
   * read it costs time and memory, too.
   */
  waitMs(from: NodeId, nowMs: number): number {
    return Math.min(WAIT_MS_MAX, this.#account(from).checks.waitMs(nowMs));
  }

  clear(): void {
    this.#inbox.clear();
    this.#long.clear();
  }

  /** Takes what waits, peers in turn, up to what one drain may take. */
  drain(nowMs: number): void {
    this.#closed.clear();
    this.#giveBack();
    let work = this.#goOn(nowMs);
    let bytes = 0;
    const arrivals: (Arrival<M> & { readonly spent: Spent })[] = [];
    for (let count = 0; count < limits.drainPeerFramesMax; count++) {
      if (bytes >= limits.drainBytesMax || work >= limits.drainPeerSignaturesTarget) break;
      const next = this.#inbox.take((peer) => this.#mayServe(peer, nowMs));
      if (next === null) break;
      bytes += next.bytes;
      work += next.bytes / BYTES_PER_SIGNATURE;
      const message = this.#decode(next.key, next.item, nowMs);
      if (message === null) continue;
      const signatures = this.#deps.wire.signatures(message);
      const spent = { bytes: next.bytes, signatures, checked: 0 };
      if (signatures > limits.drainPeerSignaturesMax) {
        this.#begin(next.key, message, spent, nowMs);
        continue;
      }
      work += signatures;
      arrivals.push({ from: next.key, message, spent });
    }
    for (const { from, message, spent } of this.#deps.wire.arrange(arrivals))
      if (!this.#closed.has(from)) this.#judge(from, message, spent, nowMs);
  }

  /** M6: of a long message that is not wanted nothing is read, and `#judge` counts it. */
  #begin(from: NodeId, message: M, spent: Spent, nowMs: number): void {
    const { wants, wire } = this.#deps;
    if (!wants(message, from)) return this.#judge(from, message, spent, nowMs);
    this.#long.set(from, { ...spent, message, requests: wire.requests(message), next: 0 });
  }

  /** A piece of the long message whose turn it is, and the message itself after its last one; returns the work done. */
  #goOn(nowMs: number): number {
    const first = this.#long.entries().next();
    if (first.done === true) return 0;
    const [from, long] = first.value;
    const { wire } = this.#deps;
    const { message, requests } = long;
    const { rechecks } = this.#account(from);
    const end = Math.min(long.next + PIECE, requests.length);
    let isSound = true;
    const before = wire.checked();
    while (long.next < end && isSound)
      isSound = wire.prepare(message, requests[long.next++] as ClientRequest, rechecks.at(nowMs));
    long.checked += wire.checked() - before;
    if (isSound && long.next < requests.length) return PIECE;
    this.#long.delete(from);
    this.#judge(from, message, long, nowMs);
    return PIECE;
  }

  #mayServe(peer: NodeId, nowMs: number): boolean {
    return !this.#long.has(peer) && this.#account(peer).checks.has(nowMs);
  }

  #decode(from: NodeId, frame: Uint8Array, nowMs: number): M | null {
    if (this.#closed.has(from)) return null;
    const decoded = this.#deps.wire.decode(frame);
    if (decoded.ok) return decoded.value;
    this.#charge(from, 1 + frame.length / BYTES_PER_SIGNATURE, nowMs);
    this.#reject(from, `malformed frame: ${decoded.reason}`);
    return null;
  }

  #judge(from: NodeId, message: M, { bytes, signatures, checked }: Spent, nowMs: number): void {
    const { counters, wire, wants, term, onMessage, onAccused } = this.#deps;
    const cost =
      1 / MESSAGES_PER_SIGNATURE + signatures / READ_PER_SIGNATURE + bytes / BYTES_PER_SIGNATURE;
    if (!wants(message, from)) {
      counters.unwanted++;
      return this.#charge(from, cost + checked, nowMs);
    }
    const { rechecks } = this.#account(from);
    const before = wire.checked();
    const verdict = wire.verify(message, rechecks.at(nowMs));
    if (verdict.type !== 'verified' || !wire.isNews(message, term))
      this.#charge(from, cost + checked + wire.checked() - before, nowMs);
    switch (verdict.type) {
      case 'verified':
        counters.verified++;
        return onMessage(from, verdict.value);
      case 'invalid':
        // L3: what stayed unjudged is no ground to close a link. It is lost, as on any network.
        if (rechecks.overdrawn) counters.rejected++;
        else this.#reject(from, `invalid ${message.kind}: ${verdict.reason}`);
        return;
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

  /** L2: however fast the log grows, and however far behind this node is, its Responses are not in vain. */
  #giveBack(): void {
    const certified = this.#deps.certified();
    const grown = certified - this.#certified;
    this.#certified = certified;
    if (grown <= 0) return;
    for (const { checks } of this.#accounts.values())
      checks.give(grown * limits.peerChecksPerEntry);
  }

  /** L2: who makes this node check in vain waits until time has paid for it. */
  #charge(from: NodeId, signatures: number, nowMs: number): void {
    this.#account(from).checks.take(signatures, nowMs);
  }

  #account(peer: NodeId): Account {
    const known = this.#accounts.get(peer);
    if (known !== undefined) return known;
    const account: Account = {
      rechecks: new RecheckBudget(limits.recheckBudgetMax, this.#rechecksPerSecond),
      checks: new Allowance(this.#checks),
    };
    this.#accounts.set(peer, account);
    return account;
  }

  /** L2: closes the link; what came over it before is forgotten. */
  #reject(from: NodeId, reason: string): void {
    this.#deps.counters.rejected++;
    this.#closed.add(from);
    this.#inbox.drop(from);
    this.#long.delete(from);
    this.#deps.links.closePeer(from, reason);
  }
}
