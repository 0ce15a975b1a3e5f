/** C5 `local`: what one honest node says of its own state never goes back within one life, and is the state there was. */
import type { NodeId } from '../../../src/consensus/model/ids.ts';
import type { QueryResult } from '../../../src/machine/query.ts';
import type { Applied, Checker } from './checker.ts';
import { Violation } from './checker.ts';

/** A question on its way. */
export interface Asked {
  readonly node: NodeId;
  readonly life: number;
  /** The highest index that the node had told anybody of in that life. */
  readonly told: number;
}

export class LocalReads implements Checker {
  readonly name = 'local reads';
  readonly #lives = new Map<NodeId, { life: number; told: number }>();
  readonly #states = new Map<number, Applied>();
  /** Answers that were checked. */
  checked = 0;

  applied(_node: NodeId, applied: Applied): void {
    this.#states.set(applied.index, applied);
  }

  /** Its disk may be behind what it said. */
  ended(node: NodeId): void {
    this.#lives.set(node, { life: this.#lifeOf(node).life + 1, told: 0 });
  }

  asked(node: NodeId): Asked {
    return { node, ...this.#lifeOf(node) };
  }

  answered({ node, life, told }: Asked, applied: number, result: QueryResult): void {
    this.checked++;
    const now = this.#lifeOf(node);
    if (now.life === life) {
      if (applied < told)
        throw new Violation(this.name, `${node} had applied ${told}, and now says ${applied}`);
      now.told = Math.max(now.told, applied);
    }
    if (result.type === 'state') this.#checkState(node, applied, result);
    else if (result.type === 'get' && (result.found?.revision.index ?? 0) > applied)
      throw new Violation(this.name, `${node} shows an item written after ${applied}`);
  }

  #checkState(
    node: NodeId,
    applied: number,
    { index, hash, digest }: Extract<QueryResult, { type: 'state' }>,
  ): void {
    const known = this.#states.get(index);
    const isRight = known === undefined || (known.hash === hash && known.stateDigest === digest);
    if (index !== applied || !isRight)
      throw new Violation(
        this.name,
        `${node} at ${applied} says ${index} ${hash} ${digest}, and it was ${known?.hash} ${known?.stateDigest}`,
      );
  }

  #lifeOf(node: NodeId): { life: number; told: number } {
    const known = this.#lives.get(node) ?? { life: 0, told: 0 };
    this.#lives.set(node, known);
    return known;
  }
}
