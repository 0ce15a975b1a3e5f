import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ATTACKS } from '../sim/adversary/catalogue.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const page = readFileSync(`${root}docs/simulator.md`, 'utf8');

/** The names in the first column of the table below a heading, as they stand there. */
function documented(heading: string): string[] {
  const section = page.split(/^## /mu).find((text) => text.startsWith(heading)) ?? '';
  return [...section.matchAll(/^\| `([^`]+)`/gmu)].map((match) => match[1] ?? '').sort();
}

/** Every name under which something in the simulator's sources throws a `Violation`. */
function checkers(): string[] {
  const files = ['test/sim/', 'test/sim/checkers/'].flatMap((folder) =>
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
  expect(checkers().length).toBeGreaterThan(10);
  expect(documented('Checkers')).toEqual(checkers());
});
