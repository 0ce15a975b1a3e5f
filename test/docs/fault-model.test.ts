/** What the page promises names rules, tests and attacks that exist: a promise that nothing shows is none. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ATTACKS } from '../../scripts/attack/catalogue.ts';

const pathOf = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const read = (path: string): string => readFileSync(pathOf(path), 'utf8');

const page = read('docs/fault-model.md');
const rules = new Set(
  [...read('docs/protocol.md').matchAll(/\*\*([A-Z]\d)\b/gu)].map((match) => match[1]),
);

/** The rows of the table below a heading, cell by cell. */
function rowsBelow(heading: string): readonly (readonly string[])[] {
  const section = page.split(/^## /mu).find((text) => text.startsWith(heading)) ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[ -]+\|/u.test(line))
    .slice(1)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

const promises = rowsBelow('Promised');

describe('docs/fault-model.md', () => {
  it('has promises, each with its rules, a test and an attack', () => {
    expect(promises.length).toBeGreaterThan(12);
    for (const cells of promises) {
      expect(cells, cells[0]).toHaveLength(4);
      for (const cell of cells) expect(cell, cells[0]).not.toBe('');
    }
  });

  it.each(promises)('%s: the rules are those of docs/protocol.md', (_, cited) => {
    const named = [...cited.matchAll(/[A-Z]\d/gu)].map(([rule]) => rule);
    expect(named.length).toBeGreaterThan(0);
    for (const rule of named) expect(rules, cited).toContain(rule);
  });

  it.each(promises)('%s: the tests exist, by file and by name', (_, __, tests) => {
    const named = [...tests.matchAll(/`(test\/[^`]+)`(?: \(([^)]*)\))?/gu)];
    expect(named.length).toBeGreaterThan(0);
    for (const [, file = '', title] of named) {
      expect(existsSync(pathOf(file)), file).toBe(true);
      if (title !== undefined) expect(read(file)).toContain(title);
    }
  });

  it.each(promises)('%s: the attacks are those of the lab', (_, __, ___, attacks) => {
    const named = [...attacks.matchAll(/`([^`]+)`/gu)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(0);
    const known = ATTACKS.map(({ name }) => name);
    for (const name of named) expect(known).toContain(name);
  });

  it('says what is not promised', () => {
    expect(rowsBelow('Not promised').length).toBeGreaterThan(6);
  });
});
