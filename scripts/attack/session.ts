/** Rounds of many attacks: each attack once in every round, so that a machine that changes its speed changes all alike. */
import { Random } from '../../src/base/random.ts';
import type { Options } from './arguments.ts';
import type { LabAttack } from './attack.ts';
import { runRound } from './lab/round.ts';
import type { Round } from './lab/round.ts';
import { resultOf } from './lab/verdict.ts';
import type { Result } from './lab/verdict.ts';
import { freshSeed } from './rogue/members.ts';

export interface SessionDeps {
  readonly stop: AbortSignal;
  /** Progress, for a person. */
  readonly say: (text: string) => void;
}

export type SessionOptions = Pick<
  Options,
  | 'protocol'
  | 'nodes'
  | 'rogues'
  | 'seconds'
  | 'rounds'
  | 'minutes'
  | 'inFlight'
  | 'clients'
  | 'seed'
>;

/** What is stopped, or late, leaves the results of the rounds that were played. */
export async function runSession(
  attacks: readonly LabAttack[],
  options: SessionOptions,
  { stop, say }: SessionDeps,
): Promise<readonly Result[]> {
  const played = attacks.map((attack) => ({
    attack,
    rounds: [] as Round[],
    failures: [] as string[],
  }));
  const random = new Random(options.seed ?? freshSeed());
  const endMs = options.minutes === null ? Infinity : performance.now() + 60_000 * options.minutes;
  const isOver = (): boolean => stop.aborted || performance.now() > endMs;
  for (let round = 1; round <= options.rounds; round++)
    for (const { attack, rounds, failures } of played) {
      // Drawn also for what is left out, so that a round can be replayed alone.
      const seed =
        options.rounds === 1 && attacks.length === 1 && options.seed !== null
          ? options.seed
          : random.u32();
      if (isOver()) break;
      say(`round ${round} of ${options.rounds}: ${attack.name} …`);
      try {
        rounds.push(await runRound({ ...options, attack, seed }, stop));
      } catch (error) {
        if (stop.aborted) break;
        const message = error instanceof Error ? error.message : String(error);
        say(`${attack.name}: ${message}`);
        failures.push(`round ${round}: ${message.split('\n')[0]}`);
      }
    }
  const { protocol, nodes } = options;
  return played
    .filter(({ rounds, failures }) => rounds.length + failures.length > 0)
    .map((one) => {
      const rogues = roguesIn(one.attack, options);
      return resultOf({ ...one, protocol, nodes, rogues });
    });
}

/** How many members an attack has in its hands. */
function roguesIn(attack: LabAttack, { rogues }: SessionOptions): number {
  switch (attack.by) {
    case 'leader':
    case 'follower':
      return rogues;
    case 'outsider':
      return attack.hasMembers ? rogues : 0;
    case 'disk':
      return 1;
  }
}
