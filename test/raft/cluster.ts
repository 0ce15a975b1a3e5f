/**
 * Cores of plain Raft side by side, without links, disks or clocks: a test delivers what it wants, when it wants. After
 * every step the properties of the paper's figure 3 are checked over everything that ever happened.
 */
import { Random } from '../../src/base/random.ts';
import type { Now } from '../../src/consensus/core.ts';
import type { Configuration } from '../../src/consensus/model/configuration.ts';
import type { Entry } from '../../src/consensus/model/entry.ts';
import type { Hash, NodeId } from '../../src/consensus/model/ids.ts';
import type { ClientRequest } from '../../src/consensus/model/request.ts';
import type { RaftMessage } from '../../src/consensus/raft/message.ts';
import { idOf, makeConfiguration, trust } from '../tangaroa/cluster.ts';
import { Invariants } from './invariants.ts';
import { makeGenesisEntry, nextRequest } from './entries.ts';
import { TestNode } from './node.ts';
import type { Home, NodeOptions } from './node.ts';

export interface Sent {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: RaftMessage;
}

/** Returns false for what the network loses. */
export type Filter = (sent: Sent) => boolean;

const TICK_MS = 20;

export class Cluster implements Home {
  readonly configuration: Configuration;
  readonly genesis: Entry;
  readonly options: NodeOptions;
  readonly random: Random;
  readonly nodes: TestNode[] = [];
  readonly invariants = new Invariants();
  now: Now = { monotonicMs: 0, wallMs: 1_000_000 };
  /** What is under way, oldest first. */
  queue: Sent[] = [];
  /** Everything that was ever sent. */
  readonly history: Sent[] = [];
  passes: Filter = () => true;

  constructor(size = 3, options: NodeOptions = {}, seed = 1) {
    this.configuration = makeConfiguration(size);
    this.genesis = makeGenesisEntry(this.configuration);
    this.options = options;
    this.random = new Random(seed);
    for (let i = 1; i <= size; i++) this.nodes.push(new TestNode(idOf(i), this));
  }

  node(number: number): TestNode {
    return this.nodes[number - 1] as TestNode;
  }

  post(from: NodeId, to: NodeId | 'all', message: RaftMessage): void {
    for (const node of this.nodes) {
      if (node.id === from || (to !== 'all' && node.id !== to)) continue;
      const sent = { from, to: node.id, message };
      this.history.push(sent);
      this.queue.push(sent);
    }
  }

  stepped(node: TestNode): void {
    this.invariants.check(node, this.nodes);
  }

  /** Delivers the oldest message. */
  deliver(): boolean {
    const sent = this.queue.shift();
    if (sent === undefined) return false;
    if (this.passes(sent)) this.give(sent);
    return true;
  }

  give({ from, to, message }: Sent): void {
    const node = this.nodes.find(({ id }) => id === to) as TestNode;
    if (!node.up || !node.core.wants(message, from)) return;
    node.step({ type: 'received', now: this.now, from, message: trust(message) });
    node.step({ type: 'drained', now: this.now });
  }

  /** Delivers until nothing is under way. */
  settle(): void {
    for (let i = 0; i < 100_000; i++) if (!this.deliver()) return;
    throw new Error('messages without end');
  }

  /** Time passes for everybody, and nothing is delivered. */
  wait(ms: number): void {
    this.now = { monotonicMs: this.now.monotonicMs + ms, wallMs: this.now.wallMs + ms };
  }

  /** Lets time pass in ticks, delivering everything in between. */
  run(ms: number): void {
    for (let passed = 0; passed < ms; passed += TICK_MS) {
      this.wait(TICK_MS);
      for (const node of this.nodes) node.tick();
      this.settle();
    }
  }

  /** Runs until a node leads that all nodes which are up follow. */
  elect(): TestNode {
    for (let i = 0; i < 500; i++) {
      this.run(TICK_MS);
      const { leader } = this;
      if (leader === undefined) continue;
      const { id, term } = leader.core.status();
      const up = this.nodes.filter((node) => node.up).map((node) => node.core.status());
      if (up.every((status) => status.leader === id && status.term === term)) return leader;
    }
    throw new Error('no leader');
  }

  /** Makes a node leader: the others' timers stand still. What does not pass is lost. */
  promote(number: number): TestNode {
    const node = this.node(number);
    for (let i = 0; i < 500 && node.core.status().role !== 'leader'; i++) {
      this.wait(TICK_MS);
      node.tick();
      this.settle();
    }
    if (node.core.status().role !== 'leader') throw new Error(`${node.id} is not elected`);
    return node;
  }

  request(to: number, request: ClientRequest = nextRequest()): Hash {
    this.node(to).request(request);
    return request.digest;
  }

  /** The leader of the highest term. */
  get leader(): TestNode | undefined {
    return this.nodes
      .filter((node) => node.up && node.core.status().role === 'leader')
      .sort((a, b) => b.core.status().term - a.core.status().term)[0];
  }

  sent<K extends RaftMessage['kind']>(
    from: number,
    kind: K,
  ): readonly { readonly to: NodeId; readonly message: Extract<RaftMessage, { kind: K }> }[] {
    return this.history
      .filter((sent) => sent.from === idOf(from) && sent.message.kind === kind)
      .map(({ to, message }) => ({
        to,
        message: message as Extract<RaftMessage, { kind: K }>,
      }));
  }
}

/** Nothing passes between the two sides. */
export function partition(...side: readonly number[]): Filter {
  const ids = new Set(side.map(idOf));
  return ({ from, to }) => ids.has(from) === ids.has(to);
}

/** Nothing passes but between these. */
export function among(...numbers: readonly number[]): Filter {
  const ids = new Set(numbers.map(idOf));
  return ({ from, to }) => ids.has(from) && ids.has(to);
}
