/** Who holds how much of the log of this term's leader: matchIndex of figure 2, kept by whoever hears Responses. */
import type { VoterSets } from '../model/configuration.ts';
import type { LogIndex, NodeId } from '../model/ids.ts';
import { nobodyLies, quorumValue } from '../model/quorum.ts';
import type { Position } from '../model/position.ts';
import type { Log } from './log.ts';

export class Tally {
  readonly #sets: VoterSets;
  readonly #matched = new Map<NodeId, Position>();

  constructor(sets: VoterSets) {
    this.#sets = sets;
  }

  /** How much is kept, for checkers. */
  get sizes(): Readonly<Record<'matched', number>> {
    return { matched: this.#matched.size };
  }

  /** Of this term; what a voter holds only grows in one term. Links come from voters alone (`wants`). */
  record(voter: NodeId, matched: Position): void {
    const known = this.#matched.get(voter);
    if (known === undefined || known.index < matched.index) this.#matched.set(voter, matched);
  }

  /**
   * The highest index of the own log that a majority holds. `verified`: up to where this log is the leader's. A
   * position in there counts if it names the entry that stands there; one above it means that its voter holds all of
   * it (section 5.3, the Log Matching Property).
   */
  majorityIndex(log: Log, verified: LogIndex): LogIndex {
    const indexOf = (voter: NodeId): number => {
      const position = this.#matched.get(voter);
      if (position === undefined) return 0;
      if (position.index > verified) return verified;
      const own = log.markAt(position.index);
      return own === null || own.hash === position.hash ? position.index : 0;
    };
    return quorumValue(this.#sets, indexOf, nobodyLies) as LogIndex;
  }
}
