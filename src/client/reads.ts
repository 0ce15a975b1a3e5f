/**
 * Local reads (C5): a signed question to one node, and its signed answer. Nothing is ordered, so another node may be
 * asked instead; the same bytes are sent again (M3).
 */
import { toHex } from '../base/bytes.ts';
import { limits } from '../base/limits.ts';
import type { Random } from '../base/random.ts';
import type { NodeId } from '../consensus/model/ids.ts';
import type { ReadReply, RefusalBody } from '../consensus/model/message.ts';
import { isBlockingSet } from '../consensus/model/quorum.ts';
import { TangaroaError } from './errors.ts';
import { closedError, gaveUp, queueFull, refusedForGood } from './explain.ts';
import type { Identity } from './identity.ts';
import type { Links } from './links.ts';
import { notWaiting } from './patience.ts';
import type { Patience, Waiting } from './patience.ts';
import type { CallOptions, ClientDeps } from './ports.ts';

/** Questions that one node has at once: fewer than it answers for one client (L2). */
const READS_PER_NODE_MAX: number = limits.readsPerClientMax / 2;
const RESEND_FIRST_MS = 400;
const RESEND_MAX_MS = 3_000;

interface PendingRead extends Waiting {
  readonly nonce: string;
  readonly query: Uint8Array;
  /** Null: any node. */
  readonly target: NodeId | null;
  frame: Uint8Array | null;
  askedNode: NodeId | null;
  readonly refusedBy: Set<NodeId>;
  attempts: number;
  resendAtMs: number;
  resolve(answer: LocalAnswer): void;
  reject(error: TangaroaError): void;
}

/** What one node said: its word alone. */
export interface LocalAnswer {
  readonly node: NodeId;
  readonly index: bigint;
  readonly result: Uint8Array;
}

export interface ReadsDeps {
  readonly identity: Identity;
  readonly links: Links;
  readonly patience: Patience;
  readonly clock: ClientDeps['clock'];
  readonly randomBytes: ClientDeps['randomBytes'];
  readonly random: Random;
}

export class Reads {
  readonly #deps: ReadsDeps;
  readonly #queueMax: number;
  /** In the order in which they were asked for. */
  readonly #pending = new Map<string, PendingRead>();
  readonly #asked = new Map<NodeId, number>();
  #turn: number;
  #closed = false;

