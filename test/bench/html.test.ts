import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { barChart } from '../../bench/html/bar-chart.mjs';
import { histogramChart } from '../../bench/html/histogram-chart.mjs';
import { lineChart } from '../../bench/html/line-chart.mjs';
import { linearTicks, logTicks, makeScale, niceStep } from '../../bench/html/scale.mjs';
import { element, escapeText } from '../../bench/html/svg.mjs';

describe('text', () => {
  test('is escaped in contents and attributes', () => {
    expect(escapeText(`<a href="x">'&`)).toBe('&lt;a href=&quot;x&quot;&gt;&#39;&amp;');
    const { markup } = element('p', { title: '"><script>' }, ['<b>', element('i', {}, '&')]);
    expect(markup).toBe('<p title="&quot;&gt;&lt;script&gt;">&lt;b&gt;<i>&amp;</i></p>');
  });

  test('no text gets an element into a chart', () => {
    const name = '<script>alert(1)</script>';
    const bar = { name, segments: [{ name, color: 0, value: 1 }], note: name };
    const charts = [
      barChart({ title: name, unit: name, groups: [{ name, bars: [bar] }] }),
      lineChart({
        title: name,
        x: { title: name },
        y: { title: name },
        series: [0, 1].map((color) => ({ name, color, points: [{ x: 1, y: 1 }] })),
      }),
      histogramChart({ title: name, xTitle: name, samples: [{ name, color: 0, values: [1] }] }),
    ];
    for (const chart of charts) expect(chart).not.toContain('<script');
  });
});

describe('scales', () => {
  test('ends are places, and a logarithmic middle is the geometric one', () => {
    const linear = makeScale({ type: 'linear', from: 0, to: 10 }, 100, 0);
    expect([0, 5, 10].map(linear)).toEqual([100, 50, 0]);
    const log = makeScale({ type: 'log', from: 1, to: 100 }, 0, 200);
    expect(log(10)).toBeCloseTo(100);
  });

  test('an axis without length, or a logarithm of nothing, is refused', () => {
    expect(() => makeScale({ type: 'linear', from: 1, to: 1 }, 0, 1)).toThrow(RangeError);
    expect(() => makeScale({ type: 'log', from: 0, to: 1 }, 0, 1)).toThrow(RangeError);
  });

  test('ticks are round numbers', () => {
    expect(linearTicks(12_345)).toEqual([0, 2_500, 5_000, 7_500, 10_000, 12_500]);
    expect(linearTicks(10)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(linearTicks(0.3, 3)).toEqual([0, 0.1, 0.2, 0.3]);
    expect(linearTicks(0).length).toBeGreaterThan(1);
    expect(logTicks(3, 70)).toEqual([2, 5, 10, 20, 50, 100]);
    expect(logTicks(1, 50_000)).toEqual([1, 10, 100, 1_000, 10_000, 100_000]);
    expect(logTicks(1, 1)).toEqual([1, 10]);
    expect(niceStep(0.03)).toBeCloseTo(0.05);
  });

  test('whatever is drawn lies within the ticks', () => {
    const positive = fc.double({ min: 1e-3, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(positive, positive, (a, b) => {
        const [min, max] = [Math.min(a, b), Math.max(a, b)];
        const log = logTicks(min, max);
        expect(log[0]).toBeLessThanOrEqual(min * (1 + 1e-6));
        expect(log.at(-1)).toBeGreaterThanOrEqual(max * (1 - 1e-6));
        expect(log.length).toBeGreaterThan(1);
        const linear = linearTicks(max);
        expect(linear.at(-1)).toBeGreaterThanOrEqual(max * (1 - 1e-6));
        expect(linear.length).toBeLessThan(12);
      }),
    );
  });
});
