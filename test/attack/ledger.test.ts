import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromUtf8 } from '../../src/base/bytes.ts';
import { keyOf, ownerOf, PREFIX, valueOf } from '../../scripts/attack/load/ledger.ts';

const client = fc.stringMatching(/^[a-z0-9]{1,12}$/u);
const number = fc.integer({ min: 0, max: 999_999_999 });

test('a key tells whose record it names, and which', () => {
  fc.assert(
    fc.property(client, number, (name, at) => {
      const key = keyOf(name, at);
      expect(key.startsWith(PREFIX)).toBe(true);
      expect(ownerOf(key)).toEqual({ client: name, number: at });
    }),
  );
});

test.each(['lab/', 'lab/load1', 'lab/load1/12', 'lab/Load1/000000012', 'lab/a/000000012/x', 'x'])(
  '%s is no key of the load',
  (key) => {
    expect(ownerOf(key)).toBeNull();
  },
);

test('every record differs, and has one size', () => {
  fc.assert(
    fc.property(client, number, client, number, (a, m, b, n) => {
      const [one, other] = [fromUtf8(valueOf(a, m)), fromUtf8(valueOf(b, n))];
      expect(one === other).toBe(a === b && m === n);
      expect(one).toHaveLength(other!.length);
    }),
  );
});
