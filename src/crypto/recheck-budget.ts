/** How much of noble's time one connection may take (L3, L2). */
import { limits } from '../base/limits.ts';

/**
 * One for each connection, given to the verifier with everything that came over it. A native no costs noble's 20
 * native verifications, and whoever signs with a point of small order added to R makes one at will; when the budget
 * is spent a native no is final and the verdict is `invalid`, which closes the connection.
 *
 * A native yes earns one back. An honest peer passes such signatures on in certificates, always with more that are
 * not (at most f of 2f+1, and its own around them), so its budget never runs dry by that.
 */
export class RecheckBudget {
  #left: number;
  readonly #max: number;
  #overdrawn = false;

  constructor(max: number = limits.recheckBudgetMax) {
    this.#left = max;
    this.#max = max;
  }

  /** Takes one; false if there is none, which is remembered. */
  spend(): boolean {
    if (this.#left === 0) {
      this.#overdrawn = true;
      return false;
    }
    this.#left--;
    return true;
  }

  earn(): void {
    if (this.#left < this.#max) this.#left++;
  }

  /** A signature was refused unjudged: nobody but this connection may be blamed for it, and the connection ends. */
  get overdrawn(): boolean {
    return this.#overdrawn;
  }
}
