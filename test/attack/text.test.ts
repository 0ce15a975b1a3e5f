import { expect, test } from 'vitest';
import { ATTACKS } from '../../scripts/attack/catalogue.ts';
import { listJson, listText } from '../../scripts/attack/report/help.ts';
import { textReport } from '../../scripts/attack/report/text.ts';
import { evidenceText, limitText, sumText, wrapped } from '../../scripts/attack/report/words.ts';
import { aReport, aResult } from './reports.ts';
import { aRound, audited, FOLLOWER, honest, LEADER, load, OUTSIDER, view } from './rounds.ts';

const lost = aRound({
  seed: 8,
  audits: [audited({ lost: 2, examples: ['lost load1 5', 'lost load2 9'] })],
});
const calm = aRound({
  rogueIds: [],
  honest: honest(),
  rogue: { did: { knock: 9 }, broke: [], said: [] },
});

test('a table of medians, a sentence for what broke, and how to see it again', () => {
  const slow = aRound({ load: load({ during: { perSecond: 12, p99Ms: null, gapMs: 900.4 } }) });
  const report = aReport(
    [
      aResult(OUTSIDER, [calm, calm]),
      aResult(LEADER, [slow, lost]),
      aResult(FOLLOWER, [], { failures: [{ seed: 43, message: 'no quorum' }] }),
    ],
    { rounds: 2 },
  );
  expect(textReport(report, false))
    .toBe(`Tangaroa, 4 nodes; medians of 2 rounds, attacked for 6 s each

attack      by        before  during  after  taken  CPU  p99  during  gap  MiB  evidence   verdict
leaky-follower:
  stranger  outsider   1,000   1,000  1,000    0 %  0 %   40      40   50  100             held
bad-boss:
  liar      leader     1,000     506  1,000   49 %  0 %   40      40  475  100  3/3 node1  broken
disruptive-follower:
  nuisance  follower       –       –      –      –    –    –       –    –    –             failed

operations/s; taken: what was missing, CPU: of it by the attacker’s own process on this machine; p99 and gap in ms

liar: broken
  an acknowledged write is not there at node2 (2 in all: lost load1 5, lost load2 9)
  again: npm run attack -- liar --seed 8

nuisance: failed
  the round with seed 43: no quorum
  no round was played to its end
  again: npm run attack -- nuisance --seed 43

1 held, 1 broken, 1 failed
note: what an attack takes of the throughput is judged by the median of 3 rounds or more (--rounds): fewer are noise
Some Processor, 2 cores, 8 GiB, linux x64, Node 20.19.0, commit 0123456789, 2026-01-02 03:04 UTC, load average 0.10 at
the start, 1.50 at the end
again: npm run attack -- all --rounds 2 --seed 42
`);
});

test('what only the median shows is shown again by all rounds', () => {
  const slow = aRound({ load: load({ during: { perSecond: 100 } }) });
  const report = aReport([aResult(FOLLOWER, [slow, slow, slow])], { rounds: 3 });
  expect(textReport(report, false)).toContain(`nuisance: broken
  the attack took 90 % of the throughput, where 15 % are allowed
  again: npm run attack -- nuisance --rounds 3 --seed 42
`);
});

test('what was stopped is told by the rounds that were played', () => {
  const first = (results: Parameters<typeof aReport>[0]): string => {
    const text = textReport(aReport(results, { rounds: 3 }), false);
    expect(text.includes('3 rounds or more: fewer are noise')).toBe(results.length > 0);
    return text.split('\n')[0] as string;
  };
  expect(first([aResult(OUTSIDER, [calm])])).toBe('Tangaroa, 4 nodes; one round, attacked for 6 s');
  expect(first([aResult(OUTSIDER, [calm, calm, calm]), aResult(LEADER, [lost, lost])])).toBe(
    'Tangaroa, 4 nodes; medians of 2 to 3 rounds, attacked for 6 s each',
  );
  expect(first([])).toBe('Tangaroa, 4 nodes; no round was played to its end');
});

