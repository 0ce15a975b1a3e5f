/** One chain of committed entries, and equal state digests at equal index: on every node, in every life of it. */
import type { NodeId } from '../../../src/consensus/model/ids.ts';

export class Agreement {
  readonly #hashes = new Map<number, { readonly hash: string; readonly node: NodeId }>();
  readonly #digests = new Map<number, { readonly digest: string; readonly node: NodeId }>();
  #highest = 0;

  /** A node applied an entry. */
  applied(node: NodeId, index: number, hash: string, stateDigest: string): void {
    const entry = this.#hashes.get(index);
    if (entry === undefined) this.#hashes.set(index, { hash, node });
    else if (entry.hash !== hash) {
      throw new Error(
        `agreement: ${node} committed ${hash} at ${index}, ${entry.node} ${entry.hash}`,
      );
    }
    const state = this.#digests.get(index);
    if (state === undefined) this.#digests.set(index, { digest: stateDigest, node });
    else if (state.digest !== stateDigest) {
      throw new Error(
        `state: ${node} has digest ${stateDigest} at ${index}, ${state.node} ${state.digest}`,
      );
    }
    this.#highest = Math.max(this.#highest, index);
  }

  /** The highest index that any node ever committed: nothing of it may be lost. */
  get highest(): number {
    return this.#highest;
  }

  /** Whether a node that stands at `index` with `hash` is on the one chain. */
  check(node: NodeId, index: number, hash: string): void {
    const entry = this.#hashes.get(index);
    if (entry !== undefined && entry.hash !== hash) {
      throw new Error(`agreement: ${node} came back on another chain at ${index}`);
    }
  }
}
