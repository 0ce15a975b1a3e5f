/** A node of plain Raft as a checker sees it: what it decides, stores and says, told by hand. */
import type {
  CoreStatus,
  Effect,
  Recovered,
  RoleName,
  StoreRecord,
} from '../../../../src/consensus/core.ts';
import type { Entry } from '../../../../src/consensus/model/entry.ts';
import { positionOf } from '../../../../src/consensus/model/entry.ts';
import type { NodeId, Term } from '../../../../src/consensus/model/ids.ts';
import type { RaftMessage } from '../../../../src/consensus/raft/message.ts';
import type { State } from '../../../../src/consensus/raft/state.ts';
import { makeGenesisEntry } from '../../../raft/entries.ts';
import { idOf, makeConfiguration } from '../../../tangaroa/cluster.ts';
import type { Checker } from '../../checkers/checker.ts';

export const genesis: Entry = makeGenesisEntry(makeConfiguration(3));

export function vote(term: number, votedFor: number | null): StoreRecord {
  const record = {
    term: term as Term,
    votedFor: votedFor === null ? null : idOf(votedFor),
    committed: positionOf(genesis),
  };
  return { type: 'vote', record };
}

export class Rig {
  readonly #checker: Checker<RaftMessage, State>;

  constructor(checker: Checker<RaftMessage, State>) {
    this.#checker = checker;
    for (const number of [1, 2, 3]) this.starts(number, []);
  }

  /** With entries above the genesis, of which none is known to be committed. */
  starts(number: number, tail: readonly Entry[], record: StoreRecord | null = null): this {
    const recovered: Recovered = {
      genesis,
      term: null,
      accepted: null,
      prepared: null,
      commit: null,
      committed: positionOf(genesis),
      applied: genesis.header.index,
      recent: [{ header: genesis.header, hash: genesis.hash }],
      tail,
      evidence: [],
      vote: record?.type === 'vote' ? record.record : null,
    };
    this.#checker.started?.(idOf(number), recovered);
    return this;
  }

  /** As a role in a term. */
  decides(
    number: number,
    [role, term]: readonly [RoleName, number],
    effects: readonly Effect<RaftMessage>[],
  ): this {
    const status = { role, term } as CoreStatus;
    this.#checker.decided?.(idOf(number), effects, () => status);
    for (const effect of effects)
      if (effect.type === 'apply') this.#checker.committed?.(idOf(number), effect.entries);
    return this;
  }

  stores(number: number, ...records: readonly StoreRecord[]): this {
    this.#checker.stored?.(idOf(number), records);
    return this;
  }

  hears(number: number, from: number, message: RaftMessage): this {
    this.#checker.received?.(idOf(number), idOf(from), message, {} as CoreStatus);
    return this;
  }

  remembers(number: number, term: number, votedFor: NodeId | null): this {
    const state = { term: term as Term, votedFor } as State;
    this.#checker.looked?.(idOf(number), {} as never, state);
    return this;
  }
}

export function writes(...entries: readonly Entry[]): Effect<RaftMessage> {
  const records = entries.map((entry) => ({ type: 'entry', entry }) as const);
  return { type: 'store', ticket: 1, records };
}

export function drops(entry: Entry): Effect<RaftMessage> {
  const records = [{ type: 'drop', position: positionOf(entry) }] as const;
  return { type: 'store', ticket: 1, records };
}

export function applies(...entries: readonly Entry[]): Effect<RaftMessage> {
  return { type: 'apply', entries };
}
