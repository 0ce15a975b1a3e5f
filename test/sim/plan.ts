/** What a seed draws: how many nodes and clients, which faults, and when. Swarm style: each seed has its own mix. */
import type { Random } from '../../src/base/random.ts';
import type { NetworkFaults } from './network.ts';

export interface Plan {
  readonly nodes: number;
  readonly clients: number;
  /** The time with faults, and then the time in which a healed cluster must have answered everything. */
  readonly stormMs: number;
  readonly network: NetworkFaults;
  readonly crashes: boolean;
  readonly partitions: boolean;
  readonly oneWay: boolean;
  /** Longest sync in milliseconds. */
  readonly syncMsMax: number;
  /** How far the nodes' wall clocks are apart, and whether they jump. */
  readonly skewMs: number;
  readonly clockJumps: boolean;
  /** Writes fail now and then; the node stops and an operator starts it again. */
  readonly diskFailures: boolean;
  /** Crash at the moment of a write or a send rather than between events. */
  readonly crashInside: boolean;
  readonly resigns: boolean;
}

export const HEAL_MS = 400_000;

export function drawPlan(random: Random, nodes: number | null): Plan {
  const maybe = (): boolean => random.chance(1, 2);
  const slow = random.chance(1, 4);
  return {
    nodes: nodes ?? random.pick([4, 4, 4, 5, 7, 3, 1]),
    clients: random.between(1, 3),
    stormMs: random.between(5, 20) * 1000,
    network: {
      lossPerMille: maybe() ? random.below(150) : 0,
      duplicatePerMille: maybe() ? random.below(100) : 0,
      delayMsMin: 1,
      delayMsMax: slow ? random.between(20, 200) : random.between(1, 20),
      tailPerMille: maybe() ? random.below(50) : 0,
    },
    crashes: random.chance(2, 3),
    partitions: random.chance(2, 3),
    oneWay: maybe(),
    syncMsMax: random.pick([0, 1, 5, 50]),
    skewMs: random.pick([0, 10, 2_000, 20_000]),
    clockJumps: random.chance(1, 4),
    diskFailures: random.chance(1, 4),
    crashInside: maybe(),
    resigns: random.chance(1, 4),
  };
}
