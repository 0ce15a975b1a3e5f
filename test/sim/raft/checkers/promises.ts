/**
 * Raft, figure 2: "updated on stable storage before responding to RPCs". What a node says its disk has by the
 * time that it is heard; terms never go back, and there is one vote in each, in every life of a node.
 */
import type { Recovered, StoreRecord, VoteRecord } from '../../../../src/consensus/core.ts';
import type { Hash, NodeId, Term } from '../../../../src/consensus/model/ids.ts';
import type { RaftMessage } from '../../../../src/consensus/raft/message.ts';
import type { State } from '../../../../src/consensus/raft/state.ts';
import type { HostStatus } from '../../../../src/host/status.ts';
import type { Checker } from '../../checkers/checker.ts';
import { Violation } from '../../checkers/checker.ts';

/** What a disk ever had: what is dropped later was promised in time. */
interface Kept {
  term: Term;
  readonly votes: Map<Term, NodeId>;
  readonly entries: Set<Hash>;
}

export class Promises implements Checker<RaftMessage, State> {
  readonly name = 'promises';
  readonly #kept = new Map<NodeId, Kept>();

  #of(node: NodeId): Kept {
    const known = this.#kept.get(node);
    if (known !== undefined) return known;
    const kept: Kept = { term: 0 as Term, votes: new Map(), entries: new Set() };
    this.#kept.set(node, kept);
    return kept;
  }

  started(node: NodeId, { genesis, recent, tail, vote }: Recovered): void {
    const kept = this.#of(node);
    for (const { hash } of [genesis, ...recent, ...tail]) kept.entries.add(hash);
    if (vote !== null) this.#keepVote(node, vote);
    else if (kept.term > 0) this.#broken(node, 'nothing of a term', `its disk had ${kept.term}`);
  }

  stored(node: NodeId, records: readonly StoreRecord[]): void {
    for (const record of records) {
      if (record.type === 'entry') this.#of(node).entries.add(record.entry.hash);
      else if (record.type === 'vote') this.#keepVote(node, record.record);
    }
  }

  #keepVote(node: NodeId, { term, votedFor }: VoteRecord): void {
    const kept = this.#of(node);
    if (term < kept.term) this.#broken(node, `its term is ${term}`, `it was ${kept.term}`);
    kept.term = term;
    const before = kept.votes.get(term);
    if (before !== undefined && before !== votedFor)
      this.#broken(node, `it votes for ${votedFor} in term ${term}`, `it voted for ${before}`);
    if (votedFor !== null) kept.votes.set(term, votedFor);
  }

  received(node: NodeId, from: NodeId, message: RaftMessage): void {
    switch (message.kind) {
      case 'append-entries':
      case 'transfer-leadership':
        this.#demandVote(from, message.term, from, `leads term ${message.term}`);
        break;
      case 'request-vote':
        if (message.isPreVote) return this.#demandTerm(from, message.term - 1, message.kind);
        return this.#demandVote(from, message.term, from, `is a candidate in term ${message.term}`);
      case 'vote':
        // Of a pre-vote that is granted the term is the asker's.
        if (message.isPreVote && message.granted) return;
        if (message.granted)
          return this.#demandVote(from, message.term, node, `votes for ${node} in ${message.term}`);
        return this.#demandTerm(from, message.term, message.kind);
      case 'append-entries-response':
        this.#demandTerm(from, message.term, message.kind);
        if (message.matched !== null && !this.#of(from).entries.has(message.matched.hash))
          this.#broken(from, `it has entry ${message.matched.index}`, 'its disk never had');
        break;
      case 'forward':
    }
  }

  /** A process knows what its disk has. */
  looked(node: NodeId, _status: HostStatus, { term, votedFor }: State): void {
    const kept = this.#of(node);
    if (term < kept.term)
      this.#broken(node, `it is in term ${term}`, `its disk is in ${kept.term}`);
    const vote = kept.votes.get(term);
    if (vote !== undefined && vote !== votedFor)
      this.#broken(node, `it voted for ${votedFor} in term ${term}`, `its disk has ${vote}`);
  }

  #demandTerm(node: NodeId, term: number, what: string): void {
    const { term: durable } = this.#of(node);
    if (term > durable)
      this.#broken(node, `a ${what} of term ${term}`, `its disk is in term ${durable}`);
  }

  #demandVote(node: NodeId, term: Term, candidate: NodeId, what: string): void {
    const vote = this.#of(node).votes.get(term);
    if (vote !== candidate)
      this.#broken(node, `it ${what}`, `its disk has its vote for ${vote ?? 'nobody'} there`);
  }

  #broken(node: NodeId, said: string, but: string): never {
    throw new Violation(this.name, `${node} says: ${said}; but ${but}`);
  }
}