  constructor(options: { readonly queueMax: number }, deps: ReadsDeps) {
    this.#deps = deps;
    this.#queueMax = options.queueMax;
    // Clients that start together do not all ask the first node.
    this.#turn = deps.random.below(deps.links.nodes.length);
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Asks `target`, or any node that is linked, and goes on asking until the deadline. */
  ask(
    target: NodeId | null,
    query: Uint8Array,
    options: CallOptions | undefined,
  ): Promise<LocalAnswer> {
    if (this.#closed) return Promise.reject(closedError('not-applied'));
    if (this.#pending.size >= this.#queueMax) return Promise.reject(queueFull(this.#pending.size));
    return new Promise((resolve, reject) => {
      const read: PendingRead = {
        ...notWaiting(),
        nonce: this.#nonce(),
        query,
        target,
        frame: null,
        askedNode: null,
        refusedBy: new Set(),
        attempts: 0,
        resendAtMs: 0,
        resolve,
        reject,
        giveUp: (why) => this.#fail(read, this.#gaveUp(read, why)),
      };
      this.#pending.set(read.nonce, read);
      this.#deps.patience.begin(read, options);
      this.#send(read, this.#deps.clock.monotonicMs());
    });
  }

  received(node: NodeId, reply: ReadReply): void {
    const { nonce, applied } = reply.signed.statement;
    const read = this.#pending.get(nonce);
    if (read === undefined || (read.target !== null && read.target !== node)) return;
    const result = this.#deps.identity.trust.check(reply);
    if (typeof result === 'object') return this.#deps.links.drop(node, result.invalid);
    if (result === 'uncheckable') return;
    this.#end(read);
    this.#sendNext();
    read.resolve({ node, index: BigInt(applied), result: reply.result });
  }

  /** One node's advice. Its refusal for good ends a question to it; of a question to any, f+1 do. */
  refused(node: NodeId, { first, code, detail }: RefusalBody): void {
    const read = this.#pending.get(nonceOf(first));
    if (read === undefined || read.askedNode !== node) return;
    const { configuration, trust } = this.#deps.identity;
    if (code === 'overloaded' || code === 'stopping') return this.#release(read);
    read.refusedBy.add(node);
    if (read.target === node || isBlockingSet(configuration.sets, read.refusedBy, trust.faults))
      this.#fail(read, refusedForGood(code, detail));
    else this.#send(read, this.#deps.clock.monotonicMs());
  }

  linkUp(node: NodeId): void {
    const nowMs = this.#deps.clock.monotonicMs();
    for (const read of this.#pending.values())
      if (read.target === node || (read.target === null && read.askedNode === null))
        this.#send(read, nowMs);
  }

  linkDown(node: NodeId): void {
    const nowMs = this.#deps.clock.monotonicMs();
    for (const read of this.#pending.values())
      if (read.askedNode === node) {
        this.#release(read);
        this.#send(read, nowMs);
      }
  }

  tick(nowMs: number): void {
    for (const read of this.#pending.values())
      if (nowMs >= read.resendAtMs) this.#send(read, nowMs);
  }

  failAll(error: TangaroaError): void {
    for (const read of this.#pending.values()) this.#fail(read, error);
  }

  close(error: TangaroaError): void {
    this.#closed = true;
    this.failAll(error);
  }

  #send(read: PendingRead, nowMs: number): void {
    const node = read.target ?? this.#nextNode();
    const backoffMs = Math.min(RESEND_MAX_MS, RESEND_FIRST_MS * 2 ** Math.min(read.attempts, 6));
    read.resendAtMs = nowMs + backoffMs + this.#deps.random.below(backoffMs >> 2);
    this.#release(read);
    if (node === null || this.#askedOf(node) >= READS_PER_NODE_MAX) return;
    if (!this.#deps.links.isUp(node)) return;
    read.frame ??= this.#deps.identity.read(read.nonce, read.query);
    if (!this.#deps.links.send(node, read.frame)) return;
    read.attempts++;
    read.askedNode = node;
    this.#asked.set(node, this.#askedOf(node) + 1);
    this.#deps.links.expectAnswer(node);
  }

  #askedOf(node: NodeId): number {
    return this.#asked.get(node) ?? 0;
  }

  #release(read: PendingRead): void {
    if (read.askedNode === null) return;
    this.#asked.set(read.askedNode, this.#askedOf(read.askedNode) - 1);
    read.askedNode = null;
  }

  /** An answer came, so a node has room: what waited longest for it goes out. */
  #sendNext(): void {
    for (const read of this.#pending.values())
      if (read.askedNode === null && read.attempts === 0)
        return this.#send(read, this.#deps.clock.monotonicMs());
  }

  #nextNode(): NodeId | null {
    const { links } = this.#deps;
    const serving = links.serving();
    return serving.length === 0 ? null : (serving[this.#turn++ % serving.length] as NodeId);
  }

  /** A Refusal has room for half a nonce, so both halves are the same 64 random bits. */
  #nonce(): string {
    const half = toHex(this.#deps.randomBytes(8));
    return half + half;
  }

  #gaveUp(read: PendingRead, why: Parameters<Waiting['giveUp']>[0]): TangaroaError {
    const { links } = this.#deps;
    if (why.type === 'timeout' && read.target !== null) {
      const missing = links.missingNode(read.target);
      const reason = missing === null ? `no answer within ${why.afterMs} ms` : missing.reason;
      return new TangaroaError('unreachable', `${read.target} does not serve: ${reason}`, {
        outcome: 'not-applied',
        retryable: true,
        missing: missing === null ? [] : [missing],
      });
    }
    return gaveUp(why, { links, sent: false, overloaded: false, sessionFault: null });
  }

  #fail(read: PendingRead, error: TangaroaError): void {
    if (!this.#pending.has(read.nonce)) return;
    this.#end(read);
    read.reject(error);
  }

  #end(read: PendingRead): void {
    this.#pending.delete(read.nonce);
    this.#release(read);
    this.#deps.patience.end(read);
  }
}

function nonceOf(first: bigint): string {
  const half = first.toString(16).padStart(16, '0');
  return half + half;
}
