import { expect, test } from 'vitest';
import { figuresOf } from '../../bench/figures/figures.mjs';
import { summarizeLatency } from '../../bench/figures/statistics.mjs';
import type { Measurement } from '../../bench/load/window.mjs';

const node = {
  ...{ name: 'node1', role: 'node' as const, leads: true, cpuUs: 2e6, writtenBytes: 2 ** 20 },
  ...{ diskBytes: 0, rssBytes: 2 ** 20, peakBytes: 2 ** 21, loopDelayMs: 3 },
  counters: { syncs: 500, framesOut: 1_000, verified: 200 },
};
const load = {
  ...{
    name: 'load',
    role: 'load' as const,
    leads: false,
    cpuUs: 1e6,
    writtenBytes: 1,
    diskBytes: 0,
  },
  ...{ rssBytes: 2 ** 30, peakBytes: 2 ** 30, loopDelayMs: null, counters: null },
};
const busy: Measurement = {
  ...{ seconds: 2, operations: 1_000, perSecond: 500, failed: 0, failure: null, open: null },
  ...{ latency: summarizeLatency([1, 2, 3]), terms: 0, othersCores: 0, stealCores: 0 },
  processes: [node, { ...node, name: 'node2', rssBytes: 2 ** 22 }, load],
};
const medianOf = (measurement: Measurement, key: string) => figuresOf([measurement])[key]?.median;

test('costs are summed over all nodes and divided by the operations', () => {
  expect(medianOf(busy, 'nodesCpuUs')).toBe(4_000);
  expect(medianOf(busy, 'loadCpuUs')).toBe(1_000);
  expect(medianOf(busy, 'cpuUs')).toBe(5_000);
  expect(medianOf(busy, 'writtenKib')).toBe(2.048);
  expect(medianOf(busy, 'syncs')).toBe(1);
  expect(medianOf(busy, 'nodesCores')).toBe(2);
  expect(medianOf(busy, 'loadCores')).toBe(0.5);
});

test("memory is the largest node's, not the load's", () => {
  expect(medianOf(busy, 'rssMib')).toBe(4);
});

test('what one process does not tell is not made up', () => {
  const silent = { ...busy, processes: [node, { ...node, cpuUs: null, counters: null }, load] };
  expect(medianOf(silent, 'cpuUs')).toBeUndefined();
  expect(medianOf(silent, 'syncs')).toBeUndefined();
  expect(medianOf(silent, 'perSecond')).toBe(500);
  // Nor is a figure that only some of the rounds have.
  expect(figuresOf([busy, silent])['cpuUs']).toBeUndefined();
});

test('at rest there is nothing to divide by, and the rates remain', () => {
  const rest = { ...busy, operations: 0, perSecond: 0, latency: null };
  expect(medianOf(rest, 'perSecond')).toBeUndefined();
  expect(medianOf(rest, 'p50Ms')).toBeUndefined();
  expect(medianOf(rest, 'cpuUs')).toBeUndefined();
  expect(medianOf(rest, 'nodesCores')).toBe(2);
  expect(medianOf(rest, 'framesOutPerSecond')).toBe(1_000);
});
