import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ATTACKS } from '../sim/adversary/catalogue.ts';
import { RAFT_ATTACKS } from '../sim/raft/adversary/catalogue.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const page = readFileSync(`${root}docs/simulator.md`, 'utf8');

/** The names in the first column of the table below a heading, as they stand there. */
function documented(heading: string): string[] {
  const section = page.split(/^## /mu).find((text) => text.startsWith(heading)) ?? '';
  return [...section.matchAll(/^\| `([^`]+)`/gmu)].map((match) => match[1] ?? '').sort();
}

/** Every name under which something in these folders throws a `Violation`. */
function checkers(folders: readonly string[]): string[] {
  const files = folders.flatMap((folder) =>
    readdirSync(root + folder)
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => readFileSync(root + folder + file, 'utf8')),
  );
  const names = files.flatMap((text) => [
    ...[...text.matchAll(/Violation\(\s*'([^']+)'/gu)].map((match) => match[1] ?? ''),
    ...(text.includes('implements Checker')
      ? [...text.matchAll(/^ {2}readonly name = '([^']+)'/gmu)].map((match) => match[1] ?? '')
      : []),
  ]);
  return [...new Set(names)].filter((name) => name !== 'all').sort();
}

test('docs/simulator.md lists every attack', () => {
  expect(documented('Traitors')).toEqual(ATTACKS.map(({ name }) => name).sort());
});

test('docs/simulator.md lists every checker', () => {
  const names = checkers(['test/sim/', 'test/sim/checkers/']);
  expect(names.length).toBeGreaterThan(10);
  expect(documented('Checkers')).toEqual(names);
});

test('docs/simulator.md lists every attack on plain Raft, and every checker of its own', () => {
  expect(documented('One liar')).toEqual(RAFT_ATTACKS.map(({ name }) => name).sort());
  const names = checkers(['test/sim/raft/', 'test/sim/raft/checkers/']);
  expect(names.length).toBeGreaterThan(5);
  expect(documented('Plain Raft')).toEqual(names);
});
