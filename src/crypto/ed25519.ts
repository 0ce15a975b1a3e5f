/**
 * Ed25519 (RFC 8032) under one rule for all nodes (L3): a signature is valid if
 *
 * - R and the key are canonical encodings of points and S < L, and
 * - [8][S]B = [8]R + [8][k]A, the cofactored equation of ZIP-215, as `@noble/ed25519` 3.2.0 decides it.
 *
 * OpenSSL and libsodium check an equation without the cofactor, and libsodium refuses points of small order besides:
 * of what is canonically encoded they accept a subset, and here the same one. So a native yes holds, and a native no
 * is asked of noble.
 */
import * as noble from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';
import { assert } from '../base/assert.ts';
import type { PublicKey, Signature } from '../consensus/model/ids.ts';
import { isCanonicalPoint } from './key.ts';
import type { RecheckBudget } from './recheck-budget.ts';

// noble's synchronous functions ask for their hash here; every importer of this module gives the same one.
noble.hashes.sha512 = sha512;

export const SIGNATURE_BYTES = 64;
export const PUBLIC_KEY_BYTES = 32;
export const SECRET_KEY_BYTES = 32;

export interface Ed25519 {
  /**
   * Whether `signature` is one of `message` under L3's rule; false for wrong lengths, never an exception. Without a
   * `budget` every native no is asked of noble; with a spent one it is final, and `budget.overdrawn` says so.
   */
  verify(
    signature: Signature,
    message: Uint8Array,
    publicKey: PublicKey,
    budget?: RecheckBudget,
  ): boolean;
  /** `secretKey32` is RFC 8032's 32-byte seed; it must not change afterwards (native keys are kept beside it). */
  sign(message: Uint8Array, secretKey32: Uint8Array): Signature;
  publicKey(secretKey32: Uint8Array): PublicKey;
}

/** What a native library brings. Its `verify` may be stricter than L3's rule on canonical encodings, never laxer. */
export interface NativeEd25519 {
  readonly name: string;
  verify(signature: Signature, message: Uint8Array, publicKey: PublicKey): boolean;
  sign(message: Uint8Array, secretKey32: Uint8Array): Signature;
  publicKey(secretKey32: Uint8Array): PublicKey;
}

function isWellFormed(signature: Signature, publicKey: PublicKey): boolean {
  return (
    signature.length === SIGNATURE_BYTES &&
    publicKey.length === PUBLIC_KEY_BYTES &&
    isCanonicalPoint(signature.subarray(0, 32)) &&
    isCanonicalPoint(publicKey)
  );
}

/**
 * Whether R is the identity: of what is canonically encoded, under a key of prime order, the one thing on which native
 * libraries differ. OpenSSL takes it and libsodium does not; nodes of either must turn away the same at first hand.
 */
function hasIdentity(signature: Signature): boolean {
  return signature[0] === 1 && signature.subarray(1, 32).every((byte) => byte === 0);
}

/** noble's decision on encodings that are canonical; it checks S < L itself. */
function nobleVerify(signature: Signature, message: Uint8Array, publicKey: PublicKey): boolean {
  return noble.verify(signature, message, publicKey, { zip215: true });
}

function checkSecretKey(secretKey32: Uint8Array): void {
  assert(secretKey32.length === SECRET_KEY_BYTES, 'a secret key has 32 bytes');
}

/** L3's rule in JavaScript alone: the browser's, and the judge of whatever a native library refuses. */
export const portableEd25519: Ed25519 = {
  verify(signature, message, publicKey) {
    return isWellFormed(signature, publicKey) && nobleVerify(signature, message, publicKey);
  },
  sign(message, secretKey32) {
    checkSecretKey(secretKey32);
    return noble.sign(message, secretKey32);
  },
  publicKey(secretKey32) {
    checkSecretKey(secretKey32);
    return noble.getPublicKey(secretKey32);
  },
};

/** The same rule, faster: a native yes is accepted at once, a native no is asked of noble within the budget (L3). */
export function withNative(native: NativeEd25519 | null): Ed25519 {
  if (native === null) return portableEd25519;
  return {
    verify(signature, message, publicKey, budget) {
      if (!isWellFormed(signature, publicKey)) return false;
      if (!hasIdentity(signature) && native.verify(signature, message, publicKey)) return true;
      if (budget !== undefined && !budget.spend()) return false;
      return nobleVerify(signature, message, publicKey);
    },
    sign(message, secretKey32) {
      checkSecretKey(secretKey32);
      return native.sign(message, secretKey32);
    },
    publicKey(secretKey32) {
      checkSecretKey(secretKey32);
      return native.publicKey(secretKey32);
    },
  };
}
