/** Reads committed entries for a core that has them no longer in memory (`load`). */
import { limits } from '../base/limits.ts';
import type { Effect } from '../consensus/core.ts';
import type { Entry } from '../consensus/model/entry.ts';
import type { NodeId } from '../consensus/model/ids.ts';
import type { LogStore } from './ports.ts';

export interface LoaderDeps {
  readonly store: Pick<LogStore, 'readCommitted'>;
  readonly onLoaded: (peer: NodeId, entries: readonly Entry[]) => void;
  readonly onIdle: () => void;
  readonly onFailure: (error: unknown) => void;
}

export class Loader {
  readonly #deps: LoaderDeps;
  #loading = 0;

  constructor(deps: LoaderDeps) {
    this.#deps = deps;
  }

  get idle(): boolean {
    return this.#loading === 0;
  }

  /** The core asks for one peer at a time, so this is bounded by the peers. */
  load({ peer, from, upTo }: Extract<Effect, { type: 'load' }>): void {
    const { store, onLoaded, onIdle, onFailure } = this.#deps;
    this.#loading++;
    store.readCommitted(from, upTo, limits.fetchEntriesMax, limits.fetchBytesMax).then(
      (entries) => {
        this.#loading--;
        onLoaded(peer, entries);
        onIdle();
      },
      (error: unknown) => {
        this.#loading--;
        onFailure(error);
      },
    );
  }
}
