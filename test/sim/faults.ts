/** Breaks things while the storm lasts, as the plan says, from the seed. */
import type { Random } from '../../src/base/random.ts';
import type { Place } from './network.ts';
import type { SimNode } from './node.ts';
import type { World } from './world.ts';

/** What happened, by kind: an empty run shows. */
export type FaultKind =
  | 'crashes'
  | 'blackouts'
  | 'partitions'
  | 'flaps'
  | 'isolations'
  | 'clock jumps'
  | 'disk failures'
  | 'slow disks'
  | 'old disks'
  | 'resignations';

export class Storm {
  readonly exercised = new Map<FaultKind, number>();
  readonly #world: World;
  readonly #random: Random;
  readonly #untilMs: number;

  constructor(world: World, random: Random, untilMs: number) {
    this.#world = world;
    this.#random = random;
    this.#untilMs = untilMs;
    world.network.faults = world.plan.network;
    this.#start();
  }

  #start(): void {
    const { plan, nodes } = this.#world;
    const random = this.#random;
    this.#often(plan.crashes, 2_500, 'crashes', () => this.#crash(random.pick(nodes)));
    this.#often(plan.crashes && random.chance(1, 3), 10_000, 'blackouts', () => {
      for (const node of nodes) this.#crash(node);
    });
    this.#often(plan.partitions, 3_000, 'partitions', () => this.#partition());
    this.#often(plan.flapping, 150, 'flaps', () => {
      if (random.chance(1, 2)) this.#partition();
      else this.#world.network.partition(new Set());
    });
    this.#often(plan.isolations, 600, 'isolations', () => this.#isolate());
    this.#often(plan.clockJumps, 4_000, 'clock jumps', () => {
      random.pick(nodes).skewMs += random.pick([-3_600_000, -500, 500, 8_000]);
    });
    this.#often(plan.diskFailures, 6_000, 'disk failures', () =>
      random.pick(nodes).failDisk(random.pick(['full', 'torn'])),
    );
    this.#often(plan.slowDisks, 4_000, 'slow disks', () => this.#slowDown(random.pick(nodes)));
    this.#often(plan.resigns, 2_000, 'resignations', () => this.#resign());
    for (const node of nodes)
      if (this.#rollsBack(node)) this.#often(true, 5_000, 'old disks', () => this.#rollBack(node));
  }

  #often(enabled: boolean, everyMs: number, kind: FaultKind, act: () => void): void {
    if (!enabled) return;
    const { scheduler } = this.#world;
    const again = (): void => {
      if (scheduler.nowMs >= this.#untilMs) return;
      this.exercised.set(kind, (this.exercised.get(kind) ?? 0) + 1);
      act();
      scheduler.after(this.#random.below(2 * everyMs), again);
    };
    scheduler.after(this.#random.below(2 * everyMs), again);
  }

  #crash(node: SimNode): void {
    if (!node.up) return;
    const { plan, scheduler } = this.#world;
    const downMs = this.#random.pick([1, 100, 1_000, 4_000]);
    const go = (): void => {
      node.crash(this.#random);
      scheduler.after(downMs, () => node.start());
    };
    if (plan.crashInside) node.interrupt(this.#random.below(6), go);
    else go();
  }

  /** The leader is asked to hand over, or anybody, who will when a term is its own. */
  #resign(): void {
    const { nodes } = this.#world;
    const leaders = nodes.filter(({ status }) => status.role === 'leader');
    const asked = leaders.length > 0 && this.#random.chance(2, 3) ? leaders : nodes;
    this.#random.pick(asked).resign();
  }

  /** A leader is cut off in the middle of what it sends, until about when the others have elected another. */
  #isolate(): void {
    const leaders = this.#world.nodes.filter(({ status }) => status.role === 'leader');
    if (leaders.length === 0) return;
    const leader = this.#random.pick(leaders);
    leader.interrupt(this.#random.below(this.#world.nodes.length), () => this.#cutOff(leader));
  }

  /** Alone, or with a few who still follow it. */
  #cutOff(leader: SimNode): void {
    const { network, nodes, plan, scheduler, genesis } = this.#world;
    const inside = new Set([leader.place]);
    const few = this.#random.below(Math.ceil(nodes.length / 2));
    for (let i = 0; i < few; i++) inside.add(this.#random.pick(nodes).place);
    network.partition(this.#between(inside, plan.oneWay));
    const { electionTimeoutMs } = genesis.configuration.parameters;
    const forMs = electionTimeoutMs + this.#random.below(4 * electionTimeoutMs);
    scheduler.after(forMs, () => network.partition(new Set()));
  }

  /** Every link between inside and outside, or one direction of it. */
  #between(inside: ReadonlySet<Place>, isOneWay: boolean): ReadonlySet<string> {
    const cut = new Set<string>();
    for (const { place: a } of this.#world.nodes)
      for (const { place: b } of this.#world.nodes) {
        if (!inside.has(a) || inside.has(b)) continue;
        if (!isOneWay || this.#random.chance(1, 2)) cut.add(`${a}>${b}`);
        if (!isOneWay || this.#random.chance(1, 2)) cut.add(`${b}>${a}`);
      }
    return cut;
  }

  #slowDown(node: SimNode): void {
    const { plan, scheduler } = this.#world;
    node.syncMsMax = this.#random.between(100, 2_000);
    scheduler.after(this.#random.below(3_000), () => (node.syncMsMax = plan.syncMsMax));
  }

  #rollsBack(node: SimNode): boolean {
    const { plan, nodeIds } = this.#world;
    return plan.traitors.some(({ node: at, rollsBack }) => rollsBack && nodeIds[at] === node.id);
  }

  /** A traitor copies its disk, or comes back with the copy. */
  #rollBack(node: SimNode): void {
    if (!node.up) return;
    if (this.#random.chance(1, 2)) return node.backUp();
    node.crash(this.#random);
    node.rollBack();
    this.#world.scheduler.after(100, () => node.start());
  }

  /** Two sides, or single links, or one direction of them; whole again after a while. */
  #partition(): void {
    const { network, nodes, plan } = this.#world;
    const random = this.#random;
    const cut = new Set<string>();
    const places = nodes.map(({ place }) => place);
    const side = new Set(places.filter(() => random.chance(1, 2)));
    const byLink = random.chance(1, 3);
    for (const a of places) {
      for (const b of places) {
        if (a === b) continue;
        const apart = byLink ? random.chance(1, 4) : side.has(a) !== side.has(b);
        if (!apart) continue;
        cut.add(`${a}>${b}`);
        if (!plan.oneWay) cut.add(`${b}>${a}`);
      }
    }
    network.partition(cut);
  }
}

/** The network whole and as quick as it ever is, the clocks together again, every disk sound, every node up. Traitors go on. */
export function heal(world: World): void {
  const { healedDelayMsMax } = world.plan;
  world.network.faults = {
    ...world.network.faults,
    lossPerMille: 0,
    // A slow network is slow for everybody: chance does not make an election quick now and then.
    delayMsMin: Math.max(1, Math.floor(healedDelayMsMax / 2) - 10),
    delayMsMax: healedDelayMsMax,
    tailPerMille: 0,
    duplicatePerMille: 0,
  };
  world.network.partition(new Set());
  for (const node of world.nodes) {
    node.calm();
    if (!node.up) node.start();
  }
}
