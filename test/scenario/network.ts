/** What is under way between nodes, and what the script lets through. */
import type { NodeId } from '../../src/consensus/model/ids.ts';
import type { Sent } from '../tangaroa/cluster.ts';
import type { Selection } from './selection.ts';
import { selects } from './selection.ts';

export class Network {
  /** Oldest first. */
  #pool: Sent[] = [];
  #blocked: Selection[] = [];
  #sides: readonly (readonly NodeId[])[] = [];

  /** On its way, unless it is lost at once. */
  send(sent: Sent): void {
    const isBlocked = this.#blocked.some((selection) => selects(selection, sent));
    if (!isBlocked && !this.isCut(sent.from, sent.to)) this.#pool.push(sent);
  }

  /** The oldest arrives. */
  next(): Sent | undefined {
    return this.#pool.shift();
  }

  /** What is under way and selected now, in order, is under way no more. */
  take(what: Selection): readonly Sent[] {
    const taken = this.#pool.filter((sent) => selects(what, sent));
    this.#pool = this.#pool.filter((sent) => !selects(what, sent));
    return taken;
  }

  /** Loses what is selected, now and until `heal`. */
  block(what: Selection): void {
    this.#blocked.push(what);
    this.take(what);
  }

  /** Nothing passes from one side to another. Nodes on no side are together on one more. */
  partition(sides: readonly (readonly NodeId[])[]): void {
    this.#sides = sides;
    this.#pool = this.#pool.filter(({ from, to }) => !this.isCut(from, to));
  }

  isCut(a: NodeId, b: NodeId): boolean {
    const side = (id: NodeId): number => this.#sides.findIndex((ids) => ids.includes(id));
    return side(a) !== side(b);
  }

  heal(): void {
    this.#sides = [];
    this.#blocked = [];
  }
}
