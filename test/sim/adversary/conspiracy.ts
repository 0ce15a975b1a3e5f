/** The traitors of a run: one mind, a traitor for each node they hold, and the network as they reach into it. */
import type { NodeId } from '../../../src/consensus/model/ids.ts';
import type { Network, Place } from '../network.ts';
import { nodeAt } from '../network.ts';
import type { Possession } from '../surroundings.ts';
import type { World } from '../world.ts';
import { attackOf } from './catalogue.ts';
import { Mind } from './mind.ts';
import { Traitor } from './traitor.ts';
import { Twins } from './twins.ts';

export class Conspiracy {
  readonly ids: ReadonlySet<NodeId>;
  readonly #mind: Mind;
  readonly #traitors: ReadonlyMap<NodeId, Traitor>;
  readonly #twins: Twins;

  constructor(world: World) {
    const plans = world.plan.traitors.map(
      (plan) => [world.nodeIds[plan.node] as NodeId, plan] as const,
    );
    const ids = plans.map(([id]) => id);
    this.ids = new Set(ids);
    const { genesis, context, scheduler, random } = world;
    const signers = new Map(ids.map((id) => [id, world.makeSigner(id)]));
    this.#mind = new Mind({ genesis, context, random: random.fork(), signers });
    const twinned = new Set(plans.filter(([, { twin }]) => twin).map(([id]) => id));
    this.#twins = new Twins({ scheduler, random: random.fork(), mind: this.#mind, twinned });
    this.#traitors = new Map(
      plans.map(([id, { attacks }]) => {
        const armed = attacks.map(({ name, trigger }) => ({ kind: attackOf(name), trigger }));
        const trace = (what: string): void => world.trace.add(scheduler.nowMs, id, what);
        const deps = { mind: this.#mind, scheduler, random: random.fork(), trace };
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
  possessionOf(place: Place): Possession | null {
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
