/** One core with its disk and its machine. */
import type { Random } from '../../src/base/random.ts';
import { limits } from '../../src/base/limits.ts';
import type { Core, Effect, Input, Now, Recovered, VoteRecord } from '../../src/consensus/core.ts';
import type { Configuration } from '../../src/consensus/model/configuration.ts';
import type { Entry } from '../../src/consensus/model/entry.ts';
import { positionOf } from '../../src/consensus/model/entry.ts';
import type { Hash, LogIndex, NodeId } from '../../src/consensus/model/ids.ts';
import type { ClientRequest } from '../../src/consensus/model/request.ts';
import { coreOf } from '../../src/consensus/raft/core.ts';
import type { RaftMessage } from '../../src/consensus/raft/message.ts';
import { termNaming } from '../../src/consensus/raft/naming.ts';
import { makeState } from '../../src/consensus/raft/restore.ts';
import type { RaftOptions } from '../../src/consensus/raft/restore.ts';
import type { State } from '../../src/consensus/raft/state.ts';
import { executedOf } from '../executed.ts';
import { trust } from '../tangaroa/cluster.ts';

export type NodeOptions = Pick<RaftOptions, 'responses' | 'eagerEntries'>;
type Of<T extends Effect<RaftMessage>['type']> = Extract<Effect<RaftMessage>, { type: T }>;

/** Where a node lives. */
export interface Home {
  readonly configuration: Configuration;
  readonly genesis: Entry;
  readonly now: Now;
  readonly options: NodeOptions;
  readonly random: Random;
  post(from: NodeId, to: NodeId | 'all', message: RaftMessage): void;
  /** A step of a node is over. */
  stepped(node: TestNode): void;
}

/** What survives. */
export class Disk {
  readonly entries = new Map<Hash, Entry>();
  vote: VoteRecord | null = null;
  write({ records }: Of<'store'>): void {
    for (const record of records) {
      if (record.type === 'entry') this.entries.set(record.entry.hash, record.entry);
      else if (record.type === 'drop') this.entries.delete(record.position.hash);
      else if (record.type === 'vote') this.vote = record.record;
      else throw new Error(`Raft writes no ${record.type}`);
    }
  }

  /** The stored log above the genesis, which must be one chain. */
  chain(genesis: Entry): readonly Entry[] {
    const chain = [...this.entries.values()].sort((a, b) => a.header.index - b.header.index);
    let parent = genesis;
    for (const entry of chain) {
      if (entry.header.parent !== parent.hash) throw new Error(`a hole at ${entry.header.index}`);
      parent = entry;
    }
    return chain;
  }
}

export class TestNode {
  readonly id: NodeId;
  disk = new Disk();
  /** What the machine was given: survives a crash up to `machine`. */
  applied: Entry[] = [];
  readonly reports: string[] = [];
  /** All that were asked for, and those not answered. */
  readonly loads: Of<'load'>[] = [];
  openLoads: Of<'load'>[] = [];
  core!: Core<RaftMessage>;
  state!: State;
  halted: string | null = null;
  /** What it said then. */
  lastWords: string | null = null;
  overloaded: ClientRequest[] = [];
  up = true;
  /** While false, writes wait: nothing becomes durable. */
  writes = true;
  /** While false, loads wait in `openLoads`. */
  answersLoads = true;
  /** While false, the machine stands still. */
  applies = true;
  #unapplied: Entry[] = [];
  #pending: Of<'store'>[] = [];
  #held: Of<'send'>[] = [];
  readonly #home: Home;

  constructor(id: NodeId, home: Home) {
    this.id = id;
    this.#home = home;
    this.start();
  }

  /** `applied`: how many entries above the genesis the machine still has; all it had, unless told. */
  start(applied = this.applied.length): void {
    this.up = true;
    this.writes = true;
    this.#pending = [];
    this.#held = [];
    this.openLoads = [];
    this.#unapplied = [];
    this.applied.length = applied;
    const { configuration, options, random, now } = this.#home;
    this.state = makeState(
      { self: this.id, configuration, eagerEntries: limits.window, ...options },
      {
        naming: termNaming,
        encodeContent: (content) =>
          new Uint8Array(
            content.kind === 'batch'
              ? content.requests.reduce((sum, { bytes }) => sum + bytes.length + 4, 4)
              : 4,
          ),
        random: random.fork(),
      },
      this.#recover(),
      now,
    );
    this.core = coreOf(this.state);
  }

