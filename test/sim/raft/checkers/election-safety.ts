/** Raft, figure 3, Election Safety: at most one leader can be elected in a given term. */
import type { CoreStatus, Effect } from '../../../../src/consensus/core.ts';
import type { NodeId, Term } from '../../../../src/consensus/model/ids.ts';
import type { RaftMessage } from '../../../../src/consensus/raft/message.ts';
import type { Checker } from '../../checkers/checker.ts';
import { Violation } from '../../checkers/checker.ts';

export class ElectionSafety implements Checker<RaftMessage> {
  readonly name = 'election safety';
  readonly #leaders = new Map<Term, string>();
  readonly #lives = new Map<NodeId, number>();

  /** A leader that crashed leads its term no more: to do so it would have to be elected twice. */
  started(node: NodeId): void {
    this.#lives.set(node, (this.#lives.get(node) ?? 0) + 1);
  }

  decided(node: NodeId, effects: readonly Effect<RaftMessage>[], status: () => CoreStatus): void {
    if (effects.length === 0) return;
    const { role, term } = status();
    if (role !== 'leader') return;
    const leader = `${node} in its life ${this.#lives.get(node) ?? 0}`;
    const known = this.#leaders.get(term) ?? leader;
    if (known !== leader)
      throw new Violation(this.name, `term ${term} has two leaders: ${known}, and ${leader}`);
    this.#leaders.set(term, leader);
  }
}
