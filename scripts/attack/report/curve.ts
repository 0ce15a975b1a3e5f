/** The throughput of an attack over time as a chart: before, while it lasts, after. */
import { median } from '../../../bench/figures/statistics.mjs';
import { lineChart } from '../../../bench/html/line-chart.mjs';
import { niceStep } from '../../../bench/html/scale.mjs';
import type { Series } from '../../../bench/html/line-chart.mjs';
import type { ProtocolName } from '../../../src/wire/protocol.ts';
import type { Result, RoundResult } from '../result/format.ts';
import { labelOf } from './words.ts';

/** A result under the name of what was attacked. */
export interface Told {
  readonly protocol: ProtocolName;
  readonly result: Result;
}

interface Point {
  readonly x: number;
  readonly y: number;
  readonly min: number;
  readonly max: number;
}

const COLORS: Readonly<Record<ProtocolName, number>> = { tangaroa: 0, raft: 1 };
/** More than these cannot be told apart, and are noise. */
const POINTS = 40;
const TICKS = 12;
const HEIGHT = 200;
/** The victim's share of its own throughput is below so much of everybody's: then it is one. */
const PICKED_ON = 0.7;

/** Null where no round was played, or nothing was acknowledged before. */
export function throughputChart(name: string, told: readonly Told[]): string | null {
  const series = told.flatMap((one) => seriesOf(one, told.length > 1));
  const first = told.find(({ result }) => result.rounds.length > 0)?.result.rounds;
  if (first === undefined || series.every(({ points }) => points.length === 0)) return null;
  const spans = spansOf(first);
  const ends = series.flatMap(({ points }) => points.map(({ x }) => x));
  return lineChart({
    title: `Throughput under ${name}`,
    x: {
      title: 'seconds since the attack began',
      ticks: ticksWithin(Math.min(...ends), Math.max(...ends)),
    },
    y: { title: 'throughput, % of before' },
    series: series.filter(({ points }) => points.length > 0),
    dots: false,
    spans,
    height: HEIGHT,
  });
}

function seriesOf({ protocol, result }: Told, isBeside: boolean): readonly Series[] {
  const { rounds } = result;
  const color = COLORS[protocol];
  const label = labelOf(protocol);
  const all = pointsOf(
    rounds.map((round) => ({ round, curve: round.curve })),
    medianBefore(rounds, 'all'),
  );
  if (!isPickedOn(rounds)) return [{ name: label, color, points: all }];
  const victim = pointsOf(
    rounds.map((round) => ({ round, curve: round.victimCurve })),
    medianBefore(rounds, 'victim'),
  );
  const whose = isBeside ? ` (${label})` : '';
  return [
    { name: isBeside ? label : 'everybody else', color, points: all },
    { name: `the client it picks on${whose}`, color, dashed: true, points: victim },
  ];
}

function medianBefore(rounds: readonly RoundResult[], who: 'all' | 'victim'): number {
  return rounds.length === 0 ? 0 : median(rounds.map(({ phases }) => phases.before[who].perSecond));
}

/** Whether the attack cost one client more than all others. */
function isPickedOn(rounds: readonly RoundResult[]): boolean {
  const shares = rounds.flatMap(({ phases: { before, during } }) => {
    const left = (who: 'all' | 'victim'): number =>
      during[who].perSecond / Math.max(before[who].perSecond, 1e-9);
    return left('all') === 0 ? [] : [left('victim') / left('all')];
  });
  return shares.length > 0 && median(shares) < PICKED_ON;
}

/** In percent of what was usual before; of several rounds the median, within the lowest and the highest. */
function pointsOf(
  curves: readonly { readonly round: RoundResult; readonly curve: readonly number[] }[],
  usual: number,
): readonly Point[] {
  const length = Math.min(...curves.map(({ curve }) => curve.length));
  const [first] = curves;
  if (first === undefined || length === 0 || usual <= 0) return [];
  const bins = Math.ceil(length / POINTS);
  const stepS = (bins * first.round.stepMs) / 1_000;
  const beganS = median(curves.map(({ round }) => round.phases.before.seconds));
  return Array.from({ length: Math.floor(length / bins) }, (_, at) => {
    const values = curves.map(({ curve }) => {
      const within = curve.slice(at * bins, (at + 1) * bins);
      return (100 * within.reduce((sum, value) => sum + value, 0)) / bins / usual;
    });
    const x = (at + 0.5) * stepS - beganS;
    return { x, y: median(values), min: Math.min(...values), max: Math.max(...values) };
  });
}

function spansOf(rounds: readonly RoundResult[]) {
  const lasted = (phase: 'before' | 'during' | 'after'): number =>
    median(rounds.map(({ phases }) => phases[phase].seconds));
  const during = lasted('during');
  return [
    { name: 'before', from: -lasted('before'), to: 0, shaded: false },
    { name: 'attacked', from: 0, to: during, shaded: true },
    { name: 'after', from: during, to: during + lasted('after'), shaded: false },
  ];
}

/** Round numbers from at most `from` to at least `to`, through 0. */
function ticksWithin(from: number, to: number): readonly number[] {
  const step = niceStep(Math.max(to - from, 1e-3) / TICKS);
  const [first, last] = [Math.floor(from / step), Math.ceil(to / step)];
  return Array.from({ length: last - first + 1 }, (_, at) =>
    Number(((first + at) * step).toPrecision(6)),
  );
}
