/** What the load's operations say of a stretch of time. Times are `performance.now()` of the load's process. */
import { percentile } from '../../../bench/figures/statistics.mjs';
import type { LoadClient } from './client.ts';

/** What is looked at of a client. */
type Operations = Pick<LoadClient, 'done' | 'failedAtMs' | 'liedToAtMs'>;

export const BIN_MS = 100;

/** Of a round, one after the other. */
export const PHASES = ['before', 'during', 'after'] as const;
export type Phase = (typeof PHASES)[number];

/** From one moment to another. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Of all clients together, or of one. */
export interface PhaseFigures {
  readonly acknowledged: number;
  readonly perSecond: number;
  /** Milliseconds; null where nothing was acknowledged. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly failed: number;
  /** Reads that were believed and were not true. */
  readonly lies: number;
  /** The longest time in which nothing was acknowledged. */
  readonly gapMs: number;
}

export function figuresOf(clients: readonly Operations[], stretch: Stretch): PhaseFigures {
  const { fromMs, toMs } = stretch;
  const isWithin = (atMs: number): boolean => atMs >= fromMs && atMs < toMs;
  const done = clients.flatMap((client) => client.done.filter(({ atMs }) => isWithin(atMs)));
  const tookMs = Float64Array.from(done, (one) => one.tookMs).sort();
  const count = (of: (client: Operations) => readonly number[]): number =>
    clients.reduce((sum, client) => sum + of(client).filter(isWithin).length, 0);
  return {
    acknowledged: done.length,
    perSecond: (1_000 * done.length) / (toMs - fromMs),
    p50Ms: done.length === 0 ? null : percentile(tookMs, 50),
    p99Ms: done.length === 0 ? null : percentile(tookMs, 99),
    failed: count((client) => client.failedAtMs),
    lies: count((client) => client.liedToAtMs),
    gapMs: longestGap(
      done.map(({ atMs }) => atMs),
      stretch,
    ),
  };
}

function longestGap(atMs: readonly number[], { fromMs, toMs }: Stretch): number {
  const ends = [...atMs].sort((a, b) => a - b);
  let last = fromMs;
  let longest = 0;
  for (const end of [...ends, toMs]) {
    longest = Math.max(longest, end - last);
    last = end;
  }
  return longest;
}

/** Acknowledged operations in each tenth of a second from `fromMs` on, as operations a second. */
export function curveOf(
  clients: readonly Operations[],
  fromMs: number,
  toMs: number,
): readonly number[] {
  const bins = Array.from({ length: Math.max(1, Math.floor((toMs - fromMs) / BIN_MS)) }, () => 0);
  for (const { done } of clients)
    for (const { atMs } of done) {
      const bin = Math.floor((atMs - fromMs) / BIN_MS);
      if (bin >= 0 && bin < bins.length) bins[bin] = (bins[bin] ?? 0) + 1_000 / BIN_MS;
    }
  return bins;
}
