/** Raft, figure 3, Leader Append-Only: a leader never overwrites or deletes entries in its log; it only appends. */
import type { CoreStatus, Effect, Recovered } from '../../../../src/consensus/core.ts';
import type { NodeId } from '../../../../src/consensus/model/ids.ts';
import type { RaftMessage } from '../../../../src/consensus/raft/message.ts';
import type { Checker } from '../../checkers/checker.ts';
import { Violation } from '../../checkers/checker.ts';
import { Logs } from './logs.ts';

export class AppendOnly implements Checker<RaftMessage> {
  readonly name = 'append-only';
  readonly #logs = new Logs();

  started(node: NodeId, recovered: Recovered): void {
    this.#logs.started(node, recovered);
  }

  decided(node: NodeId, effects: readonly Effect<RaftMessage>[], status: () => CoreStatus): void {
    if (effects.some(({ type }) => type === 'store') && status().role === 'leader')
      this.#demandAppends(node, effects);
    this.#logs.decided(node, effects);
  }

  #demandAppends(node: NodeId, effects: readonly Effect<RaftMessage>[]): void {
    let next = this.#logs.of(node).length;
    for (const effect of effects) {
      if (effect.type !== 'store') continue;
      for (const record of effect.records) {
        if (record.type === 'drop')
          throw new Violation(this.name, `${node} leads, and drops entry ${record.position.index}`);
        if (record.type !== 'entry') continue;
        const { index } = record.entry.header;
        if (index !== next)
          throw new Violation(
            this.name,
            `${node} leads, and writes ${index} where ${next} is next`,
          );
        next++;
      }
    }
  }
}
