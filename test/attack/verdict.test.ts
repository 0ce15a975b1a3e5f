import { describe, expect, test } from 'vitest';
import { EXIT, exitCodeOf } from '../../scripts/attack/result/exit.ts';
import { aReport, aResult } from './reports.ts';
import {
  aRound,
  audited,
  DISK,
  figures,
  FOLLOWER,
  honest,
  LEADER,
  load,
  OUTSIDER,
} from './rounds.ts';

const lost = aRound({ audits: [audited({ lost: 1, examples: ['lost load1 5'] })] });
const idle = aRound({ rogue: { did: {}, broke: [], said: [] } });
const slow = (perSecond: number) => aRound({ load: load({ during: { perSecond } }) });

describe('verdicts', () => {
  test('held: every promise', () => {
    expect(aResult(LEADER, [aRound()])).toMatchObject({ verdict: 'held', reasons: [], rogues: 1 });
  });

  test('broken: one was not kept in one of the rounds', () => {
    const { verdict, reasons } = aResult(LEADER, [aRound(), lost, lost]);
    expect(verdict).toBe('broken');
    expect(reasons).toEqual([
      'an acknowledged write is not there at node2 (1 in all: lost load1 5)',
    ]);
  });

  test('fell: plain Raft never promised it', () => {
    const raft = { options: { protocol: 'raft' } } as const;
    expect(aResult(LEADER, [lost], raft)).toMatchObject({ verdict: 'fell', isPromised: false });
    expect(aResult(FOLLOWER, [aRound()], raft)).toMatchObject({ verdict: 'held' });
  });

  test('fell: more than f rogues, where the attack has any', () => {
    const two = { options: { rogues: 2 } };
    expect(aResult(LEADER, [lost], two)).toMatchObject({ verdict: 'fell', rogues: 2 });
    expect(aResult(LEADER, [lost], { options: { rogues: 2, nodes: 7 } }).verdict).toBe('broken');
    expect(aResult(OUTSIDER, [lost], two)).toMatchObject({ verdict: 'broken', rogues: 0 });
    expect(aResult(DISK, [lost], two)).toMatchObject({ verdict: 'broken', rogues: 1 });
  });

  test('failed: it did not take place, or could not be played', () => {
    expect(aResult(LEADER, [aRound(), idle])).toMatchObject({
      verdict: 'failed',
      reasons: ['the attack did not take place in 1 of 2 rounds'],
    });
    expect(aResult(LEADER, [idle]).reasons).toEqual(['the attack did not take place']);
    const failures = [{ seed: 8, message: 'no quorum' }];
    expect(aResult(LEADER, [aRound()], { failures })).toMatchObject({
      verdict: 'failed',
      reasons: ['the round with seed 8: no quorum'],
    });
    expect(aResult(LEADER, [], { failures })).toMatchObject({ verdict: 'failed', medians: null });
  });

  test('a promise that broke is told whatever else failed', () => {
    expect(
      aResult(LEADER, [lost, idle], { failures: [{ seed: 9, message: 'late' }] }).verdict,
    ).toBe('broken');
  });
});

describe('throughput', () => {
  const taken = (attack: typeof LEADER, ...rates: number[]) =>
    aResult(attack, rates.map(slow)).reasons;

  test('is judged by the median of the rounds', () => {
    expect(taken(FOLLOWER, 500, 860, 990)).toEqual([]);
    expect(taken(FOLLOWER, 990, 700, 500)).toEqual([
      'the attack took 30 % of the throughput, where 15 % are allowed',
    ]);
  });

  test('is not judged by fewer rounds, nor where nobody attacks', () => {
    expect(taken(FOLLOWER, 500, 500)).toEqual([]);
    const nobody = { ...OUTSIDER, group: 'control' } as const;
    const calm = { ...slow(500), rogueIds: [], honest: honest() };
    expect(aResult(nobody, [calm, calm, calm])).toMatchObject({ verdict: 'held', reasons: [] });
    expect(aResult(OUTSIDER, [calm, calm, calm]).verdict).toBe('broken');
  });

  test('what the attacker’s own process takes of the machine is not the attack’s', () => {
    const cores = { all: 2, idle: 0, idleDuring: 0, rogue: 0.5 };
    const round = aRound({ load: load({ during: { perSecond: 700 } }), cores });
    const outside = { ...round, rogueIds: [], honest: honest() };
    expect(aResult(OUTSIDER, [outside, outside, outside]).reasons).toEqual([]);
  });

  test('a leader may slow what it leads', () => {
    expect(taken(LEADER, 10, 10, 10)).toEqual([]);
  });
});

test('medians, of what is known', () => {
  const round = (perSecond: number, peakBytes: number | null, p99Ms: number | null) =>
    aRound({ load: load({ during: figures({ perSecond, p99Ms }) }), peakBytes });
  const { medians } = aResult(LEADER, [
    round(100, 300, null),
    round(900, null, 70),
    round(500, 100, 50),
  ]);
  expect(medians).toMatchObject({
    before: 1_000,
    during: 500,
    after: 1_000,
    taken: 0.5,
    p99BeforeMs: 40,
    p99DuringMs: 60,
    gapMs: 50,
    peakBytes: 200,
  });
  expect(aResult(LEADER, [round(1, null, null)]).medians).toMatchObject({
    p99DuringMs: null,
    peakBytes: null,
  });
});

test('evidence is that of the round in which the fewest hold it', () => {
  const [one, ...others] = honest();
  const some = aRound({ honest: [...honest({ culprits: ['node1'] }).slice(0, 1), ...others] });
  expect(aResult(LEADER, [aRound(), some]).evidence).toEqual([
    { culprit: 'node1', holders: 1, honest: 3, pieces: 1 },
  ]);
  expect(aResult(FOLLOWER, [aRound({ honest: [one!, ...others] })]).evidence).toEqual([]);
});

test('the exit status is that of the worst verdict; what fell was not promised', () => {
  const held = aResult(LEADER, [aRound()]);
  const broke = aResult(LEADER, [lost]);
  const failed = aResult(LEADER, [idle]);
  const fell = aResult(LEADER, [lost], { options: { protocol: 'raft' } });
  const code = (...results: (typeof held)[]) => exitCodeOf([aReport(results)]);
  expect(code()).toBe(EXIT.held);
  expect(code(held, fell)).toBe(0);
  expect(code(held, failed)).toBe(3);
  expect(code(failed, broke, held)).toBe(1);
  expect(exitCodeOf([aReport([held]), aReport([broke])])).toBe(1);
});
