/** What the checkers see of a node: its core, its store and its machine, each wrapped and otherwise unchanged. */
import type { Core, StoreRecord } from '../../src/consensus/core.ts';
import type { NodeId } from '../../src/consensus/model/ids.ts';
import type { LogStore } from '../../src/host/ports.ts';
import type { Machine } from '../../src/machine/machine.ts';
import type { Checkers, Watchers } from './checkers/checkers.ts';

export interface WatchDeps {
  readonly id: NodeId;
  /** False for a traitor, of whom nothing is demanded. */
  readonly isWatched: boolean;
  /** Each instruction at which a crash may strike. */
  readonly touch: () => void;
  readonly stir: () => void;
  readonly trace: (what: string) => void;
}

export function watchCore<M, S>(
  core: Core<M>,
  { id, stir, trace }: WatchDeps,
  checkers: Checkers<M, S> | null,
): Core<M> {
  return {
    wants: (message, from) => core.wants(message, from),
    certified: () => core.certified(),
    step: (input) => {
      checkers?.stepped(id, input.now);
      const effects = core.step(input);
      checkers?.decided(id, effects, () => core.status());
      for (const effect of effects) {
        if (effect.type !== 'apply') continue;
        stir();
        const last = effect.entries.at(-1);
        if (last !== undefined) trace(`commits ${last.header.index} (${last.hash.slice(0, 8)})`);
        checkers?.committed(id, effect.entries);
      }
      if (input.type === 'received')
        checkers?.received(id, input.from, input.message, core.status());
      return effects;
    },
    status: () => core.status(),
  };
}

export function watchStore(
  store: LogStore,
  { id, isWatched, touch }: WatchDeps,
  watchers: Watchers,
): LogStore {
  const checkers = isWatched ? watchers : null;
  return {
    readCommitted: (from, to, entriesMax, bytesMax) =>
      store.readCommitted(from, to, entriesMax, bytesMax),
    readHeaders: (from, to) => store.readHeaders(from, to),
    readCertificate: (from) => store.readCertificate(from),
    write: async (records: readonly StoreRecord[]) => {
      touch();
      checkers?.storing(id, records);
      await store.write(records);
      checkers?.stored(id, records);
      touch();
    },
  };
}

export function watchMachine(
  machine: Machine,
  { id, isWatched, stir }: WatchDeps,
  watchers: Watchers,
): Machine {
  const checkers = isWatched ? watchers : null;
  return {
    get applied() {
      return machine.applied;
    },
    get stateDigest() {
      return machine.stateDigest;
    },
    apply: async (entry, executed) => {
      stir();
      const outcomes = await machine.apply(entry, executed);
      const { index, hash } = machine.applied;
      checkers?.applied(id, { index, hash, stateDigest: machine.stateDigest });
      return outcomes;
    },
    lookup: (request) => {
      stir();
      return machine.lookup(request);
    },
    query: (query, client) => {
      stir();
      return machine.query(query, client);
    },
    close: () => machine.close(),
  };
}
