/**
 * Committed entries survive (section 6, N3, E3): whatever an honest node calls committed is durable on as many honest
 * voters as a quorum must have, from that moment on; and no node loses what it called committed itself and remembers.
 */
import type { Recovered, StoreRecord } from '../../../src/consensus/core.ts';
import type { Entry } from '../../../src/consensus/model/entry.ts';
import type { Hash, NodeId } from '../../../src/consensus/model/ids.ts';
import type { Position } from '../../../src/consensus/model/position.ts';
import type { Checker } from './checker.ts';
import { Violation } from './checker.ts';

export interface SurvivalOptions {
  /** All voters, traitors too. */
  readonly voters: readonly NodeId[];
  readonly quorum: number;
  /** How many of them are traitors, whose disks are worth nothing. */
  readonly traitors: number;
}

export class Survival implements Checker {
  readonly name = 'survival';
  readonly #options: SurvivalOptions;
  /** Who durably holds an entry. */
  readonly #holders = new Map<Hash, Set<NodeId>>();
  /** What any honest node called committed, by index. */
  readonly #committed = new Map<number, Hash>();
  /** Up to where each node itself did. */
  readonly #own = new Map<NodeId, number>();

  constructor(options: SurvivalOptions) {
    this.#options = options;
  }

  /** Dropping may be done the moment it is asked for, storing only when it is said to be. */
  storing(node: NodeId, records: readonly StoreRecord[]): void {
    for (const record of records) if (record.type === 'drop') this.#dropping(node, record.position);
  }

  /** In the order of the records: an entry may be dropped and stored anew by one write. */
  stored(node: NodeId, records: readonly StoreRecord[]): void {
    for (const record of records) {
      if (record.type === 'entry') this.#holdersOf(record.entry.hash).add(node);
      else if (record.type === 'drop') this.#holdersOf(record.position.hash).delete(node);
    }
  }

  #dropping(node: NodeId, { index, hash }: Position): void {
    this.#holdersOf(hash).delete(node);
    if (this.#committed.get(index) !== hash) return;
    if (index <= (this.#own.get(node) ?? 0))
      throw new Violation(this.name, `${node} drops entry ${index}, which it called committed`);
    this.#demandHolders(node, 'drops', { index, hash });
  }

  committed(node: NodeId, entries: readonly Entry[]): void {
    for (const { header, hash } of entries) {
      const { index } = header;
      if (!this.#holdersOf(hash).has(node))
        throw new Violation(
          this.name,
          `${node} commits entry ${index}, which is not durable there`,
        );
      if (!this.#committed.has(index)) this.#committed.set(index, hash);
      this.#own.set(node, index);
      this.#demandHolders(node, 'commits', { index, hash });
    }
  }

  #demandHolders(node: NodeId, does: string, { index, hash }: Position): void {
    const { voters, quorum, traitors } = this.#options;
    const holders = voters.filter((voter) => this.#holdersOf(hash).has(voter));
    if (holders.length >= quorum - traitors) return;
    throw new Violation(
      this.name,
      `${node} ${does} entry ${index} (${hash}), durable on ${holders.length} honest voters alone: ${holders.join(' ')}`,
    );
  }

  #holdersOf(hash: Hash): Set<NodeId> {
    const holders = this.#holders.get(hash) ?? new Set<NodeId>();
    this.#holders.set(hash, holders);
    return holders;
  }

  /** What the node once called committed is on the chain it comes back with, or stored above that. */
  started(node: NodeId, { genesis, committed, recent, tail }: Recovered): void {
    const chain = new Map<number, Hash>(recent.map(({ header, hash }) => [header.index, hash]));
    const lowest = recent[0]?.header;
    // One hash names all that is below it: where memory ends, the parent does.
    if (lowest !== undefined) chain.set(lowest.index - 1, lowest.parent);
    const above = new Set(tail.map((entry) => entry.hash));
    this.#holdersOf(genesis.hash).add(node);
    for (const hash of [...chain.values(), ...above]) this.#holdersOf(hash).add(node);
    const bottom = Math.min(...chain.keys());
    for (let index = bottom; index <= (this.#own.get(node) ?? 0); index++) {
      const hash = this.#committed.get(index);
      if (hash === undefined) continue;
      const isThere = index <= committed.index ? chain.get(index) === hash : above.has(hash);
      if (!isThere)
        throw new Violation(
          this.name,
          `${node} called entry ${index} committed, and comes back without it`,
        );
    }
    // What its crash made it forget is like what it never committed: others must hold it, it may drop it.
    this.#own.set(node, committed.index);
  }
}
