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
  /** What of a node the properties are about, as it was looked at last. */
  readonly #looked = new Map<TestNode, string>();

  /** After a step of `node`; what did not change is not looked at again. */
  check(node: TestNode, nodes: readonly TestNode[]): void {
    if (!node.up) return;
    const { role, term } = node.core.status();
    const { last } = node.state.log;
    const look = `${role} ${term} ${last.index} ${last.hash} ${node.applied.length}`;
    if (this.#looked.get(node) === look) return;
    this.#looked.set(node, look);
    this.#machineSafety(node);
    if (role === 'leader') this.#leader(node);
    for (const other of nodes) if (other !== node && other.up) logMatching(node, other);
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
function logMatching(a: TestNode, b: TestNode): void {
  let isSame = false;
  for (let i = Math.min(a.state.log.last.index, b.state.log.last.index); i > 1; i--) {
    const index = i as LogIndex;
    const [x, y] = [a.state.log.markAt(index), b.state.log.markAt(index)];
    if (x === null || y === null) break;
    if (isSame && x.hash !== y.hash)
      throw new Error(`${a.id} and ${b.id} differ at ${i} below a common entry`);
    isSame ||= x.hash === y.hash;
    const [e, f] = [a.state.log.entryAt(index), b.state.log.entryAt(index)];
    if (isSame && e !== null && f !== null && !sameContent(e, f))
      throw new Error(`${a.id} and ${b.id} have two entries of one name at ${i}`);
  }
}

function sameContent(a: Entry, b: Entry): boolean {
  return a === b || digests(a) === digests(b);
}

function digests({ content }: Entry): string {
  return content.kind === 'batch' ? content.requests.map(({ digest }) => digest).join() : '';
}
