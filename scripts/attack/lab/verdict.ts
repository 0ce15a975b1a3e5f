/** What the rounds of one attack come to. */
import type { ProtocolName } from '../../../src/wire/protocol.ts';
import { faultsOf } from '../../../src/wire/protocol.ts';
import { median } from '../../../bench/figures/statistics.mjs';
import type { LabAttack } from '../attack.ts';
import type { Judged } from './judge.ts';
import { judge } from './judge.ts';
import type { Round } from './round.ts';
import { TARGETS } from './targets.ts';

/**
 * `held`: every promise. `broken`: one of them was not kept, which is a bug. `fell`: what was never promised did not
 * hold (plain Raft, or more than f rogues). `failed`: the attack did not take place, or the lab could not tell.
 */
export type Verdict = 'held' | 'broken' | 'fell' | 'failed';

export interface Result {
  readonly attack: LabAttack;
  readonly protocol: ProtocolName;
  readonly nodes: number;
  readonly rogues: number;
  /** Whether anything is promised: Tangaroa with at most f rogues. */
  readonly isPromised: boolean;
  readonly rounds: readonly (Round & Judged)[];
  /** What went wrong with rounds that could not be played to their end. */
  readonly failures: readonly string[];
  /** Medians; null without a round. */
  readonly taken: number | null;
  readonly displaced: number | null;
  readonly verdict: Verdict;
  /** One sentence each, none twice. */
  readonly reasons: readonly string[];
}

export interface Played {
  readonly attack: LabAttack;
  readonly protocol: ProtocolName;
  readonly nodes: number;
  readonly rogues: number;
  readonly rounds: readonly Round[];
  readonly failures: readonly string[];
}

export function resultOf(played: Played): Result {
  const { attack, protocol, nodes, rogues, failures } = played;
  const rounds = played.rounds.map((round) => ({ ...round, ...judge(round, attack) }));
  const f = faultsOf(protocol)(nodes);
  const isPromised = protocol === 'tangaroa' && (attack.by === 'disk' ? 1 : rogues) <= f;
  const figures = rounds.map((round) => round.figures);
  const taken = figures.length === 0 ? null : median(figures.map((one) => one.taken));
  const displaced = figures.length === 0 ? null : median(figures.map((one) => one.displaced));
  const idle = rounds.some((round) => !round.tookPlace)
    ? ['the attack did not take place in every round']
    : [];
  const broken = [
    ...new Set(rounds.flatMap((round) => round.broken)),
    ...(taken === null || displaced === null ? [] : throughput(attack, taken - displaced)),
  ];
  const cannotTell = [
    ...failures,
    ...idle,
    ...(rounds.length === 0 ? ['no round was played'] : []),
  ];
  return {
    attack,
    protocol,
    nodes,
    rogues,
    isPromised,
    rounds,
    failures,
    taken,
    displaced,
    verdict: verdictOf(broken, cannotTell, isPromised),
    reasons: [...broken, ...cannotTell],
  };
}

function verdictOf(
  broken: readonly string[],
  cannotTell: readonly string[],
  isPromised: boolean,
): Verdict {
  if (broken.length > 0) return isPromised ? 'broken' : 'fell';
  return cannotTell.length > 0 ? 'failed' : 'held';
}

/** A leader may slow what it leads until it is left; a follower, an outsider or a broken disk may not. */
function throughput(attack: LabAttack, lost: number): readonly string[] {
  if (attack.by === 'leader' || lost <= TARGETS.takenMax) return [];
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  return [
    `the attack took ${percent(lost)} of the throughput, where ${percent(TARGETS.takenMax)} are allowed`,
  ];
}
