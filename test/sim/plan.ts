/** What a seed draws: how many nodes and clients, which faults, which traitors. Swarm style: each seed has its own mix. */
import { limits } from '../../src/base/limits.ts';
import type { Random } from '../../src/base/random.ts';
import { drawTraitors } from './adversary/drawing.ts';
import type { TraitorPlan } from './adversary/drawing.ts';
import { CHARACTERS } from './characters.ts';
import type { ProtocolName } from '../../src/wire/protocol.ts';
import type { NetworkFaults } from './network.ts';

export interface Plan {
  readonly protocol: ProtocolName;
  readonly nodes: number;
  readonly clients: number;
  /** The longest that a client thinks between two requests. */
  readonly thinkMsMax: number;
  /** The time with faults, and then the time in which a healed cluster must have answered everything. */
  readonly stormMs: number;
  readonly network: NetworkFaults;
  /** The longest delay once the faults are over: a slow network stays slow, and S3 and D3 make up for it. */
  readonly healedDelayMsMax: number;
  readonly crashes: boolean;
  readonly partitions: boolean;
  readonly oneWay: boolean;
  /** Partitions that come and go within a few election timeouts. */
  readonly flapping: boolean;
  /** Leaders of plain Raft are cut off, for about as long as it takes to elect another: nobody lies to unseat them. */
  readonly isolations: boolean;
  /** Plain Raft: every node hears and counts Responses, and none believes its leader's count. */
  readonly allHear: boolean;
  /** Plain Raft: committed entries that stay in memory; whoever lags further is sent what the store has. */
  readonly cacheEntries: number;
  /** N1: leaders let small batches wait, as they do by default; otherwise they fill the window, where more goes wrong. */
  readonly batchesWait: boolean;
  /** Longest sync in milliseconds, and whether single disks are slow for a while. */
  readonly syncMsMax: number;
  readonly slowDisks: boolean;
  /** How far the nodes' wall clocks are apart, how fast they drift, and whether they jump. */
  readonly skewMs: number;
  readonly driftPpm: number;
  readonly clockJumps: boolean;
  /** Writes fail now and then; the node stops and an operator starts it again. */
  readonly diskFailures: boolean;
  /** Crash at the moment of a write or a send rather than between events. */
  readonly crashInside: boolean;
  readonly resigns: boolean;
  readonly traitors: readonly TraitorPlan[];
  /** Clients that break the rules, beside the others. */
  readonly rogueClients: number;
}

/** What a caller fixes; null: each seed draws its own. */
export interface Fixed {
  readonly protocol: ProtocolName;
  readonly nodes: number | null;
  /** How many traitors; beyond f nothing is promised. */
  readonly traitors: number | null;
  /** Names of attacks that every traitor has. */
  readonly attacks: readonly string[] | null;
  readonly stormMs: number | null;
  readonly healedDelayMs: number | null;
  /** Names of `FEATURES` and of attacks that a seed drew and does without. */
  readonly without: readonly string[];
}

export const NOTHING_FIXED: Fixed = {
  protocol: 'tangaroa',
  nodes: null,
  traitors: null,
  attacks: null,
  stormMs: null,
  healedDelayMs: null,
  without: [],
};

/** What can be left out of a plan: the seed draws all the same, so the rest stays what it was. */
export interface Feature {
  readonly isOn: (plan: Plan) => boolean;
  readonly off: (plan: Plan) => Plan;
}

function flag(
  name:
    | 'crashes'
    | 'partitions'
    | 'oneWay'
    | 'flapping'
    | 'isolations'
    | 'allHear'
    | 'slowDisks'
    | 'clockJumps'
    | 'diskFailures'
    | 'crashInside'
    | 'resigns'
    | 'batchesWait',
): Feature {
  return { isOn: (plan) => plan[name], off: (plan) => ({ ...plan, [name]: false }) };
}

function amount(name: 'syncMsMax' | 'skewMs' | 'driftPpm' | 'rogueClients'): Feature {
  return { isOn: (plan) => plan[name] > 0, off: (plan) => ({ ...plan, [name]: 0 }) };
}

function ofNetwork(name: 'lossPerMille' | 'duplicatePerMille' | 'tailPerMille'): Feature {
  return {
    isOn: ({ network }) => network[name] > 0,
    off: (plan) => ({ ...plan, network: { ...plan.network, [name]: 0 } }),
  };
}

function ofTraitors(name: 'twin' | 'rollsBack'): Feature {
  return {
    isOn: ({ traitors }) => traitors.some((traitor) => traitor[name]),
    off: (plan) => ({
      ...plan,
      traitors: plan.traitors.map((traitor) => ({ ...traitor, [name]: false })),
    }),
  };
}

/** The longest delay of a healed network, and of one that stays slow: there nothing fits into the base timeouts. */
const HEALED_DELAY_MS = 20;
const SLOW_FOR_GOOD_MS = 1_000;
/** No mutant's kill is looked for beyond. */
const MUTANT_SEEDS = 400;
/** A network as slow as this in the storm stays slow. */
const SLOW_FROM_MS = 150;

