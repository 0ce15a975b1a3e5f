/** A result as a page and as text: everything that was measured is there, and nothing that could run. */
import { describe, expect, test } from 'vitest';
import { figuresOf } from '../../bench/figures/figures.mjs';
import { summarizeLatency } from '../../bench/figures/statistics.mjs';
import { htmlPage } from '../../bench/html/page.mjs';
import { REPORTS, reportNamed } from '../../bench/reports/index.mjs';
import { bundleText } from '../../bench/reports/ratios.mjs';
import { FORMAT, makeResult } from '../../bench/run/result.mjs';
import type { MeasuredRow, Result } from '../../bench/run/result.mjs';
import { comparisonSection, terminalText } from '../../bench/text/terminal.mjs';
import { AT_REST, closed, open } from '../../bench/workloads.mjs';

const HOSTILE = '<img src=x onerror=alert(1)>';

function measurement(factor: number): MeasuredRow['rounds'][number] {
  const one = {
    ...{ leads: false, cpuUs: 1e6, writtenBytes: 4096, diskBytes: 2048, rssBytes: 2 ** 27 },
    ...{ peakBytes: 2 ** 27, loopDelayMs: 5 },
  };
  return {
    ...{ seconds: 5, operations: 5_000, perSecond: 1_000 * factor, failed: 0, failure: null },
    ...{ open: null, terms: 0, othersCores: 0.01, stealCores: 0 },
    latency: summarizeLatency([1, 2, 3, 40].map((ms) => ms * factor)),
    processes: [
      { ...one, name: 'node1', role: 'node', leads: true, counters: { syncs: 100, framesOut: 10 } },
      { ...one, name: 'node2', role: 'node', counters: { syncs: 100, framesOut: 10 } },
      { ...one, name: 'load', role: 'load', counters: null, loopDelayMs: null },
    ],
  };
}

function rowOf(id: string, label: string, workload: MeasuredRow['workload']): MeasuredRow {
  const rounds = [measurement(1), measurement(1.5), measurement(2)];
  const subject = { id, label, nodes: Number(id.split(':')[1]) };
  return { id: `${id} ${workload.id}`, subject, workload, rounds, figures: figuresOf(rounds) };
}

function resultOf(report: string): Result {
  const closedLoads = [closed('put', 1, 200), closed('put', 64, 200)];
  const loads = [AT_REST, ...closedLoads, open(500, 200), open(900, 200)];
  const rows = ['raft:3', 'tangaroa:4'].flatMap((id) =>
    (report === 'workloads' ? loads : closedLoads).map((load) =>
      rowOf(id, `${id} ${HOSTILE}`, load),
    ),
  );
  const kills = [800, 900, 1_000].map((outageMs) => ({ node: 'n', outageMs, catchUpMs: 100 }));
  const subject = { id: 'tangaroa:4', label: HOSTILE, nodes: 4 };
  return makeResult(
    {
      rows: report === 'failover' ? [] : rows,
      outages: report === 'failover' ? [{ subject, kills }] : [],
      failures: [{ where: 'row', round: 2, message: HOSTILE }],
      yardsticks: null,
      notes: [HOSTILE],
    },
    {
      ...{ report, loadAtEnd: 0.5, ended: '2020-01-01T00:00:00Z', isLate: false },
      pace: { rounds: 3, seconds: 5, warmUpSeconds: 1 },
      machine: {
        ...{ cpu: HOSTILE, cores: 2, memoryGib: 8, system: 'linux x64', node: '20.19.0' },
        ...{ commit: 'abc', date: '2020-01-01T00:00:00Z', loadAtStart: 0.1 },
      },
    },
  );
}

const told = (result: Result) => {
  const report = reportNamed(result.report);
  return {
    title: report.title,
    lead: report.lead(result),
    sections: report.sections(result),
  };
};

describe.each(REPORTS.map(({ name }) => name))('%s', (name) => {
  const result = resultOf(name);

  test('as a page, with every plot', () => {
    const page = htmlPage(told(result), result);
    expect(page).not.toContain('<img');
    expect(page).not.toMatch(/<script|https?:|url\(|@import/u);
    expect(page).not.toMatch(/NaN|undefined|Infinity/u);
    const plots = told(result).sections.filter(({ plot }) => plot !== undefined);
    expect(plots.length).toBeGreaterThan(0);
    expect(page.match(/<svg /gu)).toHaveLength(plots.length);
  });

  test('as text, with what failed', () => {
    const text = terminalText(told(result), result);
    expect(text).toContain('FAILED in round 2: row');
    expect(text).not.toMatch(/NaN|undefined|Infinity/u);
    const figure = name === 'failover' ? '1,000' : '1,500';
    expect(text).toContain(figure);
  });

  test('without anything measured', () => {
    const empty = { ...result, rows: [], outages: [] };
    expect(htmlPage(told(empty), empty)).toContain('<h1>');
    expect(terminalText(told(empty), empty)).toContain('FAILED');
  });
});

test('one machine that was busy, one load generator at its end, other work: said before the figures', () => {
  const result = resultOf('overhead');
  const busy = { ...result.machine, loadAtStart: 3 };
  const run = { ...result, machine: busy, isLate: true };
  expect(makeResult(result, run).notes).toEqual([
    expect.stringContaining('was busy before the run'),
    expect.stringContaining('--minutes'),
    HOSTILE,
  ]);
  expect(result.format).toBe(FORMAT);
});

test('beside an earlier run of half the speed every rate is better, and beyond the spread', () => {
  const result = resultOf('overhead');
  const slower = result.rows.map((row) => ({
    ...row,
    figures: { ...row.figures, perSecond: { median: 500, min: 400, max: 600 } },
  }));
  const { table } = comparisonSection({ ...result, rows: slower }, result);
  const rates = (table?.rows ?? []).filter((row) => row[1] === 'ops/s');
  expect(rates).toHaveLength(result.rows.length);
  for (const row of rates) expect(row.slice(6)).toEqual(['× 3.00', 'better']);
  const others = (table?.rows ?? []).filter((row) => row[1] !== 'ops/s');
  for (const row of others) expect(row.at(-1)).toBe('');
});

test('how many puts may share a signature is told', () => {
  const row = (inFlight: number, clients: number) =>
    rowOf('tangaroa:4', '', { ...closed('put', inFlight, 200), clients });
  expect(bundleText([row(1, 1), row(256, 1), row(1_000, 4)])).toMatch(/^Up to 256 puts/u);
  expect(bundleText([row(64, 64)])).toBe('Every put in flight has a client of its own.');
});
