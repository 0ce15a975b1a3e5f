/** How a liar comes to lead any term it likes: voters believe what it says of its log. */
import type { Input } from '../../../../../src/consensus/core.ts';
import type { LogIndex, NodeId, Term } from '../../../../../src/consensus/model/ids.ts';
import type { RaftMessage } from '../../../../../src/consensus/raft/message.ts';
import type { RaftTraitor } from '../traitor.ts';

/** A log that is longer than anybody's. */
const FAR_AHEAD = 1_000_000;

export class Coup {
  readonly #me: RaftTraitor;
  readonly #wins: (term: Term) => void;
  readonly #votes = new Set<NodeId>();
  #term = 0 as Term;
  #isOver = true;

  /** `wins`: a majority votes, once for each coup. */
  constructor(me: RaftTraitor, wins: (term: Term) => void) {
    this.#me = me;
    this.#wins = wins;
  }

  /** Asks for votes in the next term. As in a transfer, so that nobody refuses for a leader that it hears. */
  begin(voters: readonly NodeId[]): void {
    const { lore } = this.#me;
    this.#term = (lore.term + 1) as Term;
    this.#votes.clear();
    this.#isOver = false;
    const last = { index: FAR_AHEAD as LogIndex, term: lore.term };
    this.#me.note(`asks for votes in term ${this.#term}, and says that its log is far ahead`);
    for (const voter of voters)
      this.#me.send(voter, {
        kind: 'request-vote',
        term: this.#term,
        isPreVote: false,
        isTransfer: true,
        last,
      });
  }

  /** What answers its reign its own core shall not hear. */
  hears(input: Input<RaftMessage>): Input<RaftMessage> | null {
    if (input.type !== 'received' || input.message.kind === 'forward') return input;
    const { from, message } = input;
    if (this.#term === 0 || message.term !== this.#term) return input;
    if (message.kind !== 'vote' && message.kind !== 'append-entries-response') return input;
    if (message.kind === 'vote' && message.granted && !this.#isOver) this.#count(from);
    return null;
  }

  #count(voter: NodeId): void {
    this.#votes.add(voter);
    if (this.#votes.size + 1 < this.#me.majority) return;
    this.#isOver = true;
    this.#me.note(`leads term ${this.#term}: ${[...this.#votes].join(' ')} voted for it`);
    this.#wins(this.#term);
  }
}
