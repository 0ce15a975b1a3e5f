/** Verified (statement, signature) pairs, so that certificates made of them are checked for free (M6). */
import { assert } from '../base/assert.ts';

/**
 * A set of at most `max` keys that forgets the ones unused for longest, in two generations: what is asked for in the
 * older one moves to the younger one; when that is full the older one goes.
 */
export class VerifiedSignatures {
  readonly #generationMax: number;
  #young = new Set<string>();
  #old = new Set<string>();

  constructor(max: number) {
    assert(max >= 2, 'a cache of two generations needs two places');
    this.#generationMax = Math.floor(max / 2);
  }

  has(key: string): boolean {
    if (this.#young.has(key)) return true;
    if (!this.#old.has(key)) return false;
    this.add(key);
    return true;
  }

  add(key: string): void {
    if (this.#young.size >= this.#generationMax) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.#young.add(key);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }
}
