import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { readLines } from '../../src/cli/input/lines.ts';
import { formatRecord, parseRecord } from '../../src/cli/input/record.ts';
import {
  collect,
  integerBetween,
  parseBytes,
  parseDuration,
  parseInt64,
} from '../../src/cli/input/values.ts';
import { COUNTER_MAX, COUNTER_MIN } from '../../src/machine/value.ts';
import { stream } from './fake-world.ts';

async function linesOf(chunks: AsyncIterable<Uint8Array>, bytesMax = 1000) {
  const lines: { number: number; text: string; endOffset: number }[] = [];
  for await (const line of readLines(chunks, { name: 'f', bytesMax }))
    lines.push({ ...line, text: Buffer.from(line.bytes).toString() });
  return lines.map(({ number, text, endOffset }) => ({ number, text, endOffset }));
}

describe('lines', () => {
  test('however the stream is cut, the lines are the same', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.stringMatching(/^[ab]{0,5}$/u), { minLength: 1, maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 30 }),
        async (texts, cuts) => {
          const whole = `${texts.join('\n')}\n`;
          const pieces: string[] = [];
          let at = 0;
          for (const cut of cuts) {
            pieces.push(whole.slice(at, at + cut));
            at += cut;
          }
          pieces.push(whole.slice(at));
          const lines = await linesOf(stream(...pieces));
          expect(lines.map((line) => line.text)).toEqual(texts);
          expect(lines.map((line) => line.number)).toEqual(texts.map((_, index) => index + 1));
          expect(lines.at(-1)?.endOffset).toBe(whole.length);
        },
      ),
    );
  });

  test('a last line without newline counts; CRLF is one line end', async () => {
    expect((await linesOf(stream('a\r\nb'))).map((line) => line.text)).toEqual(['a', 'b']);
    expect(await linesOf(stream(''))).toEqual([]);
  });

  test('a line above the bound is named before it fills the memory', async () => {
    await expect(linesOf(stream('ok\n', 'x'.repeat(8), 'x'.repeat(8)), 10)).rejects.toThrow(
      'f:2: the line is longer than 10 bytes',
    );
  });
});

const line = (value: unknown) => parseRecord(Buffer.from(JSON.stringify(value)));

const valueArbitrary = fc.oneof(fc.uint8Array(), fc.bigInt(COUNTER_MIN, COUNTER_MAX));

describe('records', () => {
  test('what export writes, import reads: any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), valueArbitrary, (key, value) => {
        const text = formatRecord({ key, value });
        expect(text.endsWith('\n') && !text.slice(0, -1).includes('\n')).toBe(true);
        expect(parseRecord(Buffer.from(text.slice(0, -1)))).toEqual({ key, value });
      }),
    );
  });

  test('a text record comes back byte for byte', () => {
    const text = '{"key":"debian/0ad","value":"{\\"version\\":\\"0.0.26-3\\"}"}';
    const record = parseRecord(Buffer.from(text));
    expect(typeof record === 'string' ? record : formatRecord(record)).toBe(`${text}\n`);
  });

  test.each([
    [{ key: 'a' }, 'has no "value"'],
    [{ value: 'a' }, 'has no "key"'],
    [{ key: '', value: 'a' }, 'has an empty "key"'],
    [{ key: 1, value: 'a' }, 'field "key" is not a string'],
    [{ key: 'a', keyHex: '00', value: 'a' }, 'gives the key twice'],
    [{ keyHex: '0', value: 'a' }, 'field "keyHex" is not hexadecimal'],
    [{ key: 'a', valueBase64: 'a' }, 'field "valueBase64" is not base64'],
    [{ key: 'a', value: 'b', ttl: 1 }, 'has an unknown field "ttl"'],
    [{ key: 'a', value: '\ud800' }, 'field "value" is not Unicode'],
    [{ key: 'a', value: 'b', counter: '1' }, 'gives the value twice'],
    [{ key: 'a', counter: '9223372036854775808' }, 'field "counter" is not a 64-bit number'],
    [{ key: 'a', counter: 1.5 }, 'field "counter" is not a 64-bit number'],
    [['a', 'b'], 'is not a JSON object'],
    [{ key: 'k'.repeat(limits.keyBytesMax + 1), value: '' }, '"key" has 4097 bytes'],
    [{ key: 'k', value: 'v'.repeat(limits.valueBytesMax + 1) }, '"value" has 1048577 bytes'],
  ])('%j is refused by name', (value, reason) => {
    expect(line(value)).toContain(reason);
  });

  test('bytes that are no JSON or no UTF-8 are refused, never thrown', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(typeof parseRecord(bytes)).toBe('string');
      }),
    );
    expect(parseRecord(Uint8Array.of(0xff))).toBe('is not UTF-8');
  });
});

describe('values', () => {
  test('durations', () => {
    expect(parseDuration('500ms')).toBe(500);
    expect(parseDuration('1.5s')).toBe(1500);
    expect(parseDuration('2')).toBe(2000);
    expect(parseDuration('2m')).toBe(120_000);
    for (const bad of ['', '5 s', '-1s', '0', '25h', 'soon'])
      expect(() => parseDuration(bad)).toThrow('duration');
  });

  test('integers: whole, within bounds', () => {
    expect(integerBetween(1, 64)('64')).toBe(64);
    for (const bad of ['0', '65', '1.5', '1e1', '', 'four'])
      expect(() => integerBetween(1, 64)(bad)).toThrow('between 1 and 64');
    expect(parseInt64('-9223372036854775808')).toBe(-(1n << 63n));
    expect(() => parseInt64('9223372036854775808')).toThrow('2^63');
  });

  test('lists: repeated, or behind commas', () => {
    expect(collect('c', collect('a,b', undefined))).toEqual(['a', 'b', 'c']);
  });

  test('bytes in each notation', () => {
    expect(parseBytes('ā', 'text')).toEqual(Uint8Array.of(0xc4, 0x81));
    expect(parseBytes('C481', 'hex')).toEqual(Uint8Array.of(0xc4, 0x81));
    expect(parseBytes('xIE=', 'base64')).toEqual(Uint8Array.of(0xc4, 0x81));
    expect(parseBytes('xIE', 'base64')).toContain('base64');
  });
});
