import { describe, expect, test } from 'vitest';
import type { LabAttack } from '../../scripts/attack/attack.ts';
import { judge as judgeOf } from '../../scripts/attack/lab/judge.ts';
import type { Round } from '../../scripts/attack/lab/round.ts';
import { TARGETS } from '../../scripts/attack/lab/targets.ts';
import { aRound, audited, FOLLOWER, honest, LEADER, load, OUTSIDER, view } from './rounds.ts';

function judge(round: Round, attack: LabAttack, protocol: 'tangaroa' | 'raft' = 'tangaroa') {
  return judgeOf(round, attack, protocol);
}

function broken(change: Partial<Round>, attack: LabAttack = LEADER): readonly string[] {
  return judge(aRound(change), attack).broken;
}

test('a round in which everything held breaks nothing', () => {
  expect(judge(aRound(), LEADER)).toMatchObject({ broken: [], tookPlace: true });
});

describe('data', () => {
  test.each([
    ['lost', /acknowledged write is not there at node2 \(3 in all: lost load1 5\)/u],
    ['changed', /another value than its client wrote at node2 \(3 in all/u],
    ['foreign', /a record is there that no client wrote at node2 \(3 in all/u],
  ] as const)('%s', (kind, sentence) => {
    const audits = [audited({ [kind]: 3, examples: ['lost load1 5'] })];
    expect(broken({ audits })).toEqual([expect.stringMatching(sentence)]);
  });
});

test('what a client believes is so', () => {
  expect(broken({ load: load({ after: { lies: 1 } }, { during: { lies: 1 } }) })).toEqual([
    'clients believed 2 answers that were not true',
  ]);
});

test('what the attacker saw broken is broken', () => {
  const rogue = { did: { knock: 1 }, broke: ['a stranger was sent the log'], said: [] };
  expect(broken({ rogue })).toEqual(['a stranger was sent the log']);
});

describe('agreement', () => {
  const culprits = ['node1'];
  const [first, second, third] = honest({ culprits });

  test('other states at one index', () => {
    const other = { node: 'node4', view: view({ culprits, stateDigest: 'eeee' }) };
    expect(broken({ honest: [first!, second!, other] })).toEqual([
      'honest nodes have different states at the same index',
    ]);
  });

  test('another index', () => {
    const behind = { node: 'node4', view: view({ culprits, applied: 90, stateDigest: 'eeee' }) };
    expect(broken({ honest: [first!, second!, behind] })).toEqual([
      'honest nodes did not get to the same index: node2 100, node3 100, node4 90',
    ]);
  });

  test('who stopped is told with its last words, and not twice', () => {
    const gone = { node: 'node4', view: null };
    const fallen = ['node4: assertion failed'];
    expect(broken({ honest: [first!, second!, gone], fallen })).toEqual([
      'an honest node stopped: node4: assertion failed',
    ]);
  });

  test('who does not answer', () => {
    expect(broken({ honest: [first!, { node: 'node3', view: null }, third!] })).toEqual([
      'node3 did not answer at the end',
    ]);
  });
});

describe('evidence', () => {
  test('against an honest node is wrong wherever it is held', () => {
    const wronged = honest({ culprits: ['node1', 'node3'] });
    expect(broken({ honest: wronged })).toEqual([
      'node2, node3, node4 held evidence against node3, which is honest',
    ]);
  });

  test('that one honest node holds all hold', () => {
    const [first, second] = honest({ culprits: ['node1'] });
    const [, , without] = honest();
    expect(broken({ honest: [first!, second!, without!] }, FOLLOWER)).toEqual([
      'evidence against node1 is held by node2, node3 and not by every honest node',
    ]);
  });

  test('must be there where an attack contradicts itself', () => {
    expect(broken({ honest: honest() })).toHaveLength(1);
    expect(broken({ honest: honest() })[0]).toMatch(/evidence/u);
  });

  test('need not be there where it depends, from outside, in plain Raft, or where nothing was done', () => {
    expect(broken({ honest: honest() }, FOLLOWER)).toEqual([]);
    expect(broken({ honest: honest(), rogueIds: [] }, OUTSIDER)).toEqual([]);
    expect(judge(aRound({ honest: honest() }), LEADER, 'raft').broken).toEqual([]);
    const idle = { did: {}, broke: [], said: [] };
    expect(broken({ honest: honest(), rogue: idle })).toEqual([]);
  });
});

describe('writes go on', () => {
  const bound = TARGETS.timeoutsMax * 800;

  test('after the attack', () => {
    expect(broken({ load: load({ after: { acknowledged: 0 } }) }, FOLLOWER)).toEqual([
      'nothing was acknowledged after the attack',
    ]);
  });

  test.each(['during', 'after'] as const)('%s an attack within the bound', (phase) => {
    for (const attack of [LEADER, FOLLOWER]) {
      const waits = (gapMs: number) => broken({ load: load({ [phase]: { gapMs } }) }, attack);
      expect(waits(bound)).toEqual([]);
      expect(waits(bound + 1)).toEqual([
        `nothing was acknowledged for ${bound + 1} ms, where ${bound} ms (3 election timeouts) are allowed`,
      ]);
    }
  });

  test('where nobody attacks a gap is the machine’s', () => {
    const nobody: LabAttack = { ...OUTSIDER, group: 'control' };
    const slow = load({ during: { gapMs: bound + 1 } }, { during: { gapMs: 2 * bound } });
    expect(broken({ load: slow }, nobody)).toEqual([]);
  });
});

describe('the client that is picked on', () => {
  const bound = TARGETS.victimTimeoutsMax * 800;

  test('is served again after the attack, whoever attacked', () => {
    const starved = load({}, { after: { acknowledged: 0, gapMs: 1_000 } });
    expect(broken({ load: starved }, FOLLOWER)).toEqual([
      'nothing of the client that was picked on was acknowledged after the attack',
    ]);
  });

  test.each(['during', 'after'] as const)('%s an attack within the bound', (phase) => {
    const waits = (gapMs: number) => broken({ load: load({}, { [phase]: { gapMs } }) });
    expect(waits(bound)).toEqual([]);
    expect(waits(bound + 1)).toEqual([
      expect.stringMatching(
        /^nothing of the client that was picked on was acknowledged for 4001 ms/u,
      ),
    ]);
  });
});

test('memory of honest nodes is bounded', () => {
  expect(broken({ peakBytes: TARGETS.peakBytesMax })).toEqual([]);
  expect(broken({ peakBytes: null })).toEqual([]);
  expect(broken({ peakBytes: 2 * TARGETS.peakBytesMax })).toEqual([
    'an honest node used 1024 MiB, where 512 are allowed',
  ]);
});

describe('throughput', () => {
  const taken = (before: number, during: number, after: number): number =>
    judge(
      aRound({
        load: load({
          before: { perSecond: before },
          during: { perSecond: during },
          after: { perSecond: after },
        }),
      }),
      LEADER,
    ).taken;

  test('what is missing is counted from half-way between before and after, and not from below before', () => {
    expect(taken(1_000, 800, 900)).toBeCloseTo(0.2);
    expect(taken(500, 600, 1_000)).toBeCloseTo(0.2);
    expect(taken(500, 600, 500)).toBeCloseTo(-0.2);
    expect(taken(0, 0, 0)).toBe(0);
  });

  test.each([
    ['while cores are idle the attacker takes none from the cluster', 1, 0.5, 0.5, 0],
    ['where none is, all that it uses', 0, 0, 0.5, 0.25],
    ['beyond what was idle', 0.5, 0, 0.8, 0.2],
    ['what stays idle is nobody’s', 0.5, 0.4, 0.4, 0.2],
    ['what becomes idle nobody else would have used', 0.5, 0.7, 0.5, 0.2],
  ])('%s', (_, idle, idleDuring, rogue, displaced) => {
    const cores = { all: 2, idle, idleDuring, rogue };
    const { displaced: got } = judge(aRound({ cores }), LEADER);
    expect(got).toBeCloseTo(displaced);
  });

  test('where nobody tells, none', () => {
    const { displaced } = judge(
      aRound({ cores: { all: 2, idle: null, idleDuring: null, rogue: null } }),
      LEADER,
    );
    expect(displaced).toBe(0);
  });
});

describe('an attack took place', () => {
  const took = (did: Record<string, number>, ...rest: [LabAttack, 'tangaroa' | 'raft']): boolean =>
    judge(aRound({ rogue: { did, broke: [], said: [] } }), ...rest).tookPlace;

  test('if its members did what is first among its kinds', () => {
    const [lie, cheat, steal] = [{ lie: 1 }, { lie: 0, cheat: 1 }, { steal: 1 }];
    expect([lie, cheat, steal, {}].map((did) => took(did, LEADER, 'tangaroa'))).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect([lie, steal].map((did) => took(did, LEADER, 'raft'))).toEqual([false, true]);
    expect(took(steal, { ...LEADER, raft: null }, 'raft')).toBe(false);
  });

  test('if an outsider did anything', () => {
    expect(took({ knock: 1 }, OUTSIDER, 'raft')).toBe(true);
    expect(took({ knock: 0 }, OUTSIDER, 'raft')).toBe(false);
  });
});
