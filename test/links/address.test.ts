import { describe, expect, it } from 'vitest';
import { formatAddress, neighbourhoodOf, originOf, parseAddress } from '../../src/node/address.ts';
import { dialDelayMs } from '../../src/node/dialer.ts';
import { limits } from '../../src/base/limits.ts';

describe('addresses', () => {
  it.each([
    ['127.0.0.1:7001', { host: '127.0.0.1', port: 7001 }],
    ['node-1.example:80', { host: 'node-1.example', port: 80 }],
    ['[::1]:0', { host: '::1', port: 0 }],
  ])('reads %s, and writes it again', (text, address) => {
    expect(parseAddress(text)).toEqual(address);
    expect(formatAddress(address)).toBe(text);
  });

  it.each([
    '',
    'host',
    'host:',
    ':80',
    'host:65536',
    '::1:80',
    '[zz]:1',
    'a b:1',
    'a/b:1',
    'u@h:1',
  ])('refuses %j', (text) => expect(parseAddress(text)).toBeNull());

  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::ffff:10.0.0.7', '10.0.0.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::9', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    [undefined, 'unknown'],
  ])('L2: %s counts as %s', (remote, origin) => expect(originOf(remote)).toBe(origin));

  it.each([
    ['10.1.2.3', '10.1.2.0/24'],
    ['::ffff:10.1.2.200', '10.1.2.0/24'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
    ['2001:db8::9', '2001:db8:0::/48'],
    [undefined, 'unknown'],
  ])('L2: %s has the neighbourhood %s', (remote, neighbourhood) =>
    expect(neighbourhoodOf(originOf(remote))).toBe(neighbourhood),
  );
});

describe('L2: delays of dialing', () => {
  it('double to the bound, and chance takes away no more than half', () => {
    for (let failures = 0; failures < 40; failures++) {
      const whole = Math.min(limits.dialDelayMinMs * 2 ** failures, limits.dialDelayMaxMs);
      expect(dialDelayMs(failures, 0)).toBe(whole / 2);
      expect(dialDelayMs(failures, 1)).toBe(whole);
    }
  });
});
