/** Every attack by its name, and how a seed draws its traitors from them. */
import { assert } from '../../../src/base/assert.ts';
import type { Random } from '../../../src/base/random.ts';
import type { AttackKind, AttackPlan, Trigger } from './attack.ts';
import { CERTIFICATES } from './attacks/certificates.ts';
import { CERTIFICATES_SHOWN } from './attacks/certificates-shown.ts';
import { ELECTION } from './attacks/election.ts';
import { LEADER } from './attacks/leader.ts';
import { SILENCE } from './attacks/silence.ts';
import { SUSPICION } from './attacks/suspicion.ts';
import { SUSPICION_EVIDENCE } from './attacks/suspicion-evidence.ts';
import { REPLAY } from './attacks/replay.ts';
import { REQUESTS } from './attacks/replay-requests.ts';
import { VOTER_LIES } from './attacks/voter-lies.ts';
import { FETCH } from './attacks/fetch.ts';
import { CERTIFICATES_BUNDLES } from './attacks/certificates-bundles.ts';
import { VOTER } from './attacks/voter.ts';

export interface TraitorPlan {
  /** Which node, from 0. */
  readonly node: number;
  readonly attacks: readonly AttackPlan[];
  /** A second process under the same name and key. */
  readonly twin: boolean;
  /** Comes back from crashes with an old disk now and then. */
  readonly rollsBack: boolean;
}

export const ATTACKS: readonly AttackKind[] = [
  ...SILENCE,
  ...VOTER,
  ...CERTIFICATES_BUNDLES,
  ...FETCH,
  ...VOTER_LIES,
  ...REQUESTS,
  ...REPLAY,
  ...SUSPICION_EVIDENCE,
  ...SUSPICION,
  ...CERTIFICATES,
  ...CERTIFICATES_SHOWN,
  ...LEADER,
  ...ELECTION,
];

const BY_NAME = new Map(ATTACKS.map((kind) => [kind.name, kind]));
assert(BY_NAME.size === ATTACKS.length, 'an attack has a name of its own, or it never runs');

/** The attack of that name; throws for one that does not exist. */
export function attackOf(name: string): AttackKind {
  const kind = BY_NAME.get(name);
  if (kind !== undefined) return kind;
  throw new Error(`no attack ${name}: there are ${ATTACKS.map((one) => one.name).join(', ')}`);
}

/** Attacks that do more together than apart: half of all traitors begin with one of these. */
const PLOTS: readonly (readonly string[])[] = [
  ['silent'],
  ['equivocate', 'echo'],
  ['stall', 'quit'],
  ['two-bases', 'echo'],
  ['inflate', 'starve'],
  ['off-base', 'want-terms'],
  ['equivocate', 'echo', 'false-evidence'],
  ['withheld', 'want-terms'],
  ['withheld', 'other-bundle'],
  ['below-base', 'want-terms'],
  ['dark', 'poison'],
];

export function drawTraitors(
  random: Random,
  wanted: {
    readonly nodes: number;
    readonly traitors: number;
    readonly attacks: readonly string[] | null;
  },
): readonly TraitorPlan[] {
  const nodes = Array.from({ length: wanted.nodes }, (_, i) => i);
  // The node with the lowest name leads first: half of all seeds have it among the traitors.
  const chosen = wanted.traitors > 0 && random.chance(1, 2) ? nodes.splice(0, 1) : [];
  while (chosen.length < wanted.traitors)
    chosen.push(nodes.splice(random.below(nodes.length), 1)[0] as number);
  // One plot for all of them: they coordinate.
  const plot = random.chance(1, 2) ? random.pick(PLOTS) : [];
  return chosen
    .sort((a, b) => a - b)
    .map((node) => ({
      node,
      attacks: (wanted.attacks ?? drawNames(random, plot)).map((name) => ({
        name,
        trigger: wanted.attacks === null ? drawTrigger(random) : { type: 'always' },
      })),
      twin: wanted.attacks === null && random.chance(1, 8),
      rollsBack: wanted.attacks === null && random.chance(1, 4),
    }));
}

function drawNames(random: Random, plot: readonly string[]): readonly string[] {
  const names = new Set(plot);
  const more = random.between(plot.length === 0 ? 1 : 0, 3);
  for (let i = 0; i < more; i++) names.add(random.pick(ATTACKS).name);
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
