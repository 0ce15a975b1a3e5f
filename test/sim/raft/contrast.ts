/**
 * What one liar does to plain Raft, in clusters that under Tangaroa stand one. Of each lie the closest thing that a
 * traitor can do to Tangaroa, which stands it in the same storms.
 */
import type { Fixed } from '../plan.ts';
import { NOTHING_FIXED } from '../plan.ts';

/** Checkers of what others see, whatever goes on inside: two nodes that applied different things, a wrong answer. */
export const BROKEN: ReadonlySet<string> = new Set([
  'agreement',
  'state machine safety',
  'state',
  'linearizable',
  'exactly once',
  'answers',
]);

export interface Lie {
  /** An attack on plain Raft. */
  readonly name: string;
  readonly nodes: number;
  /** Within so many seeds it breaks what others see. */
  readonly seeds: number;
  /** Attacks on Tangaroa. */
  readonly counterparts: readonly string[];
}

export const LIES: readonly Lie[] = [
  { name: 'usurp', nodes: 4, seeds: 6, counterparts: ['rush-in', 'unelected', 'low-base'] },
  { name: 'two-faced', nodes: 4, seeds: 6, counterparts: ['equivocate', 'claim-commit'] },
  { name: 'kingmaker', nodes: 5, seeds: 12, counterparts: ['echo', 'phantom', 'vote-all'] },
  { name: 'forger', nodes: 4, seeds: 6, counterparts: ['forged-forward', 'mangle'] },
  { name: 'false-word', nodes: 4, seeds: 4, counterparts: ['lie'] },
];

const STORM_MS = 4_000;

export function onRaft({ name, nodes }: Lie): Fixed {
  return {
    ...NOTHING_FIXED,
    protocol: 'raft',
    nodes,
    traitors: 1,
    attacks: [name],
    stormMs: STORM_MS,
  };
}

export function onTangaroa({ nodes, counterparts }: Lie): Fixed {
  return { ...NOTHING_FIXED, nodes, traitors: 1, attacks: counterparts, stormMs: STORM_MS };
}
