/** What many seeds did, so that an empty run shows. */
import type { Outcome } from './run.ts';

export function summary(outcomes: readonly Outcome[], seconds: number): string {
  const sum = (of: (outcome: Outcome) => number): number =>
    outcomes.reduce((total, outcome) => total + of(outcome), 0);
  const rate = (outcomes.length / seconds).toFixed(1);
  const slowest = Math.max(0, ...outcomes.map((o) => o.healedMs));
  const tightest = Math.max(0, ...outcomes.map((o) => (100 * o.healedMs) / o.boundMs));
  const traitorous = outcomes.filter(({ plan }) => plan.traitors.length > 0).length;
  return [
    row(
      'seeds',
      `${outcomes.length} in ${seconds.toFixed(1)} s (${rate}/s), ${traitorous} with traitors`,
    ),
    row(
      'simulated',
      `${Math.round(sum((o) => o.simulatedMs) / 1000)} s, ${sum((o) => o.steps)} events`,
    ),
    row(
      'entries committed',
      sum((o) => o.entries),
    ),
    row(
      'requests answered',
      sum((o) => o.answered),
    ),
    row(
      'terms',
      sum((o) => o.terms),
    ),
    row(
      'elections',
      sum((o) => o.elections),
    ),
    row('view losses', `${sum((o) => o.viewLosses)} terms that nobody won`),
    ...tallied(outcomes),
    row(
      'slowest recovery',
      `${slowest} ms of virtual time, at most ${Math.round(tightest)} % of its bound`,
    ),
    ...counted(
      'fault',
      outcomes.map((o) => o.faults),
    ),
    ...counted(
      'attack',
      outcomes.map((o) => o.attacks),
    ),
  ].join('');
}

/** The longest name of a trick of a rogue client, and a gap. */
const NAME_WIDTH = 40;

function row(name: string, value: string | number): string {
  return `${name.padEnd(NAME_WIDTH)}${value}\n`;
}

function tallied(outcomes: readonly Outcome[]): readonly string[] {
  const sums = new Map<string, number>();
  for (const { tallies } of outcomes)
    for (const [name, count] of Object.entries(tallies))
      sums.set(name, (sums.get(name) ?? 0) + count);
  return [...sums].map(([name, count]) => row(name, count));
}

function counted(
  what: string,
  all: readonly Readonly<Record<string, number>>[],
): readonly string[] {
  const sums = new Map<string, { times: number; seeds: number }>();
  for (const one of all)
    for (const [name, times] of Object.entries(one)) {
      const known = sums.get(name) ?? { times: 0, seeds: 0 };
      sums.set(name, { times: known.times + times, seeds: known.seeds + 1 });
    }
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { times, seeds }]) => row(`${what}: ${name}`, `${times} times in ${seeds} seeds`));
}
