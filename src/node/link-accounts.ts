/** What one node or client may do on its links, however often it opens new ones (L2). */
import { allowanceIn } from '../base/allowance.ts';
import type { Allowance, AllowanceOptions } from '../base/allowance.ts';
import { limits } from '../base/limits.ts';

export class LinkAccounts {
  readonly #nowMs: () => number;
  /** By id. All are of the configuration, since all are proven. */
  readonly #opened = new Map<string, Allowance>();
  readonly #refused = new Map<string, Allowance>();
  readonly #frames = new Map<string, Allowance>();

  constructor(deps: { readonly nowMs: () => number }) {
    this.#nowMs = deps.nowMs;
  }

  /** Takes the place of a new link, if there were not too many of late; far too many are a flood. */
  open(id: string): 'opened' | 'too-often' | 'flood' {
    const { linksOpenedMax, linksOpenedPerSecond, linksRefusedPerSecond } = limits;
    const opened = { max: linksOpenedMax, perSecond: linksOpenedPerSecond };
    if (this.#take(this.#opened, id, opened)) return 'opened';
    const refused = { max: linksRefusedPerSecond, perSecond: linksRefusedPerSecond };
    return this.#take(this.#refused, id, refused) ? 'too-often' : 'flood';
  }

  /** Of all links with this id together. */
  framesOf(id: string): Allowance {
    return allowanceIn(this.#frames, id, {
      max: limits.framesPerSecond,
      perSecond: limits.framesPerSecond,
    });
  }

  #take(accounts: Map<string, Allowance>, id: string, options: AllowanceOptions): boolean {
    const now = this.#nowMs();
    const account = allowanceIn(accounts, id, options);
    if (!account.has(now)) return false;
    account.take(1, now);
    return true;
  }
}
