/**
 * Native Ed25519 and SHA-256. They are fast; what they refuse `crypto/ed25519.ts` asks noble about (L3).
 *
 * Measured (Node 20, one core): verify 51 µs with libsodium, 109 µs with node:crypto; SHA-256 to hexadecimal of
 * 64 / 1024 / 16384 bytes: `crypto.hash` 0.6 / 1.0 / 9.4 µs, `createHash` 1.9 / 1.2 / 10.5, libsodium 1.1 / 5.2 / 54.
 */
import type { KeyObject } from 'node:crypto';
import { createPrivateKey, createPublicKey, hash, sign, verify } from 'node:crypto';
import { createRequire } from 'node:module';
import type { Digest, Hash } from '../consensus/model/ids.ts';
import type { Ed25519, NativeEd25519 } from '../crypto/ed25519.ts';
import { withNative } from '../crypto/ed25519.ts';

/** SHA-256 of `bytes`, 64 lower-case hexadecimal digits. */
export const nativeDigest: Digest = (bytes) => hash('sha256', bytes, 'hex') as Hash;

/** The part of sodium-native that is used here; it brings no types. */
interface Sodium {
  crypto_sign_verify_detached(
    signature: Uint8Array,
    message: Uint8Array,
    publicKey: Uint8Array,
  ): boolean;
  crypto_sign_detached(signature: Uint8Array, message: Uint8Array, secretKey64: Uint8Array): void;
  crypto_sign_seed_keypair(
    publicKey: Uint8Array,
    secretKey64: Uint8Array,
    secretKey32: Uint8Array,
  ): void;
}

const SODIUM_FUNCTIONS = [
  'crypto_sign_verify_detached',
  'crypto_sign_detached',
  'crypto_sign_seed_keypair',
] as const;

function isSodium(value: unknown): value is Sodium {
  return (
    typeof value === 'object' &&
    value !== null &&
    SODIUM_FUNCTIONS.every(
      (name) => name in value && typeof Reflect.get(value, name) === 'function',
    )
  );
}

/** libsodium, or null where its optional package is not installed or has no build for this machine. */
export function loadSodium(): NativeEd25519 | null {
  let loaded: unknown;
  try {
    loaded = createRequire(import.meta.url)('sodium-native');
  } catch {
    // Not an error: node:crypto takes its part, `NativeEd25519.name` tells an operator which one runs.
    return null;
  }
  return isSodium(loaded) ? sodiumEd25519(loaded) : null;
}

function sodiumEd25519(sodium: Sodium): NativeEd25519 {
  // libsodium signs with seed and public key together; they are put together once for each key.
  const secretKeys = new WeakMap<Uint8Array, Uint8Array>();
  const expand = (seed: Uint8Array): Uint8Array => {
    const publicKey = new Uint8Array(32);
    const secretKey64 = new Uint8Array(64);
    sodium.crypto_sign_seed_keypair(publicKey, secretKey64, seed);
    secretKeys.set(seed, secretKey64);
    return secretKey64;
  };
  return {
    name: 'libsodium',
    verify: (signature, message, publicKey) =>
      sodium.crypto_sign_verify_detached(signature, message, publicKey),
    sign(message, secretKey32) {
      const signature = new Uint8Array(64);
      const secretKey64 = secretKeys.get(secretKey32) ?? expand(secretKey32);
      sodium.crypto_sign_detached(signature, message, secretKey64);
      return signature;
    },
    publicKey: (secretKey32) => expand(secretKey32).slice(32),
  };
}

/** RFC 8410: what stands before the 32 bytes of a key in its DER form. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** OpenSSL by way of node:crypto: always there. */
export function nodeCryptoEd25519(): NativeEd25519 {
  // Making a key object costs as much as a verification. Keys of a configuration are arrays that stay.
  const publicKeys = new WeakMap<Uint8Array, KeyObject>();
  const privateKeys = new WeakMap<Uint8Array, KeyObject>();
  const publicObject = (bytes: Uint8Array): KeyObject => {
    const der = Buffer.concat([SPKI_PREFIX, bytes]);
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    publicKeys.set(bytes, key);
    return key;
  };
  const privateObject = (seed: Uint8Array): KeyObject => {
    const der = Buffer.concat([PKCS8_PREFIX, seed]);
    const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    privateKeys.set(seed, key);
    return key;
  };
  return {
    name: 'node:crypto',
    verify: (signature, message, publicKey) =>
      verify(null, message, publicKeys.get(publicKey) ?? publicObject(publicKey), signature),
    sign: (message, secretKey32) =>
      new Uint8Array(
        sign(null, message, privateKeys.get(secretKey32) ?? privateObject(secretKey32)),
      ),
    publicKey(secretKey32) {
      const der = createPublicKey(privateObject(secretKey32)).export({
        format: 'der',
        type: 'spki',
      });
      return new Uint8Array(der.subarray(-32));
    },
  };
}

/** The fastest native library at hand. */
export function loadNative(): NativeEd25519 {
  return loadSodium() ?? nodeCryptoEd25519();
}

/** What a node verifies and signs with (L3). */
export function nodeEd25519(): Ed25519 {
  return withNative(loadNative());
}
