/** What one node or client may do on its links, however often it opens new ones (L2). */
import { allowanceIn } from '../base/allowance.ts';
import type { Allowance } from '../base/allowance.ts';
import { limits } from '../base/limits.ts';

export class LinkAccounts {
  readonly #nowMs: () => number;
  /** By id. All are of the configuration, since all are proven. */
  readonly #opened = new Map<string, Allowance>();
  readonly #frames = new Map<string, Allowance>();

  constructor(deps: { readonly nowMs: () => number }) {
    this.#nowMs = deps.nowMs;
  }

  /** Takes the place of a new link; false where there were too many of late. */
  open(id: string): boolean {
    const now = this.#nowMs();
    const opened = allowanceIn(this.#opened, id, {
      max: limits.linksOpenedMax,
      perSecond: limits.linksOpenedPerSecond,
    });
    if (!opened.has(now)) return false;
    opened.take(1, now);
    return true;
  }

  /** Of all links with this id together. */
  framesOf(id: string): Allowance {
    return allowanceIn(this.#frames, id, {
      max: limits.framesPerSecond,
      perSecond: limits.framesPerSecond,
    });
  }
}
