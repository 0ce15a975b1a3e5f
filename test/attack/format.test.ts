import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseReport, readReport, writeReport } from '../../scripts/attack/result/format.ts';
import { aReport, aResult } from './reports.ts';
import { aRound, LEADER, OUTSIDER, view } from './rounds.ts';

const directory = mkdtempSync(path.join(tmpdir(), 'tangaroa-format-'));
afterAll(() => rmSync(directory, { recursive: true }));

const suspicious = aRound({
  honest: [
    {
      node: 'node2',
      view: view({ suspicions: [{ voter: 'node3', wanted: 2, reason: 'silent' }] }),
    },
    { node: 'node3', view: null },
  ],
});
const report = aReport([
  aResult(LEADER, [aRound(), suspicious], { failures: [{ seed: 44, message: '"late"\n' }] }),
  aResult(OUTSIDER, [], { failures: [{ seed: 42, message: 'no quorum' }] }),
]);

/** The report with one place of its JSON changed. */
function changed(...where: (string | number)[]) {
  return (value: unknown): string => {
    const json = JSON.parse(writeReport(report)) as Record<string, unknown>;
    const last = where.at(-1)!;
    let at = json as Record<string | number, unknown>;
    for (const name of where.slice(0, -1)) at = at[name] as Record<string | number, unknown>;
    if (value === undefined) delete at[last];
    else at[last] = value;
    return JSON.stringify(json);
  };
}

test('what is written is one line, and read back alike', () => {
  const text = writeReport(report);
  expect(text.match(/\n/gu)).toHaveLength(1);
  const read = parseReport(text);
  expect(writeReport(read)).toBe(text);
  expect(read.results[0]).toMatchObject({ verdict: 'broken', rogues: 1, isPromised: true });
  expect(read.results[0]?.rounds[0]).toMatchObject({
    seed: 7,
    stepMs: 100,
    phases: { before: { seconds: 1, all: { perSecond: 1_000 }, victim: { perSecond: 60 } } },
    rogue: { did: { lie: 12 } },
  });
  expect(read.results[0]?.rounds[0]?.curve).toHaveLength(40);
});

test('only what the format names is written', () => {
  const text = writeReport(report);
  for (const word of ['evidence":"must', 'tangaroa":[]', 'ledgers', 'links', 'figures'])
    expect(text).not.toContain(word);
});

test('a field that came later is passed over', () => {
  expect(parseReport(changed('later')(1))).toEqual(parseReport(writeReport(report)));
});

test('a field that an older file does not have is null', () => {
  const { results } = parseReport(
    changed('results', 0, 'rounds', 0, 'cores', 'idleDuring')(undefined),
  );
  expect(results[0]?.rounds[0]?.cores).toMatchObject({ all: 2, idleDuring: null });
});

describe('what is not one is said, and where', () => {
  test.each([
    ['[]', 'it is not an object'],
    ['', 'it is no JSON'],
    [changed('format')('tangaroa-bench 1'), 'format is not one of tangaroa-attack 1'],
    [changed('machine')(undefined), 'machine is missing'],
    [changed('options', 'nodes')('4'), 'options.nodes is not a number'],
    [changed('options', 'protocol')('paxos'), 'options.protocol is not one of tangaroa, raft'],
    [changed('results', 0, 'verdict')('fine'), 'results[0].verdict is not one of held, broken'],
    [changed('results', 0, 'rounds', 1, 'curve', 3)(null), 'results[0].rounds[1].curve[3] is not'],
    [
      changed('results', 0, 'rounds', 0, 'rogue', 'did', 'lie')('x'),
      'rogue.did.lie is not a number',
    ],
    [changed('results', 1, 'failures')({}), 'results[1].failures is not a list'],
  ])('%#', (text, message) => {
    expect(() => parseReport(text)).toThrow(RangeError);
    expect(() => parseReport(text)).toThrow(message);
  });

  test('with the name of the file', () => {
    const file = path.join(directory, 'other.json');
    writeFileSync(file, '{"format":"tangaroa-bench 1"}');
    expect(() => readReport(file)).toThrow(/other\.json is not what --json wrote/u);
    const none = path.join(directory, 'none');
    expect(() => readReport(none)).toThrow(/none is not .*: it cannot be read \(ENOENT\)/u);
    expect(() => readReport(none)).toThrow(RangeError);
  });
});
