/** One core under the eyes of a test, which speaks for all its peers. */
import type { Effect } from '../../src/consensus/core.ts';
import type { Entry } from '../../src/consensus/model/entry.ts';
import type { LogIndex, NodeId, Term } from '../../src/consensus/model/ids.ts';
import type { ClientRequest } from '../../src/consensus/model/request.ts';
import type {
  RaftAppendEntries,
  RaftAppendEntriesResponse,
  RaftMessage,
  RaftRequestVote,
  RaftVote,
} from '../../src/consensus/raft/message.ts';
import { idOf } from '../tangaroa/cluster.ts';
import { Cluster } from './cluster.ts';
import { entriesOf, nextRequest, positionAt } from './entries.ts';
import type { NodeOptions, TestNode } from './node.ts';

export const ELECTION_TIMEOUT_MS = 800;
export const HEARTBEAT_MS = 100;

export interface Setting extends NodeOptions {
  readonly size?: number;
  /** Of the entries above the genesis. */
  readonly terms?: readonly number[];
  readonly term?: number;
  readonly votedFor?: number | null;
  /** Index. */
  readonly committed?: number;
}

type Append = Partial<Omit<RaftAppendEntries, 'term' | 'entries' | 'committed'>> & {
  readonly term?: number;
  /** prevLogIndex and prevLogTerm. */
  readonly at?: readonly [number, number];
  /** Terms of the entries. */
  readonly terms?: readonly number[];
  readonly requests?: readonly ClientRequest[];
  readonly committed?: number;
};

export class Subject {
  readonly cluster: Cluster;
  /** n1. */
  readonly node: TestNode;
  /** What was already looked at. */
  #looked = 0;

  constructor({
    size = 3,
    terms = [],
    term,
    votedFor = null,
    committed = 1,
    ...options
  }: Setting = {}) {
    this.cluster = new Cluster(size, options);
    this.node = this.cluster.node(1);
    const { disk } = this.node;
    for (const entry of entriesOf(2, terms)) disk.entries.set(entry.hash, entry);
    const last = term ?? terms.at(-1) ?? 0;
    if (last > 0 || committed > 1)
      disk.vote = {
        term: last as Term,
        votedFor: votedFor === null ? null : idOf(votedFor),
        committed: positionAt(committed, committed === 1 ? 0 : (terms[committed - 2] ?? 0)),
      };
    this.node.crash();
    this.node.start(0);
  }

  get status(): ReturnType<TestNode['core']['status']> {
    return this.node.core.status();
  }