export const FEATURES: Readonly<Record<string, Feature>> = {
  partitions: flag('partitions'),
  flapping: flag('flapping'),
  isolations: flag('isolations'),
  'all-hear': flag('allHear'),
  'waiting-batches': flag('batchesWait'),
  crashes: flag('crashes'),
  'crash-inside': flag('crashInside'),
  'clock-jumps': flag('clockJumps'),
  'disk-failures': flag('diskFailures'),
  'slow-disks': flag('slowDisks'),
  resignations: flag('resigns'),
  'one-way': flag('oneWay'),
  loss: ofNetwork('lossPerMille'),
  duplicates: ofNetwork('duplicatePerMille'),
  tails: ofNetwork('tailPerMille'),
  'slow-for-good': {
    isOn: ({ healedDelayMsMax }) => healedDelayMsMax > HEALED_DELAY_MS,
    off: (plan) => ({ ...plan, healedDelayMsMax: HEALED_DELAY_MS }),
  },
  syncs: amount('syncMsMax'),
  skew: amount('skewMs'),
  drift: amount('driftPpm'),
  'rogue-clients': amount('rogueClients'),
  twins: ofTraitors('twin'),
  'old-disks': ofTraitors('rollsBack'),
};

/** The plan of a seed: as drawn, but for what is fixed. */
export function drawPlan(seed: number, random: Random, fixed: Fixed): Plan {
  return fixed.without.reduce(leaveOut, draw(seed, random, fixed));
}

function leaveOut(plan: Plan, name: string): Plan {
  const feature = FEATURES[name];
  if (feature !== undefined) return feature.off(plan);
  const traitors = plan.traitors.map((traitor) => ({
    ...traitor,
    attacks: traitor.attacks.filter((attack) => attack.name !== name),
  }));
  return { ...plan, traitors };
}

function draw(seed: number, random: Random, fixed: Fixed): Plan {
  const maybe = (): boolean => random.chance(1, 2);
  const slow = random.chance(1, 4);
  const { sizes, storms, thinksMsMax, arsenal, liars, hasRogueClients } =
    CHARACTERS[fixed.protocol];
  const isRaft = fixed.protocol === 'raft';
  const drawn = random.pick(sizes);
  // As many as Tangaroa would need to stand them: whoever wants more of them says how many nodes.
  const nodes = fixed.nodes ?? Math.max(drawn, 3 * (fixed.traitors ?? 0) + 1);
  const tolerated = liars(nodes);
  const drawnTraitors = random.chance(1, 4) ? 0 : random.between(Math.min(1, tolerated), tolerated);
  const storm = random.pick(storms);
  return staysSlow(fixed, {
    protocol: fixed.protocol,
    nodes,
    clients: random.between(1, 3),
    thinkMsMax: random.pick(thinksMsMax),
    stormMs: fixed.stormMs ?? random.between(storm / 2, storm) * 1000,
    network: {
      lossPerMille: maybe() ? random.below(150) : 0,
      duplicatePerMille: maybe() ? random.below(100) : 0,
      delayMsMin: 1,
      delayMsMax: slow ? random.between(20, 200) : random.between(1, 20),
      tailPerMille: maybe() ? random.below(50) : 0,
    },
    healedDelayMsMax: HEALED_DELAY_MS,
    crashes: maybe(),
    partitions: maybe(),
    oneWay: maybe(),
    flapping: random.chance(1, 4),
    isolations: isRaft && random.chance(3, 4),
    allHear: isRaft && random.chance(1, 4),
    cacheEntries: isRaft ? random.pick([1, 3, limits.raftCacheEntriesMax]) : 0,
    batchesWait: seed > MUTANT_SEEDS && seed % 2 === 1,
    syncMsMax: random.pick([0, 1, 5, 50]),
    slowDisks: random.chance(1, 4),
    skewMs: random.pick([0, 10, 2_000, 20_000]),
    driftPpm: random.pick([0, 0, 200, 20_000]),
    clockJumps: random.chance(1, 4),
    diskFailures: random.chance(1, 4),
    crashInside: maybe(),
    resigns: random.chance(1, 2),
    traitors: drawTraitors(
      random.fork(),
      { nodes, traitors: fixed.traitors ?? drawnTraitors, attacks: fixed.attacks },
      arsenal,
    ),
    rogueClients: random.chance(1, 4) && hasRogueClients ? 1 : 0,
  });
}

function staysSlow({ healedDelayMs, protocol }: Fixed, plan: Plan): Plan {
  const isSlow = plan.network.delayMsMax >= SLOW_FROM_MS && CHARACTERS[protocol].outwaits;
  const drawn = isSlow ? SLOW_FOR_GOOD_MS : HEALED_DELAY_MS;
  return { ...plan, healedDelayMsMax: healedDelayMs ?? drawn };
}
