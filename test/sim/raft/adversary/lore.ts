/** What liars know: they see every frame, and remember of it what an attack builds on. */
import type { LogIndex, NodeId, Term } from '../../../../src/consensus/model/ids.ts';
import type { Header } from '../../../../src/consensus/model/entry.ts';
import type { ClientRequest } from '../../../../src/consensus/model/request.ts';
import { lastNumber } from '../../../../src/consensus/model/request.ts';
import type { Mark } from '../../../../src/consensus/raft/log.ts';
import { markOf } from '../../../../src/consensus/raft/log.ts';
import type { RaftAppendEntries, RaftMessage } from '../../../../src/consensus/raft/message.ts';

export class Lore {
  /** The highest term that anybody spoke of, pre-votes aside. */
  term = 0 as Term;
  /** Who was last heard to lead, and in which term. */
  leader: { readonly node: NodeId; readonly term: Term } | null = null;
  /** The latest time in an entry. */
  timestamp: number;
  /** The log of who was last heard to lead, as far as it was sent. */
  readonly #marks = new Map<LogIndex, Mark>();
  /** The highest leaderCommit that was sent to each. */
  readonly #told = new Map<NodeId, LogIndex>();
  /** By client, the highest number that it was seen to use. */
  readonly #numbers = new Map<string, bigint>();
  readonly #genesis: Mark;

  constructor(genesis: { readonly header: Header; readonly hash: Mark['hash'] }) {
    this.#genesis = markOf(genesis);
    this.timestamp = genesis.header.timestamp;
  }

  learn(from: NodeId, to: NodeId, message: RaftMessage): void {
    switch (message.kind) {
      case 'append-entries':
        return this.#leads(from, to, message);
      case 'forward':
        return this.#requests(message.requests);
      case 'request-vote':
      case 'vote':
        if (!message.isPreVote) this.#inTerm(message.term);
        break;
      case 'append-entries-response':
      case 'transfer-leadership':
        this.#inTerm(message.term);
    }
  }

  #inTerm(term: Term): void {
    if (term > this.term) this.term = term;
  }

  #leads(node: NodeId, to: NodeId, message: RaftAppendEntries): void {
    const { term, previous, previousTerm, entries, committed } = message;
    this.#inTerm(term);
    if (this.leader === null || term >= this.leader.term) this.leader = { node, term };
    this.#marks.set(previous.index, { ...previous, term: previousTerm });
    for (const entry of entries) {
      this.#marks.set(entry.header.index, markOf(entry));
      this.timestamp = Math.max(this.timestamp, entry.header.timestamp);
      if (entry.content.kind === 'batch') this.#requests(entry.content.requests);
    }
    if (committed > this.toldTo(to)) this.#told.set(to, committed);
  }

  #requests(requests: readonly ClientRequest[]): void {
    for (const { statement } of requests) {
      const last = lastNumber(statement);
      if (last > this.nextNumber(statement.client) - 1n) this.#numbers.set(statement.client, last);
    }
  }

  markAt(index: LogIndex): Mark | null {
    return index === this.#genesis.index ? this.#genesis : (this.#marks.get(index) ?? null);
  }

  /** What the node knows to be committed is at or below this. */
  toldTo(node: NodeId): LogIndex {
    return this.#told.get(node) ?? this.#genesis.index;
  }

  nextNumber(client: string): bigint {
    return (this.#numbers.get(client) ?? 0n) + 1n;
  }
}