  /** What n1 sent since this was asked last. */
  heard(): readonly { readonly to: NodeId; readonly message: RaftMessage }[] {
    const fresh = this.cluster.history.slice(this.#looked).filter(({ from }) => from === idOf(1));
    this.#looked = this.cluster.history.length;
    return fresh.map(({ to, message }) => ({ to, message }));
  }

  /** The messages of one kind to one peer, out of `heard`. */
  heardBy<K extends RaftMessage['kind']>(
    peer: number,
    kind: K,
  ): readonly Extract<RaftMessage, { kind: K }>[] {
    return this.heard()
      .filter(({ to, message }) => to === idOf(peer) && message.kind === kind)
      .map(({ message }) => message as Extract<RaftMessage, { kind: K }>);
  }

  say(from: number, message: RaftMessage): void {
    this.node.receive(idOf(from), message);
    this.drained();
  }

  drained(): void {
    this.node.step({ type: 'drained', now: this.cluster.now });
  }

  append(
    from: number,
    { term = 1, at = [1, 0], terms = [], requests = [], committed = 1 }: Append,
  ): void {
    const [index, previousTerm] = at;
    this.say(from, {
      kind: 'append-entries',
      term: term as Term,
      previous: positionAt(index, previousTerm),
      previousTerm: previousTerm as Term,
      entries: entriesOf(index + 1, terms, previousTerm, requests),
      committed: committed as LogIndex,
    });
  }

  /** AppendEntries of this peer, with the answer to it. */
  appended(from: number, append: Append): RaftAppendEntriesResponse | undefined {
    this.heard();
    this.append(from, append);
    return this.heardBy(from, 'append-entries-response').at(-1);
  }

  /** Success up to an index of n1's own log. */
  matched(from: number, index: number, term = this.status.term): void {
    const mark = this.node.state.log.markAt(index as LogIndex);
    if (mark === null) throw new Error(`${index} has no name`);
    const matched = { index: mark.index, hash: mark.hash };
    this.say(from, { kind: 'append-entries-response', term, matched, hint: null });
  }

  /** Failure, with the place where the logs can agree. */
  rejected(from: number, index: number, term: number): void {
    this.say(from, {
      kind: 'append-entries-response',
      term: this.status.term,
      matched: null,
      hint: { index: index as LogIndex, term: term as Term },
    });
  }

  /** RequestVote of this peer, with the answer to it. */
  asked(
    from: number,
    term: number,
    last: readonly [number, number],
    how: Partial<RaftRequestVote> = {},
  ): RaftVote | undefined {
    this.heard();
    this.say(from, {
      kind: 'request-vote',
      term: term as Term,
      isPreVote: false,
      isTransfer: false,
      last: { index: last[0] as LogIndex, term: last[1] as Term },
      ...how,
    });
    return this.heardBy(from, 'vote').at(-1);
  }

  vote(
    from: number,
    fields: Partial<Omit<RaftVote, 'kind' | 'term'>> & { readonly term?: number } = {},
  ): void {
    const { term = this.status.term, isPreVote = false, granted = true } = fields;
    this.say(from, { kind: 'vote', term: term as Term, isPreVote, granted });
  }

  /** Time passes, in ticks. */
  run(ms: number): void {
    for (let passed = 0; passed < ms; passed += 20) {
      this.cluster.wait(Math.min(20, ms - passed));
      this.node.tick();
    }
  }

  /** Waits until n1 asks for pre-votes. */
  untilPreVote(): RaftRequestVote {
    this.heard();
    for (let passed = 0; passed < 4 * ELECTION_TIMEOUT_MS; passed += 20) {
      this.run(20);
      const question = this.heardBy(2, 'request-vote').at(-1);
      if (question?.isPreVote === true) return question;
    }
    throw new Error('no pre-vote');
  }

  /** Waits, and grants the pre-vote; with it, what n1 asked then. */
  untilElection(): RaftRequestVote {
    const { term } = this.untilPreVote();
    this.heard();
    for (const peer of this.peers.slice(0, this.needed)) this.vote(peer, { term, isPreVote: true });
    const question = this.heardBy(2, 'request-vote').at(-1);
    if (question === undefined) throw new Error('no election');
    return question;
  }

  /** As `untilElection`, and n1 is elected. */
  lead(): this {
    if (this.peers.length === 0) this.run(2 * ELECTION_TIMEOUT_MS);
    else this.#win();
    if (this.status.role !== 'leader') throw new Error('not elected');
    return this;
  }

  #win(): void {
    const { term } = this.untilElection();
    for (const peer of this.peers.slice(0, this.needed)) this.vote(peer, { term });
  }

  get peers(): readonly number[] {
    return this.cluster.nodes.slice(1).map((_, i) => i + 2);
  }

  /** How many peers make a majority with n1. */
  get needed(): number {
    return Math.floor(this.cluster.nodes.length / 2);
  }

  request(request: ClientRequest = nextRequest()): ClientRequest {
    this.node.request(request);
    return request;
  }

  /** n1 stops as by a loss of power, and starts from its disk; its machine keeps so many entries. */
  restart(machineKeeps = this.node.applied.length): void {
    this.node.crash();
    this.node.start(machineKeeps);
  }

  get log(): readonly number[] {
    return this.node.terms;
  }

  /** Of the entries on its disk. */
  get stored(): readonly number[] {
    return this.node.disk.chain(this.cluster.genesis).map((entry: Entry) => entry.header.term);
  }

  /** What one input makes, when nothing of it is carried out. */
  effectsOf(
    step: (core: TestNode['core']) => readonly Effect<RaftMessage>[],
  ): readonly Effect<RaftMessage>[] {
    return step(this.node.core);
  }
}
