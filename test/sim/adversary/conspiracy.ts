/** The traitors of a run: one mind, a traitor for each node they hold, and the network as they reach into it. */
import type { NodeId } from '../../../src/consensus/model/ids.ts';
import type { PeerMessage } from '../../../src/consensus/model/message.ts';
import type { Signer } from '../../../src/crypto/sign.ts';
import type { Network, Place } from '../network.ts';
import { nodeAt } from '../network.ts';
import type { Conspirators, Grounds } from '../protocol.ts';
import { attackOf } from './catalogue.ts';
import { Mind } from './mind.ts';
import type { Possession } from './possession.ts';
import { Traitor } from './traitor.ts';
import { Twins } from './twins.ts';

export class Conspiracy implements Conspirators {
  readonly ids: ReadonlySet<NodeId>;
  readonly #mind: Mind;
  readonly #traitors: ReadonlyMap<NodeId, Traitor>;
  readonly #twins: Twins;

  constructor(grounds: Grounds, makeSigner: (node: NodeId) => Signer) {
    const { genesis, context, scheduler, random, trace } = grounds;
    const plans = grounds.plan.traitors.map(
      (plan) => [grounds.nodeIds[plan.node] as NodeId, plan] as const,
    );
    const ids = plans.map(([id]) => id);
    this.ids = new Set(ids);
    const signers = new Map(ids.map((id) => [id, makeSigner(id)]));
    this.#mind = new Mind({ genesis, context, random: random.fork(), signers });
    const twinned = new Set(plans.filter(([, { twin }]) => twin).map(([id]) => id));
    this.#twins = new Twins({ scheduler, random: random.fork(), mind: this.#mind, twinned });
    this.#traitors = new Map(
      plans.map(([id, { attacks }]) => {
        const armed = attacks.map(({ name, trigger }) => ({ kind: attackOf(name), trigger }));
        const say = (what: string): void => trace.add(scheduler.nowMs, id, what);
        const deps = { mind: this.#mind, scheduler, random: random.fork(), trace: say };
        return [id, new Traitor(id, armed, deps)];
      }),
    );
  }

  /** They listen, and keep twins apart. */
  join(network: Network): void {
    if (this.ids.size === 0) return;
    network.tap = (from, to, frame) => this.#mind.overhear(from, to, frame);
    network.splits = (from, to, frame) => this.#twins.splits(from, to, frame);
  }

  /** Twins run the honest code, both of them; the other traitors have their attacks. */
  possessionOf(place: Place): Possession<PeerMessage> | null {
    return place === nodeAt(place) ? (this.#traitors.get(nodeAt(place)) ?? null) : null;
  }

  /** How often each attack did something. */
  get exercised(): ReadonlyMap<string, number> {
    const sums = new Map<string, number>();
    for (const traitor of this.#traitors.values())
      for (const [name, count] of traitor.exercised) sums.set(name, (sums.get(name) ?? 0) + count);
    if (this.#twins.kept > 0) sums.set('twins', this.#twins.kept);
    return sums;
  }
}
