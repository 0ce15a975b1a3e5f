/** How often what came out: standing bars over an axis of values. */
import { histogram } from '../figures/statistics.mjs';
import { formatNumber, formatTick } from '../text/format.mjs';
import { linearTicks, makeScale } from './scale.mjs';
import { element, label } from './svg.mjs';

const WIDTH = 760;
const ROW = 150;
const LEFT = 64;
const RIGHT = WIDTH - 24;
const TOP = 26;
const BINS = 40;

/**
 * One histogram below the other, over one axis.
 *
 * @param {object} chart
 * @param {string} chart.title
 * @param {string} chart.xTitle
 * @param {readonly { name: string, color: number, values: readonly number[] }[]} chart.samples none empty
 * @returns {string} SVG
 */
export function histogramChart({ title, xTitle, samples }) {
  const ticks = linearTicks(Math.max(...samples.flatMap(({ values }) => values)), 8);
  const to = ticks.at(-1) ?? 1;
  const toX = makeScale({ type: 'linear', from: 0, to }, LEFT, RIGHT);
  const rows = samples.flatMap(({ name, color, values }, row) => {
    const counts = histogram(values, { to, bins: BINS });
    const bottom = TOP + (row + 1) * ROW - 22;
    const yTicks = linearTicks(Math.max(...counts), 3);
    const toY = makeScale(
      { type: 'linear', from: 0, to: yTicks.at(-1) ?? 1 },
      bottom,
      bottom - ROW + 54,
    );
    const width = (RIGHT - LEFT) / BINS;
    return [
      label(LEFT, bottom - ROW + 40, name, { class: 'group-name' }),
      ...yTicks.flatMap((tick) => [
        element('line', { class: 'grid', x1: LEFT, x2: RIGHT, y1: toY(tick), y2: toY(tick) }),
        label(LEFT - 10, toY(tick) + 4, formatTick(tick), { class: 'tick end' }),
      ]),
      ...counts.flatMap((count, at) =>
        count === 0
          ? []
          : [
              element(
                'rect',
                {
                  class: `bar series-${color}`,
                  x: LEFT + at * width + 1,
                  y: toY(count),
                  width: width - 2,
                  height: bottom - toY(count),
                  rx: 1.5,
                },
                element(
                  'title',
                  {},
                  `${count} between ${formatNumber((at * to) / BINS)} and ${formatNumber(((at + 1) * to) / BINS)}`,
                ),
              ),
            ],
      ),
      element('line', { class: 'axis', x1: LEFT, x2: RIGHT, y1: bottom, y2: bottom }),
    ];
  });
  const bottom = TOP + samples.length * ROW - 22;
  const height = bottom + 50;
  return element('svg', { viewBox: `0 0 ${WIDTH} ${height}`, role: 'img', 'aria-label': title }, [
    element('title', {}, title),
    ...rows,
    ...ticks.map((tick) =>
      label(toX(tick), bottom + 20, formatTick(tick), { class: 'tick middle' }),
    ),
    label(RIGHT, bottom + 42, xTitle, { class: 'axis-title end' }),
  ]).markup;
}
