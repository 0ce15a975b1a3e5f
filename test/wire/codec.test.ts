import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { peerMessages } from '../arbitrary-messages.ts';
import { codecs, mutated } from './codecs.ts';

const RUNS = 60;

describe.each(codecs)('one canonical form: $name', ({ sample, decode }) => {
  test('what is encoded decodes to the same value, and that to the same bytes', () => {
    fc.assert(
      fc.property(sample, ({ value, bytes }) => {
        expect(decode(bytes)).toEqual({ ok: true, value: { value, bytes } });
      }),
      { numRuns: RUNS },
    );
  });

  test('changed bytes are refused with a reason, or are the canonical form of something', () => {
    fc.assert(
      fc.property(mutated(sample), (bytes) => {
        const decoded = decode(bytes);
        if (decoded.ok) expect(decoded.value.bytes).toEqual(bytes);
        else expect(decoded.reason).toMatch(/^\S.{4,300}$/su);
      }),
      { numRuns: RUNS },
    );
  });

  test('every proper prefix is refused', () => {
    fc.assert(
      fc.property(sample, fc.nat(), ({ bytes }, cut) => {
        expect(decode(bytes.subarray(0, cut % bytes.length)).ok).toBe(false);
      }),
      { numRuns: RUNS },
    );
  });

  test('whatever follows is refused', () => {
    fc.assert(
      fc.property(sample, fc.uint8Array({ minLength: 1, maxLength: 9 }), ({ bytes }, more) => {
        expect(decode(Uint8Array.of(...bytes, ...more)).ok).toBe(false);
      }),
      { numRuns: RUNS },
    );
  });

  test('random bytes are refused with a reason', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const decoded = decode(bytes);
        expect(decoded.ok ? '' : decoded.reason).not.toBe('');
      }),
      { numRuns: RUNS },
    );
  });
});

test('the codecs cover every kind of message between peers', () => {
  const names = codecs.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(Object.keys(peerMessages)));
});
