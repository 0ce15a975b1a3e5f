/** G4: which keys may enter a configuration. */
import { Point } from '@noble/ed25519';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { portableEd25519 } from '../../src/crypto/ed25519.ts';
import { checkConfigurationKeys, checkPublicKey, isCanonicalPoint } from '../../src/crypto/key.ts';
import { hex, item, makeTestCluster, testSecretKey } from '../fixtures-crypto.ts';

const reasonOf = (text: string): string => {
  const check = checkPublicKey(hex(text));
  return check.ok ? '' : check.reason;
};
/** All encodings of the eight points of small order (the paper's table 6): canonical, then not. */
const SMALL = [
  `01${'00'.repeat(31)}`,
  `ec${'ff'.repeat(30)}7f`,
  '00'.repeat(32),
  `${'00'.repeat(31)}80`,
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
] as const;
const NOT_CANONICAL = [
  `01${'00'.repeat(30)}80`,
  `ec${'ff'.repeat(31)}`,
  `ed${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(31)}`,
  `ee${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(31)}`,
  `ff${'ff'.repeat(30)}7f`,
] as const;

describe('G4: a key', () => {
  it('that a secret key makes is taken', () => {
    for (let seed = 0; seed < 5; seed++)
      expect(checkPublicKey(portableEd25519.publicKey(testSecretKey(seed)))).toEqual({ ok: true });
  });

  it('is not the identity', () => {
    expect(reasonOf(SMALL[0])).toMatch(/identity/u);
  });

  it.each(SMALL.slice(1))('is not of small order: %s', (text) => {
    expect(reasonOf(text)).toMatch(/torsion/u);
  });

  it('has no torsion component', () => {
    const key = Point.fromBytes(portableEd25519.publicKey(testSecretKey(1)));
    for (const small of SMALL.slice(1)) {
      const mixed = key.add(Point.fromHex(small, true)).toBytes();
      expect(checkPublicKey(mixed)).toEqual({ ok: false, reason: 'is not torsion-free' });
    }
  });

  it.each(NOT_CANONICAL)('is canonically encoded: %s', (text) => {
    expect(reasonOf(text)).toMatch(/canonical/u);
  });

  it('lies on the curve and has 32 bytes', () => {
    expect(reasonOf(`02${'00'.repeat(31)}`)).toMatch(/no point/u);
    expect(reasonOf('00'.repeat(31))).toMatch(/31 bytes/u);
    expect(reasonOf('00'.repeat(33))).toMatch(/33 bytes/u);
  });

  it('of every member and client is checked, and named', () => {
    const { configuration } = makeTestCluster(4, { ed25519: portableEd25519 });
    expect(checkConfigurationKeys(configuration)).toEqual({ ok: true });
    const bad = hex(SMALL[1]);
    const members = configuration.members.map((member, i) =>
      i === 2 ? { ...member, publicKey: bad } : member,
    );
    expect(checkConfigurationKeys({ ...configuration, members })).toEqual({
      ok: false,
      reason: 'the key of node n02 is not torsion-free',
    });
    const clients = configuration.clients.map((client) => ({ ...client, publicKey: bad }));
    expect(checkConfigurationKeys({ ...configuration, clients })).toMatchObject({ ok: false });
  });
});

describe('L3: canonical encodings', () => {
  it('are those that noble encodes again as they were', () => {
    const nearP = fc
      .tuple(fc.nat(255), fc.boolean())
      .map(([low, sign]) =>
        hex(`${low.toString(16).padStart(2, '0')}${'ff'.repeat(30)}${sign ? 'ff' : '7f'}`),
      );
    const near0 = fc
      .tuple(fc.nat(255), fc.boolean())
      .map(([low, sign]) =>
        hex(`${low.toString(16).padStart(2, '0')}${'00'.repeat(30)}${sign ? '80' : '00'}`),
      );
    const random = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(fc.oneof(nearP, near0, random), (bytes) => {
        let point: Point;
        try {
          point = Point.fromBytes(bytes, true);
        } catch {
          return;
        }
        expect(isCanonicalPoint(bytes)).toBe(bytes.every((byte, i) => byte === point.toBytes()[i]));
      }),
      { numRuns: 300 },
    );
  });

  it('are judged by all bytes: one bit below the limit is far from it', () => {
    for (const limit of [
      `ff${'ff'.repeat(30)}7f`,
      `ed${'ff'.repeat(31)}`,
      `01${'00'.repeat(30)}80`,
    ]) {
      expect(isCanonicalPoint(hex(limit))).toBe(false);
      for (let i = 1; i < 31; i++) {
        const bytes = hex(limit);
        bytes[i] = item([...bytes], i) ^ 1;
        expect(isCanonicalPoint(bytes)).toBe(true);
      }
    }
  });

  it('leave out none of the canonical ones of small order and take none of the others', () => {
    expect(SMALL.map((text) => isCanonicalPoint(hex(text)))).toEqual(SMALL.map(() => true));
    expect(NOT_CANONICAL.map((text) => isCanonicalPoint(hex(text)))).toEqual(
      NOT_CANONICAL.map(() => false),
    );
  });
});