  /** Loses what was not durable; of the writes under way, the first few are, and nobody heard of it. */
  crash(written = 0): void {
    if (!this.up) return;
    for (const effect of this.#pending.slice(0, written)) this.disk.write(effect);
    this.up = false;
  }

  resign(): void {
    this.step({ type: 'resign', now: this.#home.now });
  }

  /** As the host does it: what is known committed is applied before the core is made. */
  #recover(): Recovered {
    const { genesis } = this.#home;
    const chain = [genesis, ...this.disk.chain(genesis)];
    const index = Math.max(
      genesis.header.index,
      this.disk.vote?.committed.index ?? 0,
      this.applied.at(-1)?.header.index ?? 0,
    );
    const upTo = chain.slice(0, index);
    const last = upTo.at(-1);
    if (last?.header.index !== index) throw new Error(`${this.id} lost committed entries`);
    this.applied = upTo.slice(1);
    return {
      genesis,
      term: null,
      accepted: null,
      prepared: null,
      commit: null,
      committed: positionOf(last),
      applied: index as LogIndex,
      recent: upTo.slice(-limits.recentHeaders).map(({ header, hash }) => ({ header, hash })),
      tail: chain.slice(index),
      evidence: [],
      vote: this.disk.vote,
    };
  }

  step(input: Input<RaftMessage>): void {
    if (!this.up || this.halted !== null) return;
    this.#carryOut(this.core.step(input));
    if (this.writes) this.flush();
    this.#home.stepped(this);
  }

  tick(): void {
    const { now } = this.#home;
    this.step({ type: 'tick', now });
    this.step({ type: 'drained', now });
  }

  request(request: ClientRequest): void {
    const { now } = this.#home;
    this.step({ type: 'requested', now, request: trust(request) });
    this.step({ type: 'drained', now });
  }

  receive(from: NodeId, message: RaftMessage): void {
    this.step({ type: 'received', now: this.#home.now, from, message: trust(message) });
  }

  connect(peer: NodeId): void {
    this.step({ type: 'connected', now: this.#home.now, peer });
  }

  /** Makes every waiting write durable. */
  flush(): void {
    while (this.up && this.#pending.length > 0) {
      const stored = this.#pending;
      this.#pending = [];
      for (const effect of stored) this.disk.write(effect);
      const { ticket } = stored.at(-1) as Of<'store'>;
      this.#release(ticket);
      this.#carryOut(this.core.step({ type: 'stored', now: this.#home.now, ticket }));
    }
  }

  #release(ticket: number): void {
    const held = this.#held;
    this.#held = held.filter(({ after }) => (after ?? 0) > ticket);
    for (const { after, to, message } of held)
      if ((after ?? 0) <= ticket) this.#home.post(this.id, to, message);
  }

  #carryOut(effects: readonly Effect<RaftMessage>[]): void {
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: Effect<RaftMessage>): void {
    switch (effect.type) {
      case 'store':
        return void this.#pending.push(effect);
      case 'send':
        if (effect.after === null) this.#home.post(this.id, effect.to, effect.message);
        else this.#held.push(effect);
        return;
      case 'apply':
        return this.#apply(effect.entries);
      case 'load':
        this.loads.push(effect);
        if (this.answersLoads) this.answerLoad(effect);
        else this.openLoads.push(effect);
        return;
      case 'overloaded':
        return void this.overloaded.push(effect.request);
      case 'report':
        return void this.reports.push(effect.code);
      case 'halt':
        this.halted = effect.code;
        this.lastWords = effect.text;
        return;
      case 'serve':
        throw new Error('Raft serves nothing');
    }
  }

  /** As the host reads from the store, `count` entries at most. */
  answerLoad({ peer, from, upTo }: Of<'load'>, count = 100): void {
    if (!this.up) return;
    const { genesis, now } = this.#home;
    const entries = [genesis, ...this.applied]
      .filter(({ header }) => header.index >= from && header.index <= upTo.index)
      .slice(0, count);
    this.#carryOut(this.core.step({ type: 'loaded', now, peer, entries }));
  }

  #apply(entries: readonly Entry[]): void {
    this.#unapplied.push(...entries);
    if (this.applies) this.applyRest();
  }

  /** Applies what waits for the machine. */
  applyRest(): void {
    for (const entry of this.#unapplied.splice(0)) {
      if (!this.disk.entries.has(entry.hash))
        throw new Error(`${this.id} applied what is not stored`);
      const { index } = entry.header;
      if (index !== this.applied.length + 2) throw new Error(`${this.id} applied out of order`);
      this.applied.push(entry);
      const executed = executedOf(entry);
      this.#carryOut(this.core.step({ type: 'applied', now: this.#home.now, index, executed }));
    }
  }

  /** The digests of the requests that its machine was given, in order. */
  get ordered(): readonly Hash[] {
    return this.applied.flatMap(({ content }) =>
      content.kind === 'batch' ? content.requests.map((request) => request.digest) : [],
    );
  }

  /** Terms of its whole log above the genesis, durable or not. */
  get terms(): readonly number[] {
    const { log } = this.state;
    const terms: number[] = [];
    for (let i = 2; i <= log.last.index; i++) terms.push(log.markAt(i as LogIndex)?.term ?? -1);
    return terms;
  }
}
