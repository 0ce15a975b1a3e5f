/**
 * Terms are numbered one after another (S1, S2): an honest voter wants the next term, or one of the few that its leader
 * may choose among, and a quorum contains one. So f traitors make no term numbers up.
 */
import type { StoreRecord } from '../../../src/consensus/core.ts';
import type { NodeId } from '../../../src/consensus/model/ids.ts';
import type { Checker } from './checker.ts';
import { Violation } from './checker.ts';

export class Terms implements Checker {
  readonly name = 'terms';
  readonly #voters: number;
  /** The highest term that an honest node has entered; the first needs nobody's wish. */
  #highest = 1;

  constructor(options: { readonly voters: number }) {
    this.#voters = options.voters;
  }

  storing(node: NodeId, records: readonly StoreRecord[]): void {
    for (const record of records) {
      if (record.type !== 'term') continue;
      const { term } = record.record;
      if (term >= this.#highest + Math.max(2, this.#voters))
        throw new Violation(
          this.name,
          `${node} enters term ${term}, where nobody honest was above ${this.#highest}`,
        );
      this.#highest = Math.max(this.#highest, term);
    }
  }
}
