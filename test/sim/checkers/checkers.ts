/** Every checker of a run, and who they are asked for by name. What happens is told to each of them in turn. */
import type {
  CoreStatus,
  Effect,
  Now,
  Recovered,
  StoreRecord,
} from '../../../src/consensus/core.ts';
import type { Entry } from '../../../src/consensus/model/entry.ts';
import type { NodeId } from '../../../src/consensus/model/ids.ts';
import type { HostStatus } from '../../../src/host/status.ts';
import { Agreement } from './agreement.ts';
import type { Applied, Checker, Report } from './checker.ts';
import { ExactlyOnce } from './exactly-once.ts';
import { Linearizable } from './linearizable.ts';
import { LocalReads } from './local-reads.ts';
import { Sessions } from './sessions.ts';
import { EqualState } from './state.ts';

/** The checkers as those see them who know no protocol's messages. */
export type Watchers = Omit<Checkers<never, never>, 'received' | 'decided' | 'looked'>;

/** Those of any protocol, and a protocol's own, over its messages `M` and its core's state `S`. */
export class Checkers<M, S> implements Checker<M, S> {
  readonly name = 'all';
  readonly agreement = new Agreement();
  readonly exactlyOnce = new ExactlyOnce();
  readonly linearizable = new Linearizable();
  readonly sessions = new Sessions();
  readonly localReads = new LocalReads();
  readonly #all: readonly Checker<M, S>[];

  constructor(own: readonly Checker<M, S>[]) {
    this.#all = [
      this.agreement,
      new EqualState(),
      ...own,
      this.exactlyOnce,
      this.sessions,
      this.localReads,
      this.linearizable,
    ];
  }

  /** What was looked at, for the summary. */
  get tallies(): Readonly<Record<string, number>> {
    return Object.assign({}, ...this.#all.map(({ tallies = {} }) => tallies)) as Record<
      string,
      number
    >;
  }

  started(node: NodeId, recovered: Recovered): void {
    for (const checker of this.#all) checker.started?.(node, recovered);
  }

  ended(node: NodeId): void {
    for (const checker of this.#all) checker.ended?.(node);
  }

  storing(node: NodeId, records: readonly StoreRecord[]): void {
    for (const checker of this.#all) checker.storing?.(node, records);
  }

  stored(node: NodeId, records: readonly StoreRecord[]): void {
    for (const checker of this.#all) checker.stored?.(node, records);
  }

  applied(node: NodeId, applied: Applied): void {
    for (const checker of this.#all) checker.applied?.(node, applied);
  }

  stepped(node: NodeId, now: Now): void {
    for (const checker of this.#all) checker.stepped?.(node, now);
  }

  decided(node: NodeId, effects: readonly Effect<M>[], status: () => CoreStatus): void {
    for (const checker of this.#all) checker.decided?.(node, effects, status);
  }

  received(node: NodeId, from: NodeId, message: M, status: CoreStatus): void {
    for (const checker of this.#all) checker.received?.(node, from, message, status);
  }

  committed(node: NodeId, entries: readonly Entry[]): void {
    for (const checker of this.#all) checker.committed?.(node, entries);
  }

  reported(node: NodeId, report: Report): void {
    for (const checker of this.#all) checker.reported?.(node, report);
  }

  looked(node: NodeId, status: HostStatus, state: S): void {
    for (const checker of this.#all) checker.looked?.(node, status, state);
  }

  finished(): void {
    for (const checker of this.#all) checker.finished?.();
  }
}
