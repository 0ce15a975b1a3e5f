/**
 * The entries a node holds: the committed chain, of which recent headers stay in memory, and above it a tree of
 * chains, one of which is its own. E3 keeps a prefix aside by keeping it in the tree.
 */
import { assert } from '../../base/assert.ts';
import { limits } from '../../base/limits.ts';
import type { Ticket } from '../core.ts';
import type { Entry, Header } from '../model/entry.ts';
import { positionOf } from '../model/entry.ts';
import type { Hash, LogIndex } from '../model/ids.ts';
import type { Position } from '../model/position.ts';

/** An entry above the commit index and the write that makes it durable. */
interface Held {
  readonly entry: Entry;
  readonly ticket: Ticket;
}

export interface Linked {
  readonly header: Header;
  readonly hash: Hash;
}

export class Chain {
  #committed: Position;
  /** The last committed headers, ascending, ending at the commit index. */
  readonly #recent: Linked[];
  readonly #held = new Map<Hash, Held>();
  #heldBytes = 0;
  /** The node's own chain from the commit index (exclusive) up. */
  #path: Entry[] = [];
  #pathBytes = 0;

  constructor(committed: Position, recent: readonly Linked[], tail: readonly Entry[]) {
    assert(recent.at(-1)?.hash === committed.hash, 'recent headers end at the commit index');
    this.#committed = committed;
    this.#recent = [...recent];
    for (const entry of tail) this.insert(entry, 0);
  }

  get committed(): Position {
    return this.#committed;
  }

  /** The tip of the node's own chain; the commit position while nothing is above it. */
  get head(): Position {
    const tip = this.#path.at(-1);
    return tip === undefined ? this.#committed : positionOf(tip);
  }

  /** Payload bytes of the node's own chain above the commit index. */
  get pathBytes(): number {
    return this.#pathBytes;
  }

  /** Hash of the node's own chain at an index; null above its head and below what memory keeps. */
  hashAt(index: LogIndex): Hash | null {
    return this.headerAt(index)?.hash ?? null;
  }

  headerAt(index: LogIndex): Linked | null {
    if (index > this.#committed.index) {
      return this.#path[index - this.#committed.index - 1] ?? null;
    }
    return this.#recentAt(index);
  }

  #recentAt(index: LogIndex): Linked | null {
    return this.#recent[this.#recent.length - 1 - (this.#committed.index - index)] ?? null;
  }

  /** Whether the position lies on the node's own chain. */
  onPath(position: Position): boolean {
    return position.index > 0 && this.hashAt(position.index) === position.hash;
  }

  /** Whether the committed chain holds the position: null where memory does not reach down so far. */
  isCommitted(position: Position): boolean | null {
    if (position.index > this.#committed.index) return false;
    const linked = this.#recentAt(position.index);
    return linked === null ? null : linked.hash === position.hash;
  }

  entry(hash: Hash): Entry | null {
    return this.#held.get(hash)?.entry ?? null;
  }

  /** Whether the whole prefix is held, in the tree or committed. */
  holds(position: Position): boolean {
    if (position.index > this.#committed.index) {
      return this.#held.get(position.hash)?.entry.header.index === position.index;
    }
    return this.isCommitted(position) === true || this.#held.has(position.hash);
  }

  /** The write after which the whole prefix is durable; 0 for a committed one. The prefix must be held. */
  ticketOf(position: Position): Ticket {
    return this.#held.get(position.hash)?.ticket ?? 0;
  }

  /** Adds an entry whose parent is held. True if it is new. */
  insert(entry: Entry, ticket: Ticket): boolean {
    if (this.#held.has(entry.hash)) return false;
    this.#held.set(entry.hash, { entry, ticket });
    this.#heldBytes += entry.payload.length;
    return true;
  }

  /**
   * Entries from the committed chain (or from `above`, exclusive) up to a held position, ascending; null where the
   * way down ends elsewhere: the position conflicts with what is committed.
   */
  ascend(position: Position, above: Position = this.#committed): readonly Entry[] | null {
    const entries: Entry[] = [];
    let { index, hash } = position;
    while (index > above.index) {
      const held = this.#held.get(hash);
      if (held === undefined) return null;
      entries.push(held.entry);
      hash = held.entry.header.parent;
      index = (index - 1) as LogIndex;
    }
    return hash === above.hash ? entries.reverse() : null;
  }

  /** Makes the chain that ends at a held position the node's own; false if it conflicts with what is committed. */
  follow(position: Position): boolean {
    const head = this.head;
    const more = position.index > head.index ? this.ascend(position, head) : null;
    const path = more === null ? this.ascend(position) : [...this.#path, ...more];
    if (path === null) return false;
    this.#path = [...path];
    this.#pathBytes = path.reduce((sum, entry) => sum + entry.payload.length, 0);
    return true;
  }

  /** Gives up the node's own chain above the commit index; its entries stay held. */
  leave(): void {
    this.#path = [];
    this.#pathBytes = 0;
  }

  /**
   * Commits up to a held position. Returns the newly committed entries, ascending, or null if they conflict with what
   * is committed already (E5). Entries of other chains stay until `prune`.
   */
  commit(position: Position): readonly Entry[] | null {
    const entries = this.ascend(position);
    if (entries === null) return null;
    const keepsPath = this.onPath(position);
    const rest = keepsPath ? this.#path.slice(entries.length) : [];
    for (const entry of entries) {
      this.#forget(entry);
      this.#recent.push({ header: entry.header, hash: entry.hash });
    }
    if (this.#recent.length > 2 * limits.recentHeaders) {
      this.#recent.splice(0, this.#recent.length - limits.recentHeaders);
    }
    this.#committed = position;
    this.#path = rest;
    this.#pathBytes = rest.reduce((sum, entry) => sum + entry.payload.length, 0);
    return entries;
  }

  /** Drops every held entry that is on none of the chains ending at `tips`; returns what was dropped. */
  prune(tips: readonly Position[]): readonly Position[] {
    if (this.#held.size === this.#path.length) return [];
    const keep = new Set<Hash>(this.#path.map((entry) => entry.hash));
    for (const tip of tips) {
      let held = this.#held.get(tip.hash);
      while (held !== undefined && !keep.has(held.entry.hash)) {
        keep.add(held.entry.hash);
        held = this.#held.get(held.entry.header.parent);
      }
    }
    const dropped: Position[] = [];
    for (const [hash, held] of this.#held) {
      if (keep.has(hash)) continue;
      this.#forget(held.entry);
      dropped.push(positionOf(held.entry));
    }
    return dropped;
  }

  #forget(entry: Entry): void {
    if (this.#held.delete(entry.hash)) this.#heldBytes -= entry.payload.length;
  }

  /** How many of the entries held above the commit index are as asked. */
  countHeld(isAsked: (entry: Entry) => boolean): number {
    let count = 0;
    for (const { entry } of this.#held.values()) if (isAsked(entry)) count++;
    return count;
  }

  /** How much memory takes, for checkers: entries and payload bytes held, headers of committed ones. */
  get sizes(): Readonly<Record<'held' | 'heldBytes' | 'path' | 'pathBytes' | 'recent', number>> {
    return {
      held: this.#held.size,
      heldBytes: this.#heldBytes,
      path: this.#path.length,
      pathBytes: this.#pathBytes,
      recent: this.#recent.length,
    };
  }

  /** Whether nothing more may be held above the commit index, on the own chain and others. */
  get isFull(): boolean {
    return this.#held.size >= limits.heldEntriesMax || this.#heldBytes >= limits.heldBytesMax;
  }
}
