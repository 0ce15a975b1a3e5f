/** The page lists every limit, with its value, and what tests it exists. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ATTACKS } from '../../scripts/attack/catalogue.ts';
import { limits } from '../../src/base/limits.ts';

const pathOf = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const page = readFileSync(pathOf('docs/limits.md'), 'utf8');

const rows = [...page.matchAll(/^\| `([A-Za-z\d]+)` +\| +([\d,]+) +\|(.*)\|$/gmu)].map(
  ([, name = '', value = '', rest = '']) => {
    const [why = '', tested = ''] = rest.split('|').map((cell) => cell.trim());
    return { name, value: Number(value.replaceAll(',', '')), why, tested };
  },
);

test('docs/limits.md lists every limit once, with its value', () => {
  expect(Object.fromEntries(rows.map(({ name, value }) => [name, value]))).toEqual({ ...limits });
  expect(rows).toHaveLength(Object.keys(limits).length);
});

test.each(rows)('docs/limits.md: $name has a reason, and something that tests it', (row) => {
  expect(row.why.length).toBeGreaterThan(10);
  const named = [...row.tested.matchAll(/`([^`]+)`/gu)].map(([, name = '']) => name);
  expect(named.length).toBeGreaterThan(0);
  const attacks = ATTACKS.map(({ name }) => name);
  for (const name of named) {
    if (name.startsWith('test/')) expect(existsSync(pathOf(name)), name).toBe(true);
    else expect(attacks).toContain(name);
  }
});
