import { expect, test } from 'vitest';
import { Notes } from '../../scripts/attack/rogue/witness.ts';

test('what a flood says is told once for each kind, with how often', () => {
  const notes = new Notes();
  for (let i = 0; i < 3_000; i++)
    notes.say(`node1: claims ${i} ${i.toString(16).padStart(8, '0')} to node${2 + (i % 3)}`);
  notes.say('node2: claims 7 0a0a0a0a to node3');
  notes.say('node1: runs again');
  expect(notes.report.said).toEqual([
    'node1: claims 0 00000000 to node2 (and its like: × 3,000)',
    'node2: claims 7 0a0a0a0a to node3',
    'node1: runs again',
  ]);
});

test('who says something else each time is heard as far as a screen goes', () => {
  const notes = new Notes();
  for (let i = 0; i < 5_000; i++) notes.say(`node1: ${'lies and '.repeat(i % 500)}lies`);
  const { said } = notes.report;
  expect(said).toHaveLength(41);
  expect(said[0]).toBe('node1: lies (and its like: × 10)');
  expect(said.at(-1)).toBe('other lines of ever other kinds × 4,600');
});
