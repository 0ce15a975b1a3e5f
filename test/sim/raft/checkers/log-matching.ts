/**
 * Raft, figure 3, Log Matching: if two logs contain an entry with the same index and term, then the logs are identical in
 * all entries up through the given index. Held entry by entry: what has one name has one content, and one entry below it.
 */
import { equalBytes } from '../../../../src/base/bytes.ts';
import type { Effect } from '../../../../src/consensus/core.ts';
import type { Entry } from '../../../../src/consensus/model/entry.ts';
import type { Hash, NodeId } from '../../../../src/consensus/model/ids.ts';
import type { RaftMessage } from '../../../../src/consensus/raft/message.ts';
import type { Checker } from '../../checkers/checker.ts';
import { Violation } from '../../checkers/checker.ts';

export class LogMatching implements Checker<RaftMessage> {
  readonly name = 'log matching';
  readonly #entries = new Map<Hash, { readonly entry: Entry; readonly node: NodeId }>();

  decided(node: NodeId, effects: readonly Effect<RaftMessage>[]): void {
    for (const effect of effects) {
      if (effect.type !== 'store') continue;
      for (const record of effect.records)
        if (record.type === 'entry') this.#note(node, record.entry);
    }
  }

  #note(node: NodeId, entry: Entry): void {
    const known = this.#entries.get(entry.hash);
    if (known === undefined) return void this.#entries.set(entry.hash, { entry, node });
    if (known.entry === entry) return;
    const { index, term, parent, timestamp } = entry.header;
    const isSame =
      known.entry.header.parent === parent &&
      known.entry.header.timestamp === timestamp &&
      equalBytes(known.entry.payload, entry.payload);
    if (!isSame)
      throw new Violation(
        this.name,
        `${node} and ${known.node} have different entries ${index} of term ${term}`,
      );
  }
}
