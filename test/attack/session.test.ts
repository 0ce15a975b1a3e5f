import { describe, expect, test } from 'vitest';
import type { PlayRequest } from '../../scripts/attack/arguments.ts';
import { DEFAULTS } from '../../scripts/attack/arguments.ts';
import type { Round, RoundPlan } from '../../scripts/attack/lab/round.ts';
import { runSession } from '../../scripts/attack/session.ts';
import { aRound, FOLLOWER, LEADER } from './rounds.ts';

function asked(change: Partial<PlayRequest> = {}): PlayRequest {
  const telling = { json: null, html: null, verbose: false, evidence: null };
  return { type: 'play', name: 'all', seed: 9, ...DEFAULTS, ...telling, ...change };
}

interface Scene {
  readonly request?: Partial<PlayRequest>;
  readonly stop?: AbortController;
  readonly play?: (plan: RoundPlan) => Round;
}

async function session({ request, stop = new AbortController(), play = () => aRound() }: Scene) {
  const plans: RoundPlan[] = [];
  let said = '';
  const report = await runSession([LEADER, FOLLOWER], asked(request), {
    play: async (plan) => {
      plans.push(plan);
      return Promise.resolve(play(plan));
    },
    stop: stop.signal,
    say: (text) => void (said += text),
  });
  return { plans, report, said };
}

test('each attack once in every round, with the seed of the round', async () => {
  const { plans, report, said } = await session({ request: { rounds: 2, nodes: 7, rogues: 2 } });
  expect(plans.map(({ attack, seed }) => [attack.name, seed])).toEqual([
    ['liar', 9],
    ['nuisance', 9],
    ['liar', 10],
    ['nuisance', 10],
  ]);
  expect(plans[0]).toMatchObject({ nodes: 7, rogues: 2, seconds: DEFAULTS.seconds });
  expect(report.results.map(({ attack, rounds }) => [attack.name, rounds.length])).toEqual([
    ['liar', 2],
    ['nuisance', 2],
  ]);
  expect(said).toContain('round 2 of 2, 1 of 2: liar … held, 1000/s before, 1000/s during\n');
});

test('seeds go round', async () => {
  const { plans } = await session({ request: { rounds: 2, seed: 2 ** 32 - 1 } });
  expect(plans.map(({ seed }) => seed)).toEqual([2 ** 32 - 1, 2 ** 32 - 1, 0, 0]);
});

test('a seed that nobody gave is drawn, and told', async () => {
  const { plans, report } = await session({ request: { seed: null } });
  expect(plans[0]?.seed).toBe(report.options.seed);
});

test('a round that cannot be played does not end the others', async () => {
  const play = ({ attack, seed }: RoundPlan): Round => {
    if (attack === LEADER && seed === 9) throw new Error('no quorum\nand more');
    return aRound();
  };
  const { report, said } = await session({ request: { rounds: 2 }, play });
  expect(report.results[0]).toMatchObject({
    verdict: 'failed',
    failures: [{ seed: 9, message: 'no quorum' }],
    reasons: ['the round with seed 9: no quorum'],
  });
  expect(report.results[0]?.rounds).toHaveLength(1);
  expect(report.results[1]).toMatchObject({ verdict: 'held' });
  expect(said).toContain('no quorum\nand more');
});

describe('what was played is told', () => {
  test('when it is stopped within a round', async () => {
    const stop = new AbortController();
    const play = ({ attack }: RoundPlan): Round => {
      if (attack === LEADER) return aRound();
      stop.abort();
      throw new Error('the process ended');
    };
    const { report, plans } = await session({ request: { rounds: 3 }, stop, play });
    expect(plans).toHaveLength(2);
    expect(report.results.map(({ attack }) => attack.name)).toEqual(['liar']);
    expect(report.notes.at(-1)).toBe('1 of 6 rounds were played before it was stopped');
  });

  test('when the time is over', async () => {
    const { report, plans } = await session({ request: { rounds: 3, minutes: 1e-9 } });
    expect(plans).toEqual([]);
    expect(report.results).toEqual([]);
    expect(report.notes.at(-1)).toMatch(/^0 of 6 rounds were played before/u);
  });
});
