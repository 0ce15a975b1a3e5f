/**
 * Every scenario against its golden output. After a change that is meant:
 * `SCENARIO_UPDATE=1 npx vitest run --config test/vitest.config.ts test/scenario` writes them anew; read the diff.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Violation } from '../sim/checkers/checker.ts';
import { CONDITIONS } from './conditions.ts';
import { DEEDS } from './deeds.ts';
import { VERBS, parseScenario } from './language.ts';
import { runScenario } from './run.ts';
import { KINDS } from './selection.ts';

const UPDATE = 'SCENARIO_UPDATE=1 npx vitest run --config test/vitest.config.ts test/scenario';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const files = readdirSync(path('files')).filter((file) => file.endsWith('.scenario'));

/** What stands in a file; nothing in one that is not there. */
function readGolden(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

test.each(files)('%s', (file) => {
  const { output } = runScenario(readFileSync(path(`files/${file}`), 'utf8'), file);
  const golden = path(`files/${file.replace('.scenario', '.expected')}`);
  if (process.env['SCENARIO_UPDATE'] === '1') writeFileSync(golden, output);
  expect(output, `not the golden output; if that is meant: ${UPDATE}`).toBe(readGolden(golden));
});

test('every scenario says which mutants it breaks, and tells its story first', () => {
  for (const file of files) {
    const text = readFileSync(path(`files/${file}`), 'utf8');
    expect(text.split('\n').slice(0, 3), file).toEqual([
      expect.stringMatching(/^# \S/u),
      '#',
      expect.stringMatching(/^# \S/u),
    ]);
    expect(parseScenario(text, file).breaks, file).not.toEqual([]);
  }
});

test('every word of the language stands in docs/scenarios.md', () => {
  const page = readFileSync(path('../../docs/scenarios.md'), 'utf8');
  const words = [VERBS, DEEDS, CONDITIONS, KINDS].flatMap((table) => Object.keys(table));
  expect(words.filter((word) => !new RegExp(`\`(?:n1 )?${word}\\b`, 'u').test(page))).toEqual([]);
});

test('the example in docs/scenarios.md runs as it is printed there', () => {
  const page = readFileSync(path('../../docs/scenarios.md'), 'utf8');
  const [script, output] = [...page.matchAll(/^```\n(.*?)^```$/gmsu)].map((block) => block[1]);
  expect(runScenario(script ?? '', 'example').output).toBe(output);
});

/** A script of these lines, with `live` at its end. */
function run(...lines: readonly string[]): string {
  return runScenario(['nodes 4', ...lines, 'live'].join('\n'), 'test.scenario').output;
}

test.each([
  ['propose', 'test.scenario:2: expected a name for the request, found the end of the line'],
  ['propose x to n5', 'test.scenario:2: expected one of 4 nodes, which “nodes” says first'],
  ['deliver votes', 'test.scenario:2: expected a kind of message, “from” or “to” (append, '],
  ['dance', 'test.scenario:2: expected a verb (nodes, '],
  ['n1 votes 2 on genesis', 'test.scenario:2: expected a traitor, found n1'],
  ['assert n2 sleeps', 'test.scenario:2: expected what is asked of them (leads, '],
  ['heal now', 'test.scenario:2: expected the end of the line, found “now”'],
  ['partition n1 | n2 n9', 'test.scenario:2: expected one of 4 nodes'],
  [
    'assert not n1 committed 9/9',
    'no entry is called “9/9”; there are genesis\n  at test.scenario:2',
  ],
])('a wrong line names file, line and what was expected: %s', (line, message) => {
  expect(() => run(line)).toThrow(message);
});

test('a scenario begins with its nodes, has at most f traitors, and ends in liveness', () => {
  const parse =
    (...lines: readonly string[]) =>
    () =>
      parseScenario(lines.join('\n'), 'x');
  expect(parse('settle', 'live')).toThrow('x:1: expected “nodes” first, found “settle”');
  expect(parse('nodes 4', 'settle')).toThrow('x: a scenario ends in liveness');
  expect(parse('nodes 4', 'live', 'settle')).toThrow('x:2: expected nothing after “live”');
  expect(parse('nodes 4', 'traitor n1', 'traitor n2', 'live')).toThrow(
    'x: 4 nodes tolerate 1 traitors, not 2',
  );
});

test('what does not hold is a violation that names its line and what happened', () => {
  expect(() => run('assert n2 leads')).toThrow(Violation);
  expect(() => run('assert n2 leads')).toThrow(
    'assert: not so: n2\n  at test.scenario:2: assert n2 leads',
  );
  const late = ['nodes 4', 'traitor n1', 'live within 200'].join('\n');
  expect(() => runScenario(late, 'late')).toThrow(
    'liveness: after 200 ms not executed everywhere: last',
  );
});

test('the same script runs the same, line by line', () => {
  const lines = ['until n1 leads', 'propose x to n2', 'run 500', 'crash n3', 'restart n3'];
  expect(run(...lines)).toBe(run(...lines));
});
