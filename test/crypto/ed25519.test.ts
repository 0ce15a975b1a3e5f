/** L3: one rule for signatures, whichever library helps. */
import * as noble from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, toHex } from '../../src/base/bytes.ts';
import { limits } from '../../src/base/limits.ts';
import { portableDigest } from '../../src/crypto/digest.ts';
import type { Ed25519, NativeEd25519 } from '../../src/crypto/ed25519.ts';
import { portableEd25519, withNative } from '../../src/crypto/ed25519.ts';
import { firstHand, RecheckBudget } from '../../src/crypto/recheck-budget.ts';
import { loadSodium, nativeDigest, nodeCryptoEd25519 } from '../../src/node/native-crypto.ts';
import { hex, item, testSecretKey } from '../fixtures-crypto.ts';
import { VECTORS } from './ed25519-vectors.ts';

const sodium = loadSodium();
const natives: readonly NativeEd25519[] =
  sodium === null ? [nodeCryptoEd25519()] : [sodium, nodeCryptoEd25519()];
const backends: readonly (readonly [string, Ed25519])[] = [
  ['portable', portableEd25519],
  ...natives.map((native) => [native.name, withNative(native)] as const),
];
const L = 2n ** 252n + 27742317777372353535851937790883648493n;

function addToS(signature: Uint8Array, value: bigint): Uint8Array {
  let s = value;
  for (let i = 0; i < 32; i++) s += BigInt(item([...signature], 32 + i)) << BigInt(8 * i);
  const result = Uint8Array.from(signature);
  for (let i = 0; i < 32; i++) result[32 + i] = Number((s >> BigInt(8 * i)) & 255n);
  return result;
}

/** Signatures of one message under one key that hold by ZIP-215 for any R = [r]B, a point of small order added or not. */
function anySignature() {
  const secretKey = testSecretKey(77);
  const publicKey = portableEd25519.publicKey(secretKey);
  const message = Uint8Array.of(1, 2, 3);
  const a = noble.utils.getExtendedPublicKey(secretKey).scalar;
  const withR = (R: noble.Point, r: bigint): Uint8Array => {
    const bytes = R.toBytes();
    const k = littleEndian(sha512(concatBytes(bytes, publicKey, message))) % L;
    return addToS(concatBytes(bytes, new Uint8Array(32)), (r + k * a) % L);
  };
  return { publicKey, message, withR };
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

it.skipIf(sodium === null)('L3: libsodium is installed here, so its decisions are tested', () => {
  expect(natives.map(({ name }) => name)).toEqual(['libsodium', 'node:crypto']);
});

describe.each(backends)('L3: %s', (_, ed25519) => {
  it.each(VECTORS.map((vector, number) => ({ number, ...vector })))(
    'decides edge case $number of "Taming the many EdDSAs": $valid',
    ({ message, publicKey, signature, valid }) => {
      expect(ed25519.verify(hex(signature), hex(message), hex(publicKey))).toBe(valid);
    },
  );

  it('agrees with the test vectors of RFC 8032, 7.1', () => {
    const secretKey = hex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb');
    const publicKey = ed25519.publicKey(secretKey);
    const signature = ed25519.sign(Uint8Array.of(0x72), secretKey);
    expect(toHex(publicKey)).toBe(
      '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    );
    expect(toHex(signature)).toBe(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da' +
        '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    );
    expect(ed25519.verify(signature, Uint8Array.of(0x72), publicKey)).toBe(true);
  });

  it('signs and verifies as noble does, and notices every changed bit', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(64 * 8 - 1),
        (secretKey, message, bit) => {
          const publicKey = ed25519.publicKey(secretKey);
          const signature = ed25519.sign(message, secretKey);
          expect(publicKey).toEqual(noble.getPublicKey(secretKey));
          expect(signature).toEqual(noble.sign(message, secretKey));
          expect(ed25519.verify(signature, message, publicKey)).toBe(true);
          const changed = Uint8Array.from(signature);
          changed[bit >> 3] = item([...signature], bit >> 3) ^ (1 << (bit & 7));
          expect(ed25519.verify(changed, message, publicKey)).toBe(false);
          expect(ed25519.verify(signature, concatBytes(message, Uint8Array.of(0)), publicKey)).toBe(
            false,
          );
        },
      ),
      { numRuns: 12 },
    );
  });

  it('demands S < L', () => {
    const secretKey = testSecretKey(1);
    const message = Uint8Array.of(1, 2, 3);
    const signature = ed25519.sign(message, secretKey);
    const publicKey = ed25519.publicKey(secretKey);
    expect(ed25519.verify(addToS(signature, L), message, publicKey)).toBe(false);
    expect(ed25519.verify(addToS(signature, 0n), message, publicKey)).toBe(true);
  });

  it('answers wrong lengths and what is no point with no, never with an exception', () => {
    const message = Uint8Array.of(1);
    const signature = ed25519.sign(message, testSecretKey(1));
    const publicKey = ed25519.publicKey(testSecretKey(1));
    const noPoint = hex(`02${'00'.repeat(31)}`);
    for (const [s, p] of [
      [signature.subarray(1), publicKey],
      [new Uint8Array(65), publicKey],
      [new Uint8Array(0), publicKey],
      [signature, publicKey.subarray(1)],
      [signature, new Uint8Array(33)],
      [signature, noPoint],
      [concatBytes(noPoint, signature.subarray(32)), publicKey],
    ] as const)
      expect(ed25519.verify(s, message, p)).toBe(false);
  });
});

