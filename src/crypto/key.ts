/** Which keys may enter a configuration (G4), and which encodings of points count (L3). */
import { Point } from '@noble/ed25519';
import type { Configuration } from '../consensus/model/configuration.ts';
import type { PublicKey } from '../consensus/model/ids.ts';

export type KeyCheck = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/**
 * Whether 32 bytes are the one encoding of their point (RFC 8032, 5.1.3), if they encode one at all: y < p, and no
 * sign bit where x is 0, that is, where y is 1 or -1.
 */
export function isCanonicalPoint(bytes: Uint8Array): boolean {
  const top = bytes[31] as number;
  const negative = (top & 0x80) !== 0;
  if ((top & 0x7f) === 0x7f && allBytes(bytes, 1, 31, 0xff)) {
    // y = 2^255 - 256 + bytes[0], and p = 2^255 - 19: 0xed is p itself, 0xec is -1.
    const low = bytes[0] as number;
    return low < 0xec || (low === 0xec && !negative);
  }
  return !(negative && top === 0x80 && bytes[0] === 1 && allBytes(bytes, 1, 31, 0));
}

function allBytes(bytes: Uint8Array, from: number, to: number, value: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== value) return false;
  return true;
}

/** G4: canonical, on the curve, torsion-free and not the identity. About a millisecond. */
export function checkPublicKey(bytes: PublicKey): KeyCheck {
  if (bytes.length !== 32) return { ok: false, reason: `has ${bytes.length} bytes instead of 32` };
  if (!isCanonicalPoint(bytes)) return { ok: false, reason: 'is not the canonical encoding' };
  const point = decodePoint(bytes);
  if (point === null) return { ok: false, reason: 'is no point of the curve' };
  if (point.is0()) return { ok: false, reason: 'is the identity' };
  if (!point.isTorsionFree()) return { ok: false, reason: 'is not torsion-free' };
  return { ok: true };
}

function decodePoint(bytes: PublicKey): Point | null {
  try {
    return Point.fromBytes(bytes);
  } catch {
    // The only thing left that noble refuses in 32 canonical bytes: y belongs to no point.
    return null;
  }
}

/** G4 for every key of a configuration; the reason names the member or the client. */
export function checkConfigurationKeys(configuration: Configuration): KeyCheck {
  for (const { id, publicKey } of configuration.members) {
    const check = checkPublicKey(publicKey);
    if (!check.ok) return { ok: false, reason: `the key of node ${id} ${check.reason}` };
  }
  for (const { name, publicKey } of configuration.clients) {
    const check = checkPublicKey(publicKey);
    if (!check.ok) return { ok: false, reason: `the key of client ${name} ${check.reason}` };
  }
  return { ok: true };
}
