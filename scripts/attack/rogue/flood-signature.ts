/**
 * Signatures that native libraries refuse and noble accepts (L3): a point of small order is added to R, which only the
 * cofactored equation forgives. Cheap for who makes them, and dear for who has to ask noble.
 */
import { createHash } from 'node:crypto';
import { Point } from '@noble/ed25519';
import { concatBytes, fromHex } from '../../../src/base/bytes.ts';
import { assert } from '../../../src/base/assert.ts';
import type { Pen } from './link-proof.ts';

const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
/** A point of order 8 ("Taming the many EdDSAs", table 6). */
const SMALL = '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05';

/** One R for all messages: it gives the key away, which the attacker does not mind. */
export function cofactoredPen(secretKey: Uint8Array): Pen {
  const expanded = sha512(secretKey);
  const clamped = Uint8Array.from(expanded.subarray(0, 32));
  clamped[0] = (clamped[0] as number) & 248;
  clamped[31] = ((clamped[31] as number) & 63) | 64;
  const scalar = littleEndian(clamped) % ORDER;
  const nonce = littleEndian(expanded.subarray(32)) % ORDER;
  const small = fromHex(SMALL);
  assert(small !== null, 'the point is written in hexadecimal');
  const r = Point.BASE.multiply(nonce).add(Point.fromBytes(small)).toBytes();
  const publicKey = Point.BASE.multiply(scalar).toBytes();
  return (message) => {
    const k = littleEndian(sha512(concatBytes(r, publicKey, message))) % ORDER;
    return concatBytes(r, bytesOf((nonce + k * scalar) % ORDER));
  };
}

function sha512(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha512').update(bytes).digest());
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}

function bytesOf(value: bigint): Uint8Array {
  return new Uint8Array(Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse());
}
