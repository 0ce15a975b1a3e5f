/** The line that plays something again. */
import { DEFAULTS } from '../arguments.ts';
import type { Result, RunOptions } from '../result/format.ts';

const FLAGS = [
  ['protocol', '--protocol'],
  ['nodes', '--nodes'],
  ['rogues', '--rogues'],
  ['seconds', '--seconds'],
  ['rounds', '--rounds'],
  ['minutes', '--minutes'],
  ['inFlight', '--in-flight'],
  ['clients', '--clients'],
] as const;

/** Names what differs from the defaults, and the seed. */
export function commandOf(options: RunOptions): string {
  const flags = FLAGS.flatMap(([key, flag]) =>
    options[key] === DEFAULTS[key] ? [] : [` ${flag} ${options[key]}`],
  );
  return `npm run attack -- ${options.name}${flags.join('')} --seed ${options.seed}`;
}

/** One round of one attack, alone. */
export function roundCommand(options: RunOptions, name: string, seed: number): string {
  return commandOf({ ...options, name, seed, rounds: 1, minutes: null });
}

/** What shows again what did not hold: the first round that shows it or, where none does alone, all of them. */
export function againCommand(options: RunOptions, result: Result): string {
  const { attack, rounds, failures } = result;
  const shows = rounds.find(({ broken, tookPlace }) => broken.length > 0 || !tookPlace);
  const seed = shows?.seed ?? failures[0]?.seed;
  return seed === undefined
    ? commandOf({ ...options, name: attack.name })
    : roundCommand(options, attack.name, seed);
}
