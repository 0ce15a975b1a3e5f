/** How much of noble's time one end may take (L3, L2). */
import { limits } from '../base/limits.ts';

/**
 * One for each peer, whatever connections it comes over, given to the verifier with everything that it sent. A native
 * no costs noble's forty native verifications, and whoever signs with a point of small order added to R makes one at
 * will, so time alone gives back what was spent: a native yes is cheap to send as well.
 *
 * When the budget is spent a native no stays unjudged. Then the message counts as lost, and nobody is blamed: an honest
 * peer may pass such signatures on, in a certificate that traitors made.
 */
export class RecheckBudget {
  #left: number;
  readonly #max: number;
  readonly #perSecond: number;
  #atMs: number | null = null;
  #spent = 0;
  #overdrawn = false;

  /** `perSecond` come back, up to `max`. */
  constructor(max: number = limits.recheckBudgetMax, perSecond = 0) {
    this.#left = max;
    this.#max = max;
    this.#perSecond = perSecond;
  }

  /** For what came now (monotonic milliseconds); what came before is forgotten. */
  at(nowMs: number): this {
    const passedMs = Math.max(0, nowMs - (this.#atMs ?? nowMs));
    this.#left = Math.min(this.#max, this.#left + (passedMs / 1_000) * this.#perSecond);
    this.#atMs = nowMs;
    this.#overdrawn = false;
    return this;
  }

  /** Takes one; false if there is none, which is remembered. */
  spend(): boolean {
    if (this.#left < 1) {
      this.#overdrawn = true;
      return false;
    }
    this.#left--;
    this.#spent++;
    return true;
  }

  /** How many were ever taken. */
  get spent(): number {
    return this.#spent;
  }

  /** Of `firstHand`: there never is one. */
  get isFirstHand(): boolean {
    return this.#max === 0;
  }

  /** A signature was left unjudged: nobody may be blamed for it. */
  get overdrawn(): boolean {
    return this.#overdrawn;
  }
}

/**
 * For what every library accepts of an honest end: what it signs itself, in a handshake, under a message or as a
 * client, and requests that a node took by this very rule and forwards. Nodes need not agree on who is turned away.
 */
export function firstHand(): RecheckBudget {
  return new RecheckBudget(0);
}

/** The budget for what its sender signed itself, beside `budget` for what it passes on; neither where there is none. */
export function ownOf(budget: RecheckBudget | undefined): RecheckBudget | undefined {
  return budget === undefined ? undefined : firstHand();
}
