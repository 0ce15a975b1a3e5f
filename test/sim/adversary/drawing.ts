/** How a seed draws its traitors from the attacks on its protocol. */
import type { Random } from '../../../src/base/random.ts';
import type { AttackPlan, Trigger } from './attack.ts';

export interface TraitorPlan {
  /** Which node, from 0. */
  readonly node: number;
  readonly attacks: readonly AttackPlan[];
  /** A second process under the same name and key. */
  readonly twin: boolean;
  /** Comes back from crashes with an old disk now and then. */
  readonly rollsBack: boolean;
}

/** What the traitors of a protocol can do. */
export interface Arsenal {
  readonly attacks: readonly { readonly name: string; readonly tries: string }[];
  /** Attacks that do more together than apart: half of all traitors begin with one of these. */
  readonly plots: readonly (readonly string[])[];
  readonly hasTwins: boolean;
}

export function drawTraitors(
  random: Random,
  wanted: {
    readonly nodes: number;
    readonly traitors: number;
    readonly attacks: readonly string[] | null;
  },
  arsenal: Arsenal,
): readonly TraitorPlan[] {
  const nodes = Array.from({ length: wanted.nodes }, (_, i) => i);
  // The node with the lowest name leads first: half of all seeds have it among the traitors.
  const chosen = wanted.traitors > 0 && random.chance(1, 2) ? nodes.splice(0, 1) : [];
  while (chosen.length < wanted.traitors)
    chosen.push(nodes.splice(random.below(nodes.length), 1)[0] as number);
  // One plot for all of them: they coordinate.
  const plot = random.chance(1, 2) ? random.pick(arsenal.plots) : [];
  return chosen
    .sort((a, b) => a - b)
    .map((node) => ({
      node,
      attacks: (wanted.attacks ?? drawNames(random, plot, arsenal)).map((name) => ({
        name,
        trigger: wanted.attacks === null ? drawTrigger(random) : { type: 'always' },
      })),
      twin: wanted.attacks === null && random.chance(1, 8) && arsenal.hasTwins,
      rollsBack: wanted.attacks === null && random.chance(1, 4),
    }));
}

function drawNames(
  random: Random,
  plot: readonly string[],
  { attacks }: Arsenal,
): readonly string[] {
  const names = new Set(plot);
  const more = random.between(plot.length === 0 ? 1 : 0, 3);
  for (let i = 0; i < more; i++) names.add(random.pick(attacks).name);
  return [...names];
}

function drawTrigger(random: Random): Trigger {
  switch (random.below(6)) {
    case 0:
      return { type: 'chance', perMille: random.pick([50, 300, 800]) };
    case 1:
      return { type: 'terms', every: random.between(2, 4), rest: random.below(2) };
    case 2:
      return { type: 'indexes', length: random.between(2, 20) };
    case 3:
      return {
        type: 'spells',
        onMs: random.between(200, 5_000),
        offMs: random.between(200, 5_000),
      };
    default:
      return { type: 'always' };
  }
}
