/** Every honest node's log as its core has it: what was decided to be written, durable or not, by index. */
import type { Effect, Recovered } from '../../../../src/consensus/core.ts';
import type { Hash, NodeId } from '../../../../src/consensus/model/ids.ts';
import type { RaftMessage } from '../../../../src/consensus/raft/message.ts';

export class Logs {
  readonly #logs = new Map<NodeId, Hash[]>();

  /** Names by index; index 0 is none. */
  of(node: NodeId): readonly Hash[] {
    return this.#logs.get(node) ?? [];
  }

  /** What its disk kept: what is older than what a node remembers of itself is committed, and stays what it was. */
  started(node: NodeId, { recent, tail }: Recovered): void {
    const log: Hash[] = this.of(node).slice(0, recent[0]?.header.index ?? 0);
    for (const { header, hash } of [...recent, ...tail]) log[header.index] = hash;
    this.#logs.set(node, log);
  }

  decided(node: NodeId, effects: readonly Effect<RaftMessage>[]): void {
    const log = this.#logs.get(node);
    if (log === undefined) return;
    for (const effect of effects) {
      if (effect.type !== 'store') continue;
      for (const record of effect.records) {
        if (record.type === 'drop') log.length = Math.min(log.length, record.position.index);
        else if (record.type === 'entry') log[record.entry.header.index] = record.entry.hash;
      }
    }
  }
}
