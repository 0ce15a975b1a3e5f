import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { showBytes, toJson } from '../../src/cli/output/encode.ts';
import { age, counted, grouped, perSecond } from '../../src/cli/output/numbers.ts';
import { Progress, progressLine } from '../../src/cli/output/progress.ts';
import { plain, styleFor, visibleLength } from '../../src/cli/output/style.ts';
import { formatTable } from '../../src/cli/output/table.ts';
import { fakeSink } from './fake-world.ts';

describe('tables', () => {
  test('columns are as wide as their widest cell, colours not counted, no space at the end', () => {
    const table = formatTable(
      [{ title: 'node' }, { title: 'index', align: 'right' }, { title: 'digest' }],
      [
        ['\u001b[31mn1\u001b[39m', '7', 'abc'],
        ['node-22', '63,666', ''],
      ],
      plain,
    );
    expect(table).toBe(
      'node      index  digest\n\u001b[31mn1\u001b[39m            7  abc\nnode-22  63,666\n',
    );
  });
});

describe('style', () => {
  test('colours only on a terminal, never with NO_COLOR or TERM=dumb', () => {
    const terminal = fakeSink({ isTerminal: true });
    const red = styleFor(terminal, {})('bad', 'x');
    expect(red).toBe('\u001b[31mx\u001b[39m');
    expect(visibleLength(red)).toBe(1);
    expect(styleFor(terminal, { NO_COLOR: '1' })('bad', 'x')).toBe('x');
    expect(styleFor(terminal, { NO_COLOR: '' })('bad', 'x')).toBe(red);
    expect(styleFor(terminal, { TERM: 'dumb' })('bad', 'x')).toBe('x');
    expect(styleFor(fakeSink(), {})('bad', 'x')).toBe('x');
  });
});

describe('numbers', () => {
  test('groups of three, in any size and sign', () => {
    expect(grouped(0)).toBe('0');
    expect(grouped(63666)).toBe('63,666');
    expect(grouped(-1234567n)).toBe('-1,234,567');
    expect(grouped(-123)).toBe('-123');
    expect(counted(1, 'record')).toBe('1 record');
    expect(counted(1000, 'record')).toBe('1,000 records');
    expect(perSecond(5, 0)).toBe(0);
    expect(age(349.6)).toBe('350 ms');
    expect(age(61_000)).toBe('1 min');
  });
});

describe('bytes', () => {
  test('text shows control characters and what is not UTF-8 as escapes', () => {
    expect(showBytes(Buffer.from('tāne\n\u0007'), 'text')).toBe('tāne\\n\\u0007');
    expect(showBytes(Uint8Array.of(0x61, 0xff, 0x00), 'text')).toBe('a\\xff\\x00');
    expect(showBytes(Uint8Array.of(0x61, 0xff), 'hex')).toBe('61ff');
    expect(showBytes(Uint8Array.of(0x61, 0xff), 'base64')).toBe('Yf8=');
  });

  test('JSON holds 64-bit numbers as strings, exactly', () => {
    fc.assert(
      fc.property(fc.bigInt(-(1n << 63n), (1n << 64n) - 1n), (value) => {
        const parsed = JSON.parse(toJson({ value })) as { value: string };
        expect(BigInt(parsed.value)).toBe(value);
      }),
    );
  });
});

describe('progress', () => {
  test('says nothing where nobody looks', async () => {
    const sink = fakeSink();
    const progress = new Progress({ sink, nowMs: () => 0 });
    await progress.update({ done: 1, noun: 'records', share: 0.5 });
    await progress.clear();
    expect(sink.text()).toBe('');
  });

  test('draws at most ten times a second on a terminal and leaves it clean', async () => {
    const sink = fakeSink({ isTerminal: true });
    let nowMs = 0;
    const progress = new Progress({ sink, nowMs: () => nowMs });
    await progress.update({ done: 1, noun: 'records', share: null });
    nowMs = 99;
    await progress.update({ done: 2, noun: 'records', share: null });
    nowMs = 1000;
    await progress.update({ done: 3, noun: 'records', share: 0.5 });
    await progress.clear();
    expect(sink.text().match(/records/gu)).toHaveLength(2);
    expect(sink.text()).toContain(' 50 %  3 records  3/s  1.0 s');
    expect(sink.text().endsWith('\r\u001b[2K')).toBe(true);
  });

  test('a line never wraps', () => {
    expect(progressLine({ done: 10, noun: 'records', share: 0.3 }, 10, 20)).toHaveLength(19);
  });
});
