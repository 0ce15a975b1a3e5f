import { describe, expect, test } from 'vitest';
import { throughputChart } from '../../scripts/attack/report/curve.ts';
import { htmlReport } from '../../scripts/attack/report/page.ts';
import { aReport, aResult } from './reports.ts';
import { aRound, audited, FOLLOWER, LEADER, load, OUTSIDER } from './rounds.ts';

const raft = { options: { protocol: 'raft' } } as const;
const lost = aRound({ audits: [audited({ lost: 3, examples: ['lost load1 5'] })] });
const tangaroa = aReport([aResult(LEADER, [aRound(), aRound()]), aResult(OUTSIDER, [aRound()])]);

/** Names of elements that are opened and closed in order; throws where they are not. */
function wellFormed(html: string): number {
  const VOID = new Set(['meta', '!doctype']);
  const open: string[] = [];
  let count = 0;
  for (const [, slash, name = ''] of html.matchAll(/<(\/?)([!a-z][a-z0-9]*)[^<>]*>/giu)) {
    if (VOID.has(name)) continue;
    if (slash === '') {
      open.push(name);
      count++;
    } else if (open.pop() !== name) throw new Error(`</${name}> closes nothing`);
  }
  if (open.length > 0) throw new Error(`${open.join(', ')} are not closed`);
  return count;
}

test('a page is well-formed, complete in itself and without a script', () => {
  const page = htmlReport([tangaroa]);
  expect(wellFormed(page)).toBeGreaterThan(100);
  expect(page).toMatch(/^<!doctype html>\n<html lang="en">/u);
  for (const outside of [
    /<script/iu,
    /\b(?:src|srcset|action)=/iu,
    /https?:/iu,
    /url\(/iu,
    /@import/iu,
  ])
    expect(page).not.toMatch(outside);
  expect([...page.matchAll(/href="([^"]*)"/gu)].map(([, to]) => to)).toEqual([
    '#liar',
    '#stranger',
  ]);
  for (const id of ['liar', 'stranger']) expect(page).toContain(`id="${id}"`);
});

test('each attack tells what it tries, what holds, what broke, and how to see it again', () => {
  const page = htmlReport([aReport([aResult(LEADER, [lost])])]);
  for (const text of [
    LEADER.tries,
    LEADER.holds,
    'an acknowledged write is not there at node2 (3 in all: lost load1 5)',
    'against node1: held by 3 of 3 honest nodes, 1 piece',
    'npm run attack -- liar --seed 7',
    '<span class="verdict broken">broken</span>',
  ])
    expect(page).toContain(text);
});

test('two protocols stand side by side, each attack once', () => {
  const other = aReport(
    [aResult(LEADER, [lost], raft), aResult(FOLLOWER, [lost], raft)],
    raft.options,
  );
  const page = htmlReport([tangaroa, other]);
  wellFormed(page);
  expect(page.match(/id="liar"/gu)).toHaveLength(1);
  expect(page.match(/class="outcome"/gu)).toHaveLength(4);
  expect(page).toContain('It fell to liar, nuisance.');
  expect(page).toContain('nothing is promised');
  expect(page.match(/<svg/gu)).toHaveLength(3);
});

test('nothing that a file says becomes an element', () => {
  const evil = '"><script>alert(1)</script><img src=x>';
  const round = aRound({
    rogue: { did: { [evil]: 1 }, broke: [evil], said: [evil] },
    rogueIds: [evil],
    audits: [audited({ lost: 1, examples: [evil] })],
    fallen: [evil],
  });
  const attack = { ...LEADER, name: evil, tries: evil, holds: evil };
  const report = aReport([aResult(attack, [round], { failures: [{ seed: 1, message: evil }] })], {
    name: evil,
  });
  const page = htmlReport([{ ...report, notes: [evil] }]);
  wellFormed(page);
  expect(page).not.toMatch(/<script|<img/iu);
  expect(page).toContain('&lt;script&gt;');
});

describe('curves', () => {
  const chart = (...rounds: ReturnType<typeof aRound>[]): string | null =>
    throughputChart('liar', [{ protocol: 'tangaroa', result: aResult(LEADER, rounds) }]);

  test('phases are marked', () => {
    const svg = chart(aRound())!;
    for (const name of ['before', 'attacked', 'after']) expect(svg).toContain(`>${name}</text>`);
    expect(svg.match(/class="span"/gu)).toHaveLength(1);
  });

  test('the client that is picked on has a line of its own where it is one', () => {
    expect(chart(aRound())).not.toContain('picks on');
    const censored = load({}, { during: { perSecond: 6 } });
    expect(chart(aRound({ load: censored }))).toContain('the client it picks on');
    const all = load({ during: { perSecond: 100 } }, { during: { perSecond: 6 } });
    expect(chart(aRound({ load: all }))).not.toContain('picks on');
  });

  test('there is none of nothing', () => {
    expect(chart()).toBeNull();
    const before = { acknowledged: 0, perSecond: 0 };
    expect(chart(aRound({ load: load({ before }, { before }) }))).toBeNull();
    expect(chart(aRound({ load: { ...load(), curve: [], victimCurve: [] } }))).toBeNull();
  });

  test('a page without rounds, or without results, is one', () => {
    const failed = aReport([
      aResult(LEADER, [], { failures: [{ seed: 42, message: 'no quorum' }] }),
    ]);
    wellFormed(htmlReport([failed]));
    wellFormed(htmlReport([aReport([])]));
  });
});
