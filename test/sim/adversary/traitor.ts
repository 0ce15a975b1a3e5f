/** One node of the simulator in a traitor's hands: its real host and core, with attacks around both. */
import type { Random } from '../../../src/base/random.ts';
import type { Core, CoreStatus, Effect, Input } from '../../../src/consensus/core.ts';
import type { ClientId, NodeId } from '../../../src/consensus/model/ids.ts';
import type { NodeToClientMessage, PeerMessage } from '../../../src/consensus/model/message.ts';
import type { Signer } from '../../../src/crypto/sign.ts';
import type { Links } from '../../../src/host/ports.ts';
import { decodeNodeToClientMessage, encodeNodeToClientMessage } from '../../../src/wire/client.ts';
import { encodePeerMessage } from '../../../src/wire/peer.ts';
import type { Place } from '../network.ts';
import type { Scheduler } from '../scheduler.ts';
import type { Attack, AttackKind, Outgoing, Trigger } from './attack.ts';
import { isOn } from './attack.ts';
import { Forge } from './forge.ts';
import type { Mind } from './mind.ts';

export interface TraitorDeps {
  readonly mind: Mind;
  readonly scheduler: Scheduler;
  readonly random: Random;
  /** For the trace: what it did, as a reader would say it. */
  readonly trace: (what: string) => void;
}

interface Armed {
  readonly kind: AttackKind;
  readonly trigger: Trigger;
  readonly attack: Attack;
}

export class Traitor {
  readonly id: NodeId;
  readonly mind: Mind;
  readonly forge: Forge;
  readonly random: Random;
  readonly #deps: TraitorDeps;
  readonly #armed: readonly Armed[];
  /** How often each attack did something. */
  readonly exercised = new Map<string, number>();
  readonly #frames = new WeakMap<PeerMessage, Uint8Array>();
  #core: Core | null = null;
  #links: Links | null = null;
  #now: Armed | null = null;

  constructor(
    id: NodeId,
    attacks: readonly { readonly kind: AttackKind; readonly trigger: Trigger }[],
    deps: TraitorDeps,
  ) {
    this.id = id;
    this.#deps = deps;
    this.mind = deps.mind;
    this.forge = new Forge(deps.mind);
    this.random = deps.random;
    this.#armed = attacks.map(({ kind, trigger }) => ({ kind, trigger, attack: kind.make(this) }));
    deps.mind.listen(this);
  }

  get nowMs(): number {
    return this.#deps.scheduler.nowMs;
  }

  get signer(): Signer {
    return this.mind.signer(this.id);
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
  send(to: NodeId | 'all', message: PeerMessage): void {
    const peers = to === 'all' ? this.mind.order : [to];
    for (const peer of peers)
      if (peer !== this.id) this.#links?.sendToPeer(peer, this.#frameOf(message));
  }

  /** As `send`, of what proves nothing: the library does not learn from it. */
  sendFalse(to: NodeId | 'all', message: PeerMessage): void {
    this.mind.disown(this.#frameOf(message));
    this.send(to, message);
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

  #frameOf(message: PeerMessage): Uint8Array {
    const known = this.#frames.get(message);
    if (known !== undefined) return known;
    const frame = encodePeerMessage(message);
    this.#frames.set(message, frame);
    return frame;
  }

  /** Its process starts: the honest core hears and does what the attacks leave of it. */
  wrapCore(honest: Core): Core {
    this.#core = honest;
    return {
      wants: (message, from) => honest.wants(message, from),
      step: (input) => this.#step(honest, input),
      status: () => honest.status(),
    };
  }

  #step(honest: Core, input: Input): readonly Effect[] {
    let heard: Input | null = input;
    for (const armed of this.#active('hears')) {
      if (heard === null) break;
      heard = armed.attack.hears?.(heard, this) ?? null;
    }
    const effects = heard === null ? [] : honest.step(heard);
    if (input.type === 'tick') for (const armed of this.#active('acts')) armed.attack.acts?.(this);
    return effects;
  }

  /** Those that are on now and do such a thing; each is the current one while it is used, also while it is overheard. */
  *#active(does: keyof Attack): Iterable<Armed> {
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
      ...links,
      sendToPeer: (peer, frame) => this.#sends(links, peer, frame),
      sendToClient: (client, frame) => this.#answers(links, client, frame),
    };
  }

  /** Its process ended. */
  ended(): void {
    this.#links = null;
  }

  #sends(links: Links, peer: NodeId, frame: Uint8Array): boolean {
    const honest = this.mind.read(frame);
    let outgoing: readonly Outgoing[] = [{ to: peer, message: honest }];
    for (const armed of this.#active('says'))
      outgoing = outgoing.flatMap((out) => armed.attack.says?.(out, this) ?? []);
    for (const { to, message } of outgoing)
      links.sendToPeer(to, message === honest ? frame : this.#frameOf(message));
    return true;
  }

  #answers(links: Links, client: ClientId, frame: Uint8Array): boolean {
    const decoded = decodeNodeToClientMessage(frame, this.mind.context);
    if (!decoded.ok) throw new Error(`an answer that nobody can read: ${decoded.reason}`);
    let message: typeof decoded.value | null = decoded.value;
    for (const armed of this.#active('answers')) {
      if (message === null) return true;
      message = armed.attack.answers?.(client, message, this) ?? null;
    }
    return message === null || links.sendToClient(client, encodeNodeToClientMessage(message));
  }

  overhear(from: NodeId, to: Place, message: PeerMessage): void {
    if (!this.isUp) return;
    for (const armed of this.#active('overhears'))
      armed.attack.overhears?.(from, to, message, this);
  }
}
