import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { GROUPS, protocolsOf } from '../../scripts/attack/attack.ts';
import { ATTACKS, attackNamed, attacksFor } from '../../scripts/attack/catalogue.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(root + path, 'utf8');
const protocol = read('docs/protocol.md');
const rules = new Set([...protocol.matchAll(/^\*\*([A-Z]\d+)\.\*\*/gmu)].map(([, rule]) => rule));
const sections = new Set([...protocol.matchAll(/^## (\d+)\./gmu)].map(([, section]) => section));

test('no name is given twice, nor is it that of a group', () => {
  const names = [...ATTACKS.map(({ name }) => name), ...GROUPS, 'all'];
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  for (const name of names) expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/u);
});

test.each(GROUPS)('the group %s has attacks', (group) => {
  expect(attacksFor(group).length).toBeGreaterThan(0);
  for (const attack of attacksFor(group)) expect(attack.group).toBe(group);
});

describe.each(ATTACKS)('$name', (attack) => {
  test('says in a sentence what it tries, and what holds', () => {
    for (const sentence of [attack.tries, attack.holds]) {
      expect(sentence.trim()).toBe(sentence);
      expect(sentence.length).toBeGreaterThan(10);
      expect(sentence).not.toMatch(/\.$/u);
    }
  });

  test('cites rules that there are, or limits', () => {
    const cited = [...attack.holds.matchAll(/\b([A-Z]\d+)\b/gu)].map(([, rule]) => rule);
    const places = [...attack.holds.matchAll(/\bsection (\d+)/gu)].map(([, section]) => section);
    expect(cited.filter((rule) => !rules.has(rule))).toEqual([]);
    expect(places.filter((section) => !sections.has(section))).toEqual([]);
    const bounds = (attack.holds.match(/\w+/gu) ?? []).filter((word) =>
      Object.hasOwn(limits, word),
    );
    if (attack.group !== 'control')
      expect(cited.length + places.length + bounds.length).toBeGreaterThan(0);
  });

  test('has something that members do, in every protocol', () => {
    if (attack.by !== 'leader' && attack.by !== 'follower') return;
    expect(attack.tangaroa.length).toBeGreaterThan(0);
    if (attack.raft !== null) expect(attack.raft.length).toBeGreaterThan(0);
  });

  test('is found, and attacks something', () => {
    expect(attackNamed(attack.name)).toBe(attack);
    expect(attacksFor(attack.name)).toEqual([attack]);
    expect(protocolsOf(attack)).toContain('tangaroa');
  });
});

test('all of them, and what is none', () => {
  expect(attacksFor('all')).toBe(ATTACKS);
  expect(() => attacksFor('nonsense')).toThrow(/there is no attack 'nonsense': --list names them/u);
  expect(() => attacksFor('nonsense')).toThrow(RangeError);
  expect(() => attackNamed('all')).toThrow(RangeError);
});
