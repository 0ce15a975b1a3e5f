import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromBase64, toBase64 } from '../../src/base/base64.ts';

test('base64 is what everybody else writes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const text = toBase64(bytes);
      expect(text).toBe(Buffer.from(bytes).toString('base64'));
      expect(fromBase64(text)).toEqual(bytes);
    }),
  );
});

test('one text stands for bytes: whatever else decodes to them is none', () => {
  const texts = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.string({ unit: fc.constantFrom(...'ABab09+/='), maxLength: 12 }),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const bytes = fromBase64(text);
      const isCanonical = Buffer.from(text, 'base64').toString('base64') === text;
      expect(bytes !== null).toBe(isCanonical);
      if (bytes !== null) expect(toBase64(bytes)).toBe(text);
    }),
    { numRuns: 2_000 },
  );
});
