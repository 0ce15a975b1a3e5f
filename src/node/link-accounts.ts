/** What one node or client may do on its links, however often it opens new ones (L2). */
import { Allowance } from '../base/allowance.ts';
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
    const opened = accountIn(this.#opened, id, {
      max: limits.linksOpenedMax,
      perSecond: limits.linksOpenedPerSecond,
    });
    if (!opened.has(now)) return false;
    opened.take(1, now);
    return true;
  }

  /** Of all links with this id together. */
  framesOf(id: string): Allowance {
    return accountIn(this.#frames, id, {
      max: limits.framesPerSecond,
      perSecond: limits.framesPerSecond,
    });
  }
}

function accountIn(
  accounts: Map<string, Allowance>,
  id: string,
  options: ConstructorParameters<typeof Allowance>[0],
): Allowance {
  const account = accounts.get(id) ?? new Allowance(options);
  accounts.set(id, account);
  return account;
}