describe('L3: noble decides', () => {
  it.each(VECTORS.map((vector, number) => ({ number, ...vector })))(
    'the pinned version says $zip215 of edge case $number by ZIP-215 alone',
    ({ message, publicKey, signature, zip215 }) => {
      const verdict = noble.verify(hex(signature), hex(message), hex(publicKey), { zip215: true });
      expect(verdict).toBe(zip215);
    },
  );

  it('whatever native libraries accept of canonical encodings, noble accepts', () => {
    for (const { message, publicKey, signature, valid } of VECTORS.slice(0, 8))
      for (const native of natives)
        if (native.verify(hex(signature), hex(message), hex(publicKey))) expect(valid).toBe(true);
  });

  it('a native yes is accepted at once; a native no is asked of noble', () => {
    const cofactored = item(VECTORS, 4);
    const verify = (native: boolean, signature: string): boolean =>
      withNative({ ...item(natives, 0), verify: () => native }).verify(
        hex(signature),
        hex(cofactored.message),
        hex(cofactored.publicKey),
      );
    expect(verify(false, cofactored.signature)).toBe(true);
    expect(verify(false, item(VECTORS, 3).signature)).toBe(false);
    // Only to see that noble is not asked: no real library accepts this one.
    expect(verify(true, item(VECTORS, 3).signature)).toBe(true);
  });

  it('at first hand all native libraries decide alike, also on an R that one of them takes', () => {
    // A client that signs with R = identity (S = k·a) is refused by libsodium and taken by OpenSSL: in a cluster of
    // both, whoever forwarded its requests lost the link to whoever did not take them.
    const { publicKey, message, withR } = anySignature();
    const { BASE, ZERO } = noble.Point;
    const torsion = noble.Point.fromHex(
      'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
    );
    const judged = (R: noble.Point, r: bigint) =>
      natives.map((native) =>
        withNative(native).verify(withR(R, r), message, publicKey, firstHand()),
      );
    const all = (verdict: boolean) => natives.map(() => verdict);
    expect(judged(BASE.multiply(5n), 5n)).toEqual(all(true));
    expect(judged(ZERO, 0n)).toEqual(all(false));
    expect(judged(BASE.multiply(5n).add(torsion), 5n)).toEqual(all(false));
    expect(judged(torsion, 0n)).toEqual(all(false));
    // L3's rule, for what others pass on, takes all of them.
    for (const [, ed25519] of backends)
      for (const odd of [withR(ZERO, 0n), withR(torsion, 0n)])
        expect(ed25519.verify(odd, message, publicKey)).toBe(true);
  });

  it('nothing native means noble', () => {
    expect(withNative(null)).toBe(portableEd25519);
  });
});

describe('L3: the budget of a peer', () => {
  const cofactored = item(VECTORS, 4);
  const args = [
    hex(cofactored.signature),
    hex(cofactored.message),
    hex(cofactored.publicKey),
  ] as const;
  const refusing = withNative({ ...item(natives, 0), verify: () => false });
  const accepting = withNative({ ...item(natives, 0), verify: () => true });

  it('makes a native no final once it is spent, and remembers that', () => {
    const budget = new RecheckBudget(2);
    expect(refusing.verify(...args, budget)).toBe(true);
    expect(refusing.verify(...args, budget)).toBe(true);
    expect(budget.overdrawn).toBe(false);
    expect(refusing.verify(...args, budget)).toBe(false);
    expect(budget.overdrawn).toBe(true);
    expect(refusing.verify(...args, new RecheckBudget(1))).toBe(true);
  });

  it('is not spent by a native yes nor by bytes that are no signature, which cost nothing', () => {
    const budget = new RecheckBudget(1);
    expect(accepting.verify(...args, budget)).toBe(true);
    expect(refusing.verify(new Uint8Array(3), args[1], args[2], budget)).toBe(false);
    expect(refusing.verify(...args, budget)).toBe(true);
    expect(refusing.verify(...args, budget)).toBe(false);
  });

  it('comes back with time alone, never above what it started with', () => {
    const budget = new RecheckBudget(4, 2).at(1_000);
    for (let i = 0; i < 4; i++) expect(refusing.verify(...args, budget)).toBe(true);
    for (let i = 0; i < 50; i++) expect(accepting.verify(...args, budget)).toBe(true);
    expect(refusing.verify(...args, budget.at(1_499))).toBe(false);
    expect(budget.overdrawn).toBe(true);
    expect(refusing.verify(...args, budget.at(1_500))).toBe(true);
    expect(budget.overdrawn).toBe(false);
    expect(refusing.verify(...args, budget.at(1_500))).toBe(false);
    budget.at(1_000_000);
    for (let i = 0; i < 4; i++) expect(budget.spend()).toBe(true);
    expect(budget.spend()).toBe(false);
  });

  it('is nothing where a clock stands still or goes back', () => {
    const budget = new RecheckBudget(1, 1_000).at(5_000);
    expect([budget.spend(), budget.at(5_000).spend(), budget.at(10).spend()]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('has room for what an honest peer may pass on in one message: two certificates with f strange signatures', () => {
    const budget = new RecheckBudget();
    const f = Math.floor((limits.votersMax - 1) / 3);
    for (let i = 0; i < 2 * f; i++) expect(budget.spend()).toBe(true);
  });

  it('is none for what an end says itself: every library accepts that of an honest one', () => {
    expect(refusing.verify(...args, firstHand())).toBe(false);
    expect(accepting.verify(...args, firstHand())).toBe(true);
  });
});

it('the native digest is SHA-256, as the portable one is', () => {
  expect(nativeDigest(new Uint8Array(0))).toBe(
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5_000 }), (bytes) => {
      expect(nativeDigest(bytes)).toBe(portableDigest(bytes));
    }),
  );
});
