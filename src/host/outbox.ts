/** Messages to peers: at once, or held until what they promise is durable (N3). */
import { limits } from '../base/limits.ts';
import type { Effect, Ticket } from '../consensus/core.ts';
import type { NodeId } from '../consensus/model/ids.ts';
import type { Links } from './ports.ts';
import type { PeerWire } from './protocol.ts';
import type { Counters } from './status.ts';

type Send<M> = Extract<Effect<M>, { type: 'send' }>;

export class Outbox<M> {
  readonly #others: readonly NodeId[];
  readonly #links: Pick<Links, 'sendToPeer'>;
  readonly #counters: Counters;
  readonly #encode: PeerWire<M>['encode'];
  /** In the order in which the core gave them. */
  #held: Send<M>[] = [];
  #isOpen = true;

  constructor(
    options: { readonly others: readonly NodeId[] },
    deps: {
      readonly links: Pick<Links, 'sendToPeer'>;
      readonly counters: Counters;
      readonly encode: PeerWire<M>['encode'];
    },
  ) {
    this.#others = options.others;
    this.#links = deps.links;
    this.#counters = deps.counters;
    this.#encode = deps.encode;
  }

  send(effect: Send<M>, durable: Ticket): void {
    if (effect.after !== null && effect.after > durable) this.#hold(effect);
    else this.#transmit(effect);
  }

  get waiting(): number {
    return this.#held.length;
  }

  /**
   * A disk may stand still for long, and what is repeated until it has served (M3) is held once. Beyond the bound a
   * message is lost, as on any network: who asks much has its own answers lost.
   */
  #hold(effect: Send<M>): void {
    let ahead = 0;
    for (const { to, message } of this.#held) {
      if (to !== effect.to) continue;
      if (message === effect.message) return;
      ahead++;
    }
    if (ahead < limits.heldSendsMax) this.#held.push(effect);
    else this.#counters.framesDropped++;
  }

  /** Sends what waited for tickets up to `durable`, in order. */
  release(durable: Ticket): void {
    const held = this.#held;
    this.#held = held.filter(({ after }) => after !== null && after > durable);
    for (const effect of held)
      if (effect.after === null || effect.after <= durable) this.#transmit(effect);
  }

  /** Nothing is sent any more: what is held will never be durable (habit 10). */
  close(): void {
    this.#isOpen = false;
    this.#held = [];
  }

  #transmit({ to, message }: Send<M>): void {
    if (!this.#isOpen) return;
    // Encoded once, whoever gets it.
    const frame = this.#encode(message);
    const peers = to === 'all' ? this.#others : [to];
    for (const peer of peers) if (this.#links.sendToPeer(peer, frame)) this.#counters.framesOut++;
  }
}
