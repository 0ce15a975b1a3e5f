/**
 * Raft, figure 3, State Machine Safety: if a server has applied a log entry at a given index to its state machine, no
 * other server will ever apply a different log entry for the same index. Two entries of one name may differ, once
 * somebody lies: they are compared, not their names.
 */
import { equalBytes } from '../../../../src/base/bytes.ts';
import type { Entry } from '../../../../src/consensus/model/entry.ts';
import type { NodeId } from '../../../../src/consensus/model/ids.ts';
import type { Checker } from '../../checkers/checker.ts';
import { Violation } from '../../checkers/checker.ts';

export class StateMachineSafety implements Checker {
  readonly name = 'state machine safety';
  readonly #entries = new Map<number, { readonly entry: Entry; readonly node: NodeId }>();

  committed(node: NodeId, entries: readonly Entry[]): void {
    for (const entry of entries) {
      const { index } = entry.header;
      const known = this.#entries.get(index);
      if (known === undefined) this.#entries.set(index, { entry, node });
      else if (!isSame(known.entry, entry))
        throw new Violation(
          this.name,
          `${node} and ${known.node} apply different entries at ${index}: ${shown(entry)}, and ${shown(known.entry)}`,
        );
    }
  }
}

function isSame(a: Entry, b: Entry): boolean {
  return a === b || (a.hash === b.hash && equalBytes(a.payload, b.payload));
}

function shown({ header, content }: Entry): string {
  const size = content.kind === 'batch' ? `${content.requests.length} requests` : content.kind;
  return `one of term ${header.term} (${size})`;
}
