/**
 * Raft, figure 3, Leader Completeness: if a log entry is committed in a given term, then that entry will be present in
 * the logs of the leaders for all higher-numbered terms.
 */
import type { CoreStatus, Effect, Recovered } from '../../../../src/consensus/core.ts';
import type { Entry } from '../../../../src/consensus/model/entry.ts';
import type { Hash, NodeId, Term } from '../../../../src/consensus/model/ids.ts';
import type { RaftMessage } from '../../../../src/consensus/raft/message.ts';
import type { Checker } from '../../checkers/checker.ts';
import { Violation } from '../../checkers/checker.ts';
import { Logs } from './logs.ts';

interface Elected {
  readonly node: NodeId;
  /** Its log when it was. */
  readonly log: readonly Hash[];
}

interface Committed {
  readonly hash: Hash;
  /** The lowest in which a node called it so: it was committed in that one, or in one before. */
  readonly term: Term;
}

export class LeaderCompleteness implements Checker<RaftMessage> {
  readonly name = 'leader completeness';
  readonly #logs = new Logs();
  readonly #leaders = new Map<Term, Elected>();
  readonly #committed: Committed[] = [];
  /** Elections that were looked at. */
  checked = 0;

  get tallies(): Readonly<Record<string, number>> {
    return { 'elections checked': this.checked };
  }

  started(node: NodeId, recovered: Recovered): void {
    this.#logs.started(node, recovered);
  }

  decided(node: NodeId, effects: readonly Effect<RaftMessage>[], status: () => CoreStatus): void {
    if (effects.length === 0) return;
    this.#logs.decided(node, effects);
    const { role, term } = status();
    if (role === 'leader' && !this.#leaders.has(term)) this.#elected(node, term);
    for (const effect of effects)
      if (effect.type === 'apply') for (const entry of effect.entries) this.#commits(entry, term);
  }

  #elected(node: NodeId, term: Term): void {
    const elected = { node, log: [...this.#logs.of(node)] };
    this.#leaders.set(term, elected);
    this.checked++;
    for (const [index, committed] of this.#committed.entries())
      if (committed !== undefined && committed.term < term)
        this.#demand(term, elected, index, committed);
  }

  #commits({ header, hash }: Entry, term: Term): void {
    const known = this.#committed[header.index];
    if (known !== undefined && known.term <= term) return;
    const committed = { hash, term };
    this.#committed[header.index] = committed;
    for (const [later, elected] of this.#leaders)
      if (later > term) this.#demand(later, elected, header.index, committed);
  }

  #demand(term: Term, { node, log }: Elected, index: number, committed: Committed): void {
    if (log[index] !== committed.hash)
      throw new Violation(
        this.name,
        `${node} leads term ${term} without entry ${index} (${committed.hash}), committed in term ${committed.term}`,
      );
  }
}
