/** A node in an attacker's hands, whatever its protocol: its real host and core, with attacks around both. */
import type { Random } from '../../../src/base/random.ts';
import type { Core, CoreStatus, Effect, Input } from '../../../src/consensus/core.ts';
import type { ClientId, NodeId } from '../../../src/consensus/model/ids.ts';
import type { NodeToClientMessage } from '../../../src/consensus/model/message.ts';
import type { Links } from '../../../src/host/ports.ts';
import { decodeNodeToClientMessage, encodeNodeToClientMessage } from '../../../src/wire/client.ts';
import type { WireContext } from '../../../src/wire/context.ts';
import type { Place } from '../network.ts';
import type { Scheduler } from '../scheduler.ts';
import type { Armament, Attack, AttackKind, Outgoing, Trigger } from './attack.ts';
import { isOn } from './attack.ts';

export interface PossessedDeps<M> {
  readonly scheduler: Timing;
  readonly random: Random;
  readonly context: WireContext;
  /** For the trace: what it did, as a reader would say it. */
  readonly trace: (what: string) => void;
  readonly encode: (message: M) => Uint8Array;
  /** Of what its own host is about to send; null for what nobody can read. */
  readonly read: (frame: Uint8Array) => M | null;
}

/** Virtual time in the simulator, the real one in a real process. */
export type Timing = Pick<Scheduler, 'nowMs' | 'after'>;

interface Armed<M, T> {
  readonly kind: AttackKind<M, T>;
  readonly trigger: Trigger;
  readonly attack: Attack<M, T>;
}

/** `T`: what attacks get to see of it, the class that is made of this one. */
export abstract class Possessed<M extends object, T> {
  readonly id: NodeId;
  readonly random: Random;
  /** How often each attack did something. */
  readonly exercised = new Map<string, number>();
  readonly #deps: PossessedDeps<M>;
  readonly #frames = new WeakMap<M, Uint8Array>();
  #armed: readonly Armed<M, T>[] = [];
  #core: Core<M> | null = null;
  #links: Links | null = null;
  #now: Armed<M, T> | null = null;

  constructor(id: NodeId, deps: PossessedDeps<M>) {
    this.id = id;
    this.random = deps.random;
    this.#deps = deps;
  }

  /** Itself, as attacks see it. */
  protected abstract get me(): T;

  /** Once it can be seen whole. */
  protected arm(attacks: readonly Armament<M, T>[]): void {
    this.#armed = attacks.map(({ kind, trigger }) => ({
      kind,
      trigger,
      attack: kind.make(this.me),
    }));
  }

  get nowMs(): number {
    return this.#deps.scheduler.nowMs;
  }

  /** Of its honest half, while it runs. */
  get status(): CoreStatus {
    if (this.#core === null) throw new Error(`${this.id} has not started`);
    return this.#core.status();
  }

  /** Whether its process runs: it says and does nothing while not. */
  get isUp(): boolean {
    return this.#links !== null;
  }

  /** Says something of its own, past its other attacks. */
  sendTo(peer: NodeId, message: M): void {
    this.#links?.sendToPeer(peer, this.frameOf(message));
  }

  /** Says something of its own to a client. */
  tell(client: ClientId, message: NodeToClientMessage): void {
    this.#links?.sendToClient(client, encodeNodeToClientMessage(message));
  }

  /** Does something a while from now, if it still runs. */
  later(delayMs: number, act: () => void): void {
    const armed = this.#now;
    this.#deps.scheduler.after(delayMs, () => {
      if (!this.isUp) return;
      this.#now = armed;
      act();
      this.#now = null;
    });
  }

  /** Counts what the current attack did, and tells the trace. */
  note(what: string): void {
    const name = this.#now?.kind.name ?? 'later';
    this.exercised.set(name, (this.exercised.get(name) ?? 0) + 1);
    this.#deps.trace(`traitor (${name}): ${what}`);
  }

  /** The same message gives the same frame. */
  protected frameOf(message: M): Uint8Array {
    const known = this.#frames.get(message);
    if (known !== undefined) return known;
    const frame = this.#deps.encode(message);
    this.#frames.set(message, frame);
    return frame;
  }

  /** Its process starts: the honest core hears and does what the attacks leave of it. */
  wrapCore(honest: Core<M>): Core<M> {
    this.#core = honest;
    return {
      wants: (message, from) => honest.wants(message, from),
      step: (input) => this.#step(honest, input),
      certified: () => honest.certified(),
      status: () => honest.status(),
    };
  }

  #step(honest: Core<M>, input: Input<M>): readonly Effect<M>[] {
    let heard: Input<M> | null = input;
    for (const armed of this.#active('hears')) {
      if (heard === null) break;
      heard = armed.attack.hears?.(heard, this.me) ?? null;
    }
    const effects = heard === null ? [] : honest.step(heard);
    if (input.type === 'tick')
      for (const armed of this.#active('acts')) armed.attack.acts?.(this.me);
    return effects;
  }

  /** Those that are on now and do such a thing; each is the current one while it is used, also while it is overheard. */
  *#active(does: keyof Attack): Iterable<Armed<M, T>> {
    const before = this.#now;
    try {
      for (const armed of this.#armed) {
        if (armed.attack[does] === undefined || !isOn(armed.trigger, this)) continue;
        this.#now = armed;
        yield armed;
      }
    } finally {
      this.#now = before;
    }
  }

  wrapLinks(links: Links): Links {
    this.#links = links;
    return {
      isClientConnected: (client) => links.isClientConnected(client),
      closePeer: (peer, reason) => links.closePeer(peer, reason),
      closeClient: (client, reason) => links.closeClient(client, reason),
      peers: () => links.peers(),
      sendToPeer: (peer, frame) => this.#sends(links, peer, frame),
      sendToClient: (client, frame) => this.#answers(links, client, frame),
    };
  }

  /** Its process ended. */
  ended(): void {
    this.#links = null;
  }

  #sends(links: Links, peer: NodeId, frame: Uint8Array): boolean {
    const honest = this.#deps.read(frame);
    if (honest === null) return links.sendToPeer(peer, frame);
    let outgoing: readonly Outgoing<M>[] = [{ to: peer, message: honest }];
    for (const armed of this.#active('says'))
      outgoing = outgoing.flatMap((out) => armed.attack.says?.(out, this.me) ?? []);
    for (const { to, message } of outgoing)
      links.sendToPeer(to, message === honest ? frame : this.frameOf(message));
    return true;
  }

  #answers(links: Links, client: ClientId, frame: Uint8Array): number {
    const decoded = decodeNodeToClientMessage(frame, this.#deps.context);
    if (!decoded.ok) throw new Error(`an answer that nobody can read: ${decoded.reason}`);
    let message: typeof decoded.value | null = decoded.value;
    for (const armed of this.#active('answers')) {
      if (message === null) return 1;
      message = armed.attack.answers?.(client, message, this.me) ?? null;
    }
    if (message === null) return 1;
    return links.sendToClient(client, encodeNodeToClientMessage(message));
  }

  overhear(from: NodeId, to: Place, message: M): void {
    if (!this.isUp) return;
    for (const armed of this.#active('overhears'))
      armed.attack.overhears?.(from, to, message, this.me);
  }
}
