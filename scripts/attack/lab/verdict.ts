/** What the rounds of one attack come to. */
import { median } from '../../../bench/figures/statistics.mjs';
import { faultsOf } from '../../../src/wire/protocol.ts';
import type { ProtocolName } from '../../../src/wire/protocol.ts';
import type { LabAttack } from '../attack.ts';
import { roguesOf } from '../attack.ts';
import { BIN_MS } from '../load/figures.ts';
import type { Failure, Medians, Result, RoundResult, Verdict } from '../result/format.ts';
import { judge } from './judge.ts';
import type { Round } from './round.ts';
import { TARGETS } from './targets.ts';

export interface Played {
  readonly attack: LabAttack;
  readonly protocol: ProtocolName;
  readonly nodes: number;
  /** Members that an attack may have in its hands. */
  readonly rogues: number;
  readonly rounds: readonly Round[];
  readonly failures: readonly Failure[];
}

export function resultOf(played: Played): Result {
  const { attack, protocol, nodes, failures } = played;
  const rogues = roguesOf(attack, played.rogues);
  const isPromised = protocol === 'tangaroa' && rogues <= faultsOf(protocol)(nodes);
  const rounds = played.rounds.map((round) => roundResult(round, attack, protocol));
  const medians = mediansOf(rounds);
  const broken = [
    ...new Set(rounds.flatMap((round) => round.broken)),
    ...(medians === null ? [] : throughput(attack, medians, rounds.length)),
  ];
  const cannotTell = [
    ...failures.map(({ seed, message }) => `the round with seed ${seed}: ${message}`),
    ...idleness(rounds),
  ];
  return {
    attack,
    rogues,
    isPromised,
    verdict: verdictOf(broken, cannotTell, isPromised),
    reasons: [...broken, ...cannotTell],
    medians,
    evidence: evidenceIn(rounds),
    rounds,
    failures,
  };
}

/** What the rounds say, and what they do not: a broken promise is one however the other rounds went. */
function verdictOf(
  broken: readonly string[],
  cannotTell: readonly string[],
  isPromised: boolean,
): Verdict {
  if (broken.length > 0) return isPromised ? 'broken' : 'fell';
  return cannotTell.length > 0 ? 'failed' : 'held';
}

function roundResult(round: Round, attack: LabAttack, protocol: ProtocolName): RoundResult {
  const { taken, displaced, broken, tookPlace } = judge(round, attack, protocol);
  const { load, seed, rogue, rogueIds, honest, audits, fallen, cores, electionTimeoutMs } = round;
  return {
    seed,
    phases: load.phases,
    stepMs: BIN_MS,
    curve: load.curve,
    victimCurve: load.victimCurve,
    lastFailure: load.lastFailure,
    taken,
    displaced,
    peakBytes: round.peakBytes,
    electionTimeoutMs,
    cores,
    rogueIds,
    rogue,
    tookPlace,
    honest,
    audits,
    fallen,
    broken,
  };
}

function idleness(rounds: readonly RoundResult[]): readonly string[] {
  if (rounds.length === 0) return ['no round was played to its end'];
  const idle = rounds.filter(({ tookPlace }) => !tookPlace).length;
  if (idle === 0) return [];
  if (idle === rounds.length) return ['the attack did not take place'];
  return [`the attack did not take place in ${idle} of ${rounds.length} rounds`];
}

function mediansOf(rounds: readonly RoundResult[]): Medians | null {
  if (rounds.length === 0) return null;
  const of = (figure: (round: RoundResult) => number): number => median(rounds.map(figure));
  const known = (figure: (round: RoundResult) => number | null): number | null => {
    const values = rounds.map(figure).filter((value) => value !== null);
    return values.length === 0 ? null : median(values);
  };
  return {
    before: of(({ phases }) => phases.before.all.perSecond),
    during: of(({ phases }) => phases.during.all.perSecond),
    after: of(({ phases }) => phases.after.all.perSecond),
    taken: of(({ taken }) => taken),
    displaced: of(({ displaced }) => displaced),
    p99BeforeMs: known(({ phases }) => phases.before.all.p99Ms),
    p99DuringMs: known(({ phases }) => phases.during.all.p99Ms),
    gapMs: of(({ phases }) => Math.max(phases.during.all.gapMs, phases.after.all.gapMs)),
    peakBytes: known(({ peakBytes }) => peakBytes),
  };
}

/** A leader may slow what it leads until it is left; a follower, an outsider or a broken disk may not. */
function throughput(
  { by, group }: LabAttack,
  { taken, displaced }: Medians,
  rounds: number,
): readonly string[] {
  // With all of its cores the cluster would have done more, by as much.
  const lost = 1 - (1 - taken) / Math.max(0.1, 1 - displaced);
  // Where nobody attacks it is the noise that is seen.
  const isJudged = by !== 'leader' && group !== 'control' && rounds >= TARGETS.takenRounds;
  if (!isJudged || lost <= TARGETS.takenMax) return [];
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  return [
    `the attack took ${percent(lost)} of the throughput, where ${percent(TARGETS.takenMax)} are allowed`,
  ];
}

/** Whom evidence convicts: at how many honest nodes, in the round in which they were the fewest; the most pieces. */
function evidenceIn(rounds: readonly RoundResult[]): Result['evidence'] {
  const culprits = new Set(
    rounds.flatMap(({ honest }) => honest.flatMap(({ view }) => view?.culprits ?? [])),
  );
  return [...culprits].sort().map((culprit) => {
    const holders = rounds.map(
      ({ honest }) => honest.filter(({ view }) => view?.culprits.includes(culprit) === true).length,
    );
    const honest = Math.max(...rounds.map((round) => round.honest.length));
    const pieces = rounds.flatMap((round) =>
      round.honest.map(
        ({ view }) => view?.evidence.filter((one) => one.culprit === culprit).length ?? 0,
      ),
    );
    return { culprit, holders: Math.min(...holders), honest, pieces: Math.max(...pieces) };
  });
}
