/** Damage that the lab does to files: as much as it says, and where it says. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { cutJournal, flipBit } from '../../scripts/attack/attacks/corruption/bits.ts';

const FILES = ['000003.log', '000005.ldb', 'MANIFEST-000002', 'CURRENT', 'LOG', 'LOCK'];
const BYTES = 100;
const SEEDS = 200;
let directory: string;

beforeEach(() => {
  directory = path.join(mkdtempSync(path.join(tmpdir(), 'tangaroa-bits-')), 'log');
  mkdirSync(directory);
  for (const name of FILES) writeFileSync(path.join(directory, name), new Uint8Array(BYTES));
});
afterEach(() => rmSync(path.dirname(directory), { recursive: true }));

function read(name: string): Uint8Array {
  return readFileSync(path.join(directory, name));
}

test('one bit of one file changes, never of what holds nothing, nor of a journal’s second half', () => {
  const hit = new Set<string>();
  for (let seed = 0; seed < SEEDS; seed++) {
    flipBit(directory, new Random(seed));
    const changed = FILES.flatMap((name) =>
      [...read(name)].flatMap((byte, at) => (byte === 0 ? [] : [{ name, byte, at }])),
    );
    expect(changed, `seed ${seed}`).toHaveLength(1);
    const [{ name, byte, at }] = changed as [(typeof changed)[number]];
    expect(Math.log2(byte) % 1, `seed ${seed}`).toBe(0);
    if (name.endsWith('.log')) expect(at, `seed ${seed}`).toBeLessThan(BYTES / 2);
    hit.add(name);
    writeFileSync(path.join(directory, name), new Uint8Array(BYTES));
  }
  expect([...hit].sort()).toEqual(['000003.log', '000005.ldb', 'CURRENT', 'MANIFEST-000002']);
});

test('the newest journal is cut, and no other file', () => {
  writeFileSync(path.join(directory, '000007.log'), new Uint8Array(BYTES));
  cutJournal(directory, 0.75);
  expect(read('000007.log')).toHaveLength((3 * BYTES) / 4);
  cutJournal(directory, 0);
  expect(read('000007.log')).toHaveLength(0);
  for (const name of FILES) expect(read(name)).toHaveLength(BYTES);
});
