/** One chain of committed entries: on every honest node, in every life of it. */
import type { Recovered } from '../../../src/consensus/core.ts';
import type { NodeId } from '../../../src/consensus/model/ids.ts';
import type { Applied, Checker } from './checker.ts';
import { Violation } from './checker.ts';

export class Agreement implements Checker {
  readonly name = 'agreement';
  readonly #hashes = new Map<number, { readonly hash: string; readonly node: NodeId }>();
  #highest = 0;

  applied(node: NodeId, { index, hash }: Applied): void {
    const known = this.#hashes.get(index);
    if (known === undefined) this.#hashes.set(index, { hash, node });
    else if (known.hash !== hash) {
      throw new Violation(
        this.name,
        `${node} committed ${hash} at ${index}, ${known.node} ${known.hash}`,
      );
    }
    this.#highest = Math.max(this.#highest, index);
  }

  /** What a node remembers to have committed is on the one chain. */
  started(node: NodeId, { committed }: Recovered): void {
    const known = this.#hashes.get(committed.index);
    if (known !== undefined && known.hash !== committed.hash)
      throw new Violation(this.name, `${node} came back on another chain at ${committed.index}`);
  }

  /** The highest index that any honest node ever committed: nothing of it may be lost. */
  get highest(): number {
    return this.#highest;
  }

  /** What was committed at an index, by whom first; null where nothing was yet. */
  hashAt(index: number): string | null {
    return this.#hashes.get(index)?.hash ?? null;
  }
}
