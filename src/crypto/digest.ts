/** SHA-256 where no native one is at hand: a browser, a test. */
import { sha256 } from '@noble/hashes/sha2.js';
import { toHex } from '../base/bytes.ts';
import type { Digest, Hash } from '../consensus/model/ids.ts';

/** SHA-256 (FIPS 180-4) of `bytes`, 64 lower-case hexadecimal digits. */
export const portableDigest: Digest = (bytes) => toHex(sha256(bytes)) as Hash;
