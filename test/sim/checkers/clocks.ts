/**
 * N2: an entry's time is no further ahead of some honest voter's clock than the allowed drift, or its parent's; so the
 * log's time never runs away, whoever leads.
 */
import type { Now, Recovered } from '../../../src/consensus/core.ts';
import type { Entry } from '../../../src/consensus/model/entry.ts';
import type { NodeId } from '../../../src/consensus/model/ids.ts';
import type { Checker } from './checker.ts';
import { Violation } from './checker.ts';

export class Clocks implements Checker {
  readonly name = 'clocks';
  readonly #clockDriftMs: number;
  /** The latest that any honest clock has ever shown: clocks are set back as well. */
  #latestMs = -Infinity;
  /** The latest time in the log: every clock may stand before it, also before the genesis, and an entry may repeat it. */
  #logMs = -Infinity;

  constructor(options: { readonly clockDriftMs: number }) {
    this.#clockDriftMs = options.clockDriftMs;
  }

  stepped(_node: NodeId, { wallMs }: Now): void {
    if (wallMs > this.#latestMs) this.#latestMs = wallMs;
  }

  started(_node: NodeId, { genesis }: Recovered): void {
    this.#logMs = Math.max(this.#logMs, genesis.header.timestamp);
  }

  committed(node: NodeId, entries: readonly Entry[]): void {
    for (const { header } of entries) {
      const aheadMs = header.timestamp - this.#latestMs;
      if (aheadMs > this.#clockDriftMs && header.timestamp > this.#logMs)
        throw new Violation(
          this.name,
          `${node} commits entry ${header.index}, whose time is ${aheadMs} ms ahead of every honest clock`,
        );
      this.#logMs = Math.max(this.#logMs, header.timestamp);
    }
  }
}
