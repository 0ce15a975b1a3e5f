/**
 * What the traitors of a seed have in common: they see every frame, share their keys, and agree on what to do. No
 * signature of an honest node or client is ever made here: those are only collected.
 */
import type { Random } from '../../../src/base/random.ts';
import { candidateOrder } from '../../../src/consensus/model/configuration.ts';
import type { Configuration } from '../../../src/consensus/model/configuration.ts';
import type { NodeId, Term } from '../../../src/consensus/model/ids.ts';
import type { PeerMessage } from '../../../src/consensus/model/message.ts';
import { quorumSize } from '../../../src/consensus/model/quorum.ts';
import type { Signer } from '../../../src/crypto/sign.ts';
import type { WireContext } from '../../../src/wire/context.ts';
import type { Genesis } from '../../../src/wire/genesis.ts';
import { decodePeerMessage } from '../../../src/wire/peer.ts';
import type { Place } from '../network.ts';
import { nodeAt } from '../network.ts';
import { Library } from './library.ts';
import type { Traitor } from './traitor.ts';

export interface MindOptions {
  readonly genesis: Genesis;
  readonly context: WireContext;
  readonly random: Random;
  /** Of the traitors. */
  readonly signers: ReadonlyMap<NodeId, Signer>;
}

export class Mind {
  readonly genesis: Genesis;
  readonly context: WireContext;
  readonly random: Random;
  readonly library: Library;
  readonly order: readonly NodeId[];
  /** By name, in the order of names: all of them, and who is not. */
  readonly traitors: readonly NodeId[];
  readonly honest: readonly NodeId[];
  readonly quorum: number;
  readonly #signers: ReadonlyMap<NodeId, Signer>;
  readonly #decoded = new WeakMap<Uint8Array, PeerMessage | null>();
  readonly #learned = new WeakSet<Uint8Array>();
  /** Frames that say what is false: nobody learns from them. */
  readonly #false = new WeakSet<Uint8Array>();
  readonly #listeners: Traitor[] = [];

  constructor({ genesis, context, random, signers }: MindOptions) {
    this.genesis = genesis;
    this.context = context;
    this.random = random;
    this.library = new Library(genesis.entry);
    this.#signers = signers;
    this.order = candidateOrder(genesis.configuration.sets, null);
    this.traitors = this.order.filter((id) => signers.has(id));
    this.honest = this.order.filter((id) => !signers.has(id));
    this.quorum = quorumSize(this.order.length);
  }

  get configuration(): Configuration {
    return this.genesis.configuration;
  }

  /** A traitor's pen: every traitor may use every other's. */
  signer(id: NodeId): Signer {
    const signer = this.#signers.get(id);
    if (signer === undefined) throw new Error(`${id} is honest: nobody signs for it`);
    return signer;
  }

  isTraitor(id: NodeId): boolean {
    return this.#signers.has(id);
  }

  /** E1, for the first epoch: whose term it is. */
  candidateOf(term: number): NodeId {
    const { length } = this.order;
    return this.order[(((term - 1) % length) + length) % length] as NodeId;
  }

  /** The next term from `term` on that a traitor may lead. */
  nextTraitorTerm(term: number): Term {
    for (let next = term; ; next++) if (this.isTraitor(this.candidateOf(next))) return next as Term;
  }

  /** The traitors themselves: each may speak through every other's links. */
  get company(): readonly Traitor[] {
    return this.#listeners;
  }

  listen(traitor: Traitor): void {
    this.#listeners.push(traitor);
  }

  /** What a frame says; the same frame gives the same message. */
  read(frame: Uint8Array): PeerMessage {
    const message = this.readAny(frame);
    if (message === null) throw new Error('a frame that nobody can read');
    return message;
  }

  /** As `read`; null for what nobody can read: traitors say such things. */
  readAny(frame: Uint8Array): PeerMessage | null {
    const known = this.#decoded.get(frame);
    if (known !== undefined) return known;
    const decoded = decodePeerMessage(frame, this.context);
    const message = decoded.ok ? decoded.value : null;
    this.#decoded.set(frame, message);
    return message;
  }

  /** What a traitor is about to say proves nothing: no other traitor shall build on it. */
  disown(frame: Uint8Array): void {
    this.#false.add(frame);
  }

  /** The network's tap. */
  overhear(from: Place, to: Place, frame: Uint8Array): void {
    const sender = nodeAt(from);
    const message = this.isTraitor(sender) ? this.readAny(frame) : this.read(frame);
    if (message === null) return;
    if (!this.#learned.has(frame)) this.library.learn(sender, message);
    this.#learned.add(frame);
    for (const traitor of this.#listeners) traitor.overhear(sender, to, message);
  }
}
