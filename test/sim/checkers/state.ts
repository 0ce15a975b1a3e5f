/** Equal state at equal index: the machine's digest, sessions included, on every honest node. */
import type { NodeId } from '../../../src/consensus/model/ids.ts';
import type { Applied, Checker } from './checker.ts';
import { Violation } from './checker.ts';

export class EqualState implements Checker {
  readonly name = 'state';
  readonly #digests = new Map<number, { readonly digest: string; readonly node: NodeId }>();

  applied(node: NodeId, { index, stateDigest }: Applied): void {
    const known = this.#digests.get(index);
    if (known === undefined) this.#digests.set(index, { digest: stateDigest, node });
    else if (known.digest !== stateDigest) {
      throw new Violation(
        this.name,
        `${node} has digest ${stateDigest} at ${index}, ${known.node} ${known.digest}`,
      );
    }
  }
}
