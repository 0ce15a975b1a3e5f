/** Rounds of many attacks: each attack once in every round, so that a machine that changes its speed changes all alike. */
import { randomBytes } from 'node:crypto';
import { busyWarning, describeMachine, loadNow } from '../../bench/machine/machine.mjs';
import type { PlayRequest } from './arguments.ts';
import type { LabAttack } from './attack.ts';
import type { Round, RoundPlan } from './lab/round.ts';
import { resultOf } from './lab/verdict.ts';
import type { Failure, Report, RunOptions } from './result/format.ts';
import { makeReport } from './result/format.ts';

export interface SessionDeps {
  /** One attack, once; nothing that it started is left when it resolves, or throws. */
  readonly play: (plan: RoundPlan, stop: AbortSignal) => Promise<Round>;
  readonly stop: AbortSignal;
  /** Progress, for a person. */
  readonly say: (text: string) => void;
}

interface Played {
  readonly attack: LabAttack;
  readonly rounds: Round[];
  readonly failures: Failure[];
}

/** What is stopped, or late, leaves the results of the rounds that were played. */
export async function runSession(
  attacks: readonly LabAttack[],
  asked: PlayRequest,
  deps: SessionDeps,
): Promise<Report> {
  const options = optionsOf(asked);
  const machine = describeMachine();
  const played = attacks.map((attack): Played => ({ attack, rounds: [], failures: [] }));
  const endMs = options.minutes === null ? Infinity : performance.now() + 60_000 * options.minutes;
  const isOver = (): boolean => deps.stop.aborted || performance.now() > endMs;
  for (let round = 1; round <= options.rounds; round++)
    for (const [at, one] of played.entries()) {
      if (isOver()) break;
      deps.say(
        `round ${round} of ${options.rounds}, ${at + 1} of ${played.length}: ${one.attack.name} … `,
      );
      deps.say(`${await playOne(one, round, options, deps)}\n`);
    }
  const busy = busyWarning(machine);
  return makeReport({
    machine,
    loadAtEnd: loadNow(),
    ended: new Date().toISOString(),
    options,
    notes: [...(busy === null ? [] : [busy]), ...missing(played, options, deps.stop)],
    results: played
      .filter(({ rounds, failures }) => rounds.length + failures.length > 0)
      .map((one) => resultOf({ ...options, ...one })),
  });
}

function optionsOf(asked: PlayRequest): RunOptions {
  const { name, protocol, nodes, rogues, seconds, rounds, minutes, inFlight, clients } = asked;
  const seed = asked.seed ?? randomBytes(4).readUInt32LE();
  return { name, protocol, nodes, rogues, seconds, rounds, minutes, inFlight, clients, seed };
}

/** Counted on from the session's, so that a round can be played again alone. */
function seedOf({ seed }: RunOptions, round: number): number {
  return (seed + round - 1) >>> 0;
}

/** @returns how it went, for a person */
async function playOne(
  { attack, rounds, failures }: Played,
  round: number,
  options: RunOptions,
  { play, stop }: SessionDeps,
): Promise<string> {
  const seed = seedOf(options, round);
  try {
    const done = await play({ ...options, attack, seed }, stop);
    rounds.push(done);
    const { verdict, medians } = resultOf({ ...options, attack, rounds: [done], failures: [] });
    const [before, during] = [medians?.before ?? 0, medians?.during ?? 0].map(Math.round);
    return `${verdict}, ${before}/s before, ${during}/s during`;
  } catch (error) {
    if (stop.aborted) return 'stopped';
    const message = error instanceof Error ? error.message : String(error);
    failures.push({ seed, message: message.split('\n')[0] ?? '' });
    return `failed: ${message}`;
  }
}

function missing(
  played: readonly Played[],
  { rounds, minutes }: RunOptions,
  stop: AbortSignal,
): readonly string[] {
  const done = played.reduce((sum, one) => sum + one.rounds.length + one.failures.length, 0);
  const wanted = rounds * played.length;
  if (done === wanted) return [];
  const why = stop.aborted ? 'it was stopped' : `${minutes} minutes were over`;
  return [`${done} of ${wanted} rounds were played before ${why}`];
}
