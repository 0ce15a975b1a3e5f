/** The list of mutants fits the source and the page of the protocol, and the runner can fail. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { CHARACTERS } from '../characters.ts';
import { FEATURES } from '../plan.ts';
import { MUTANTS, QUICK } from './catalogue.ts';
import type { Mutant } from './mutant.ts';
import { mutate } from './mutant.ts';
import { readScenarios } from './scenarios.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

function source(file: string): string {
  return readFileSync(join(root, 'src', file), 'utf8');
}

test.for(MUTANTS)('$name applies to the source', (mutant) => {
  for (const [file, text] of mutate(mutant, source)) expect(text).not.toBe(source(file));
});

test('every mutant has a name of its own', () => {
  const names = MUTANTS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/u);
  for (const name of QUICK) expect(names).toContain(name);
});

/** Plain Raft's rules are sections of the paper, which its source cites; the others are those of the protocol's page. */
test('every rule that a mutant breaks stands in the protocol', () => {
  const page = readFileSync(join(root, 'docs/protocol.md'), 'utf8');
  const core = readdirSync(join(root, 'src/consensus/raft'));
  const cited = core.map((file) => source(`consensus/raft/${file}`)).join('\n');
  for (const { name, rule } of MUTANTS)
    for (const one of rule.split(', ')) {
      const section = /^Raft (?<section>.+)$/u.exec(one)?.groups?.['section'];
      const mark = one.startsWith('section ') ? `\n## ${one.slice(8)}. ` : `\n**${one}.** `;
      const stands = section === undefined ? page.includes(mark) : cited.includes(section);
      expect(stands, `${name}: ${one}`).toBe(true);
    }
});

test('what a mutant asks of its seeds exists', () => {
  for (const { fixed } of MUTANTS) {
    const { arsenal } = CHARACTERS[fixed?.protocol ?? 'tangaroa'];
    const attacks = arsenal.attacks.map(({ name }) => name);
    for (const name of fixed?.attacks ?? []) expect(attacks).toContain(name);
    for (const name of fixed?.without ?? [])
      expect([...attacks, ...Object.keys(FEATURES)]).toContain(name);
  }
});

test('the tests of a mutant exist', () => {
  for (const { tests = [] } of MUTANTS)
    for (const file of tests) expect(existsSync(join(root, file)), file).toBe(true);
});

test('every mutant that a scenario says it breaks exists, and one without seeds has tests or a scenario', () => {
  const names = MUTANTS.map(({ name }) => name);
  const broken = new Set(readScenarios(root).flatMap(({ breaks }) => breaks));
  for (const name of broken) expect(names).toContain(name);
  for (const { name, seeds, open, tests = [] } of MUTANTS) {
    if (seeds === 0 && tests.length === 0) expect([...broken]).toContain(name);
    if (open !== undefined) expect([...broken, ...QUICK], 'is told').not.toContain(name);
  }
});

interface Ended {
  readonly status: number | null;
  readonly output: string;
}

/** Runs the runner on one seed of mutants that are not in the list. */
function runner(...mutants: readonly Mutant[]): Ended {
  const directory = mkdtempSync(join(tmpdir(), 'tangaroa-mutants-test-'));
  try {
    const file = join(directory, 'mutants.json');
    writeFileSync(file, JSON.stringify(mutants));
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(root, 'scripts/mutants.mjs'), '--file', file],
      { encoding: 'utf8', timeout: 50_000, env: { ...process.env, TMPDIR: directory } },
    );
    expect(readdirSync(directory), 'nothing is left behind').toEqual(['mutants.json']);
    return { status, output: `${stdout}${stderr}` };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const QUORUM = 'return Math.floor((voters + faults(voters)) / 2) + 1;';

function quorumMutant(name: string, find: string, replace: string): Mutant {
  const edits = [{ file: 'consensus/model/quorum.ts', find, replace }];
  return { name, rule: 'section 1', why: 'nothing', edits, seeds: 1 };
}

test('a mutant that means the same survives, one that cannot work is killed', () => {
  const same = quorumMutant('same', QUORUM, `${QUORUM} // the same`);
  const none = quorumMutant('none', QUORUM, 'return voters + faults(voters) + 1;');
  const { status, output } = runner(same, none);
  expect(output).toMatch(/^same .* SURVIVED 1 seeds$/mu);
  expect(output).toMatch(/^none .* 1 {2}liveness +[0-9]+$/mu);
  expect(output).toMatch(/^1 killed, 1 survived$/mu);
  expect(status).toBe(1);
});

test('tests kill what they tell from the source, and nothing else; no tests are no kill', () => {
  const tests = ['test/model/quorum.test.ts'];
  const same = quorumMutant('same', QUORUM, `${QUORUM} // the same`);
  const less = quorumMutant('less', QUORUM, 'return Math.floor((voters + faults(voters)) / 2);');
  const { status, output } = runner(
    { ...same, seeds: 0, tests },
    { ...less, seeds: 0, tests },
    { ...same, name: 'untested', seeds: 0, tests: ['test/model/none.test.ts'] },
  );
  expect(output).toMatch(/^same .* SURVIVED 0 seeds$/mu);
  expect(output).toMatch(/^less .* test {2}its tests$/mu);
  expect(output).toMatch(/^untested .* BROKE$/mu);
  expect(output).toMatch(/^1 killed, 1 survived, 1 broke$/mu);
  expect(status).toBe(1);
});

test('a mutant that no longer applies fails loudly', () => {
  const { status, output } = runner(quorumMutant('stale', 'return voters / 17;', 'return 1;'));
  expect(output).toContain('mutant stale no longer applies: src/consensus/model/quorum.ts');
  expect(status).toBe(1);
});

test('a mutant that does not compile is no kill', () => {
  const { status, output } = runner(quorumMutant('wrong', QUORUM, 'return votes + 1;'));
  expect(output).toMatch(/quorum\.wrong\.ts.*Cannot find name 'votes'/u);
  expect(output).not.toContain('killed');
  expect(status).toBe(1);
});
