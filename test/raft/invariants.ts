/** Figure 3: the properties that hold at all times, over everything that ever happened. */
import type { Entry } from '../../src/consensus/model/entry.ts';
import type { Hash, LogIndex, NodeId, Term } from '../../src/consensus/model/ids.ts';
import type { TestNode } from './node.ts';

export class Invariants {
  readonly #leaders = new Map<Term, NodeId>();
  /** What each leader's log held when it was seen last, by its term. */
  readonly #logs = new Map<Term, readonly Hash[]>();
  readonly #committed = new Map<LogIndex, Entry>();
  readonly #seen = new Map<TestNode, number>();

  check(nodes: readonly TestNode[]): void {
    for (const node of nodes) {
      if (!node.up) continue;
      this.#machineSafety(node);
      if (node.core.status().role === 'leader') this.#leader(node);
    }
    logMatching(nodes);
  }

  /** State Machine Safety. */
  #machineSafety(node: TestNode): void {
    const { applied } = node;
    for (let i = this.#seen.get(node) ?? 0; i < applied.length; i++) {
      const entry = applied[i] as Entry;
      const { index } = entry.header;
      const known = this.#committed.get(index) ?? entry;
      if (known.hash !== entry.hash || !sameContent(known, entry))
        throw new Error(`${node.id} applied another entry at ${index}`);
      this.#committed.set(index, known);
    }
    this.#seen.set(node, applied.length);
  }

  #leader(node: TestNode): void {
    const { term, id } = node.core.status();
    // Election Safety.
    const other = this.#leaders.get(term) ?? id;
    if (other !== id) throw new Error(`${id} and ${other} lead term ${term}`);
    this.#leaders.set(term, id);
    // Leader Append-Only.
    const { log } = node.state;
    const before = this.#logs.get(term) ?? [];
    const names: Hash[] = [];
    for (let i = 2; i <= log.last.index; i++)
      names.push(log.markAt(i as LogIndex)?.hash ?? ('' as Hash));
    if (before.some((name, i) => name !== '' && names[i] !== '' && name !== names[i]))
      throw new Error(`${id} changed its log in term ${term}`);
    this.#logs.set(term, names);
    // Leader Completeness: what others committed in lower terms.
    for (const [index, { header, hash }] of this.#committed) {
      if (header.term >= term) continue;
      const mark = log.markAt(index);
      if (mark === null && index <= log.committed.index) continue;
      if (mark?.hash !== hash) throw new Error(`${id} leads term ${term} without ${index}`);
    }
  }
}

/** Log Matching: the same name means the same entry, and so does everything below it. */
function logMatching(nodes: readonly TestNode[]): void {
  const [first, ...others] = nodes.filter(({ up }) => up);
  if (first === undefined) return;
  for (const other of others) {
    const top = Math.min(first.state.log.last.index, other.state.log.last.index);
    let isSame = false;
    for (let i = top; i > 1; i--) {
      const index = i as LogIndex;
      const [a, b] = [first.state.log.markAt(index), other.state.log.markAt(index)];
      if (a === null || b === null) break;
      if (isSame && a.hash !== b.hash)
        throw new Error(`${first.id} and ${other.id} differ at ${i} below a common entry`);
      isSame ||= a.hash === b.hash;
      const [x, y] = [first.state.log.entryAt(index), other.state.log.entryAt(index)];
      if (a.hash === b.hash && x !== null && y !== null && !sameContent(x, y))
        throw new Error(`${first.id} and ${other.id} have two entries of one name at ${i}`);
    }
  }
}

function sameContent(a: Entry, b: Entry): boolean {
  return a === b || digests(a) === digests(b);
}

function digests({ content }: Entry): string {
  return content.kind === 'batch' ? content.requests.map(({ digest }) => digest).join() : '';
}
