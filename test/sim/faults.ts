/** Breaks things while the storm lasts, as the plan says, from the seed. */
import type { Random } from '../../src/base/random.ts';
import type { SimNode } from './node.ts';
import type { World } from './world.ts';

/** What happened: an empty run shows. */
export interface Exercised {
  crashes: number;
  partitions: number;
  clockJumps: number;
  diskFailures: number;
  resigns: number;
}

export function startFaults(world: World, random: Random, untilMs: number): Exercised {
  const { plan, scheduler } = world;
  const exercised: Exercised = {
    crashes: 0,
    partitions: 0,
    clockJumps: 0,
    diskFailures: 0,
    resigns: 0,
  };
  const often = (enabled: boolean, everyMs: number, act: () => void): void => {
    if (!enabled) return;
    const again = (): void => {
      if (scheduler.nowMs >= untilMs) return;
      act();
      scheduler.after(random.below(2 * everyMs), again);
    };
    scheduler.after(random.below(2 * everyMs), again);
  };
  world.network.faults = plan.network;
  often(plan.crashes, 2_500, () => {
    exercised.crashes++;
    crash(world, random, random.pick(world.nodes));
  });
  often(plan.crashes && random.chance(1, 3), 10_000, () => {
    exercised.crashes++;
    for (const node of world.nodes) crash(world, random, node);
  });
  often(plan.partitions, 3_000, () => {
    exercised.partitions++;
    partition(world, random);
  });
  often(plan.clockJumps, 4_000, () => {
    exercised.clockJumps++;
    random.pick(world.nodes).skewMs += random.pick([-3_600_000, -500, 500, 8_000]);
  });
  often(plan.diskFailures, 6_000, () => {
    exercised.diskFailures++;
    random.pick(world.nodes).failDisk();
  });
  often(plan.resigns, 5_000, () => {
    exercised.resigns++;
    random.pick(world.nodes).resign();
  });
  return exercised;
}

function crash(world: World, random: Random, node: SimNode): void {
  if (!node.up) return;
  const downMs = random.pick([1, 100, 1_000, 4_000]);
  const go = (): void => {
    node.crash(random);
    world.scheduler.after(downMs, () => node.start());
  };
  if (world.plan.crashInside) node.crashInside(random.below(6), go);
  else go();
}

/** Two sides, or single links, or one direction of them; whole again after a while. */
function partition(world: World, random: Random): void {
  const cut = new Set<string>();
  const ids = world.nodeIds;
  const side = new Set(ids.filter(() => random.chance(1, 2)));
  const byLink = random.chance(1, 3);
  for (const a of ids) {
    for (const b of ids) {
      if (a === b) continue;
      const apart = byLink ? random.chance(1, 4) : side.has(a) !== side.has(b);
      if (!apart) continue;
      cut.add(`${a}>${b}`);
      if (!world.plan.oneWay) cut.add(`${b}>${a}`);
    }
  }
  world.network.partition(cut, ids);
}

/** The network whole and quick, the clocks together again, every disk sound, every node up. */
export function heal(world: World): void {
  world.network.faults = {
    ...world.network.faults,
    lossPerMille: 0,
    delayMsMax: 20,
    tailPerMille: 0,
    duplicatePerMille: 0,
  };
  world.network.partition(new Set(), world.nodeIds);
  for (const node of world.nodes) {
    node.skewMs = 0;
    node.calm();
    if (!node.up) node.start();
  }
}
