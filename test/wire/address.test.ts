/** What a configuration may name as an address can be dialed, or it is no configuration. */
import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../src/node/address.ts';
import { isAddress } from '../../src/wire/address.ts';

describe('an address', () => {
  test.each([
    '127.0.0.1:4701',
    '0.0.0.0:1',
    '255.255.255.255:65535',
    'localhost:80',
    'node-1.example:443',
    '1st.example:80',
    'a:1',
    '[::1]:80',
    '[::]:80',
    '[2001:db8::7]:4701',
    '[::ffff:10.0.0.1]:80',
    '[1:2:3:4:5:6:7:8]:80',
  ])('is %s', (text) => {
    expect(isAddress(text)).toBe(true);
  });

  test.each([
    '',
    'localhost',
    'localhost:0',
    'localhost:65536',
    'localhost:080',
    ':80',
    '1.2.3.999:80',
    '1.2.3:80',
    '1.2.3.4.5:80',
    '01.2.3.4:80',
    'a.1:80',
    'host.0x1f:80',
    'a..b:80',
    '-a.example:80',
    'a-.example:80',
    'a_b:80',
    'host.:80',
    '[::::]:80',
    '[1::2::3]:80',
    '[1:2:3:4:5:6:7]:80',
    '[1:2:3:4:5:6:7:8:9]:80',
    '[12345::]:80',
    '[::1.2.3.256]:80',
    '[1.2.3.4::]:80',
    '[::1]80',
    ' localhost:80',
    'localhost:80\n',
    'user@host:80',
    `${'a'.repeat(254)}:80`,
  ])('is not %j', (text) => {
    expect(isAddress(text)).toBe(false);
  });

  const piece = fc.constantFrom(
    'a',
    '1',
    '255',
    '256',
    '0',
    'x0',
    '0x1',
    'ff',
    'xn',
    '-',
    '.',
    ':',
    '::',
  );
  const parts = fc.array(piece, { maxLength: 12 }).map((list) => list.join(''));

  test('can be dialed', () => {
    const texts = fc.oneof(
      parts,
      parts.map((host) => `[${host}]`),
    );
    fc.assert(
      fc.property(texts, (host) => {
        const text = `${host}:80`;
        // Whether a name in Punycode is one, only those who resolve it know: who dials it says so.
        if (!isAddress(text) || /xn--/iu.test(text)) return;
        expect(parseAddress(text)).not.toBeNull();
        expect(URL.canParse(`ws://${text}/`)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  test('in brackets is what the system takes for IPv6', () => {
    fc.assert(
      fc.property(fc.oneof(parts, fc.ipV6()), (host) => {
        expect(isAddress(`[${host}]:80`)).toBe(isIPv6(host));
      }),
      { numRuns: 5_000 },
    );
  });
});