test('evidence against several', () => {
  const both = aRound({
    rogueIds: ['node1', 'node2'],
    honest: honest({ culprits: ['node1', 'node2'] }),
  });
  expect(evidenceText(aResult(LEADER, [both], { options: { rogues: 2 } }))).toBe('3/3 node1 node2');
  const [first, ...others] = honest({ culprits: ['node1'] });
  const more = { node: 'node2', view: view({ culprits: ['node1', 'node9'] }) };
  expect(first?.node).toBe(more.node);
  expect(evidenceText(aResult(LEADER, [aRound({ honest: [more, ...others] })]))).toBe(
    '3/3 node1, 1/3 node9',
  );
});

test('--verbose tells what was done, and what honest nodes say of it', () => {
  const node3 = {
    node: 'node3',
    view: view({ suspicions: [{ voter: 'node4', wanted: 2, reason: 'stalled' }] }),
  };
  const told = honest({ culprits: ['node1'] });
  const round = aRound({
    honest: [told[0]!, node3, { node: 'node4', view: null }],
    rogue: {
      did: { lie: 1_200, cheat: 1 },
      broke: ['a stranger was sent the log'],
      said: ['node1: lies'],
    },
  });
  const text = textReport(aReport([aResult(LEADER, [round])]), true);
  expect(text).toContain(`liar, round 1: npm run attack -- liar --seed 7
  in the attacker's hands: node1
  did: lie × 1,200, cheat × 1
  the attacker saw broken: a stranger was sent the log
  node2: follower in term 1, applied 100, state aaaabbbbcccc, 1 piece of evidence against node1
  node3: follower in term 1, applied 100, state aaaabbbbcccc
  node4: does not answer
  node3 heard: node4 suspects, and wants term 2 (stalled)
  audit at node2: 4,000 records, 0 lost, 0 changed, 0 foreign
  taken 0 %, of it 0 % by the attacker's own CPU (0.10 of 2 cores, 1.00 idle before, 0.90 during); peak 100 MiB
  said: node1: lies
`);
});

test('the table of the whole catalogue fits 120 columns', () => {
  const rich = aRound({
    load: load({
      before: { perSecond: 12_345, p99Ms: 1_234 },
      during: { gapMs: 12_345, p99Ms: 1_234 },
    }),
    honest: honest({ culprits: ['node1'] }),
  });
  const results = ATTACKS.map((attack) => aResult(attack, [rich]));
  const lines = textReport(aReport(results), false).split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120);
});

test('where nothing is promised it is said plainly, with what fell', () => {
  const raft = { options: { protocol: 'raft' } } as const;
  const two = { options: { rogues: 2 } } as const;
  expect(limitText(aReport([aResult(LEADER, [lost])]))).toBeNull();
  expect(
    limitText(
      aReport([aResult(LEADER, [lost], raft), aResult(OUTSIDER, [calm], raft)], raft.options),
    ),
  ).toBe(
    'Plain Raft bears crashes and promises nothing when somebody lies. It fell to liar. Nothing was seen to break under stranger.',
  );
  expect(limitText(aReport([aResult(LEADER, [lost], two)], two.options))).toBe(
    "2 members of 4 in one attacker's hands are more than f = 1: nothing is promised then. It fell to liar.",
  );
  expect(limitText(aReport([aResult(FOLLOWER, [aRound()], two)], two.options))).toMatch(
    /Nothing fell this time, which proves nothing\.$/u,
  );
  // An outsider has no member in its hands, however many there may be.
  expect(limitText(aReport([aResult(OUTSIDER, [calm], two)], two.options))).toBeNull();
});

test('sums name what there is', () => {
  expect(sumText([])).toBe('nothing was played');
  expect(sumText([aResult(OUTSIDER, [calm]), aResult(OUTSIDER, [calm])])).toBe('2 held');
});

test('lines break between words', () => {
  expect(wrapped('one two  three', 7)).toEqual(['one two', 'three']);
  expect(wrapped('longer-than-that x', 4)).toEqual(['longer-than-that', 'x']);
  expect(wrapped('', 4)).toEqual([]);
});

test('the list names every attack once, in lines that fit', () => {
  const lines = listText(ATTACKS).split('\n');
  for (const { name } of ATTACKS)
    expect(lines.filter((line) => line.startsWith(`  ${name} `))).toHaveLength(1);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120);
  const told = JSON.parse(listJson(ATTACKS)) as readonly { name: string; protocols: string[] }[];
  expect(told.map(({ name }) => name)).toEqual(ATTACKS.map(({ name }) => name));
  expect(told[0]?.protocols).toEqual(['tangaroa', 'raft']);
});
