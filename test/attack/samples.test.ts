import process from 'node:process';
import { describe, expect, test } from 'vitest';
import type { Reading } from '../../scripts/attack/lab/samples.ts';
import { coresOf, cpuUsOf, readingOf, Samples } from '../../scripts/attack/lab/samples.ts';

const reading = (atMs: number, busyUs: number | null, attackerUs: number | null): Reading => ({
  atMs,
  busyUs,
  attackerUs,
});

describe('cores', () => {
  test('idle before the attack and during it, and what the attacker used beyond what it used before', () => {
    const begin = reading(1_000, 5_000_000, 100_000);
    const attack = reading(3_000, 8_000_000, 300_000);
    const end = reading(7_000, 15_000_000, 2_300_000);
    const { all, idle, idleDuring, rogue } = coresOf(2, begin, attack, end);
    expect([all, idle, idleDuring]).toEqual([2, 0.5, 0.25]);
    expect(rogue).toBeCloseTo(0.4);
  });

  test('are never below nothing', () => {
    const begin = reading(0, 0, 0);
    const attack = reading(1_000, 3_000_000, 900_000);
    expect(coresOf(2, begin, attack, reading(2_000, 6_000_000, 900_000))).toEqual({
      all: 2,
      idle: 0,
      idleDuring: 0,
      rogue: 0,
    });
  });

  test('are not known where nobody tells', () => {
    const none = reading(0, null, null);
    const nowhere = { all: 2, idle: null, idleDuring: null, rogue: null };
    expect(coresOf(2, none, reading(1, null, null), reading(2, null, null))).toEqual(nowhere);
    expect(coresOf(2, reading(0, null, 1), none, reading(2, null, 1))).toEqual(nowhere);
  });
});

test.runIf(process.platform === 'linux')('processes that live are read, others left out', () => {
  const samples = new Samples(
    () =>
      new Map([
        ['self', process.pid],
        ['nobody', 2 ** 22 + 1],
      ]),
  );
  samples.reset();
  expect([...samples.take().keys()]).toEqual(['self']);
  expect(samples.take().get('self')?.peakBytes).toBeGreaterThan(1_000_000);
  expect(cpuUsOf(2 ** 22 + 1)).toBeNull();
  expect(readingOf(7)).toMatchObject({ attackerUs: 7, busyUs: expect.any(Number) as number });
});
