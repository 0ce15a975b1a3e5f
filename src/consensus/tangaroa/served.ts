/** What a peer was served from memory (D3, L2). */
import { ServeAccount } from '../../base/serve-account.ts';
import type { Entry } from '../model/entry.ts';

export class ServedPeer {
  readonly account: ServeAccount;
  /**
   * There are many chains above the commit index, so no index says what was served of them. An entry that is dropped and
   * held again is new ground again.
   */
  readonly #entries = new WeakSet<Entry>();

  constructor(peers: number) {
    this.account = new ServeAccount(peers);
  }

  /** It keeps nothing that nobody else holds. */
  get sizes(): Readonly<Record<string, number>> {
    return {};
  }

  hasAny(entries: readonly Entry[]): boolean {
    return entries.some((entry) => this.#entries.has(entry));
  }

  note(entries: readonly Entry[]): void {
    for (const entry of entries) this.#entries.add(entry);
  }
}
