/**
 * The nodes of a scenario and what is under way between them, all moved by hand. Honest nodes are real cores; what
 * reaches them passes the real verifier first (N5, E2, V1 are judged there). Traitors have no core: they see every
 * frame, and say what the script has them say.
 */
import { limits } from '../../src/base/limits.ts';
import { assert } from '../../src/base/assert.ts';
import type { CoreDeps, Effect, Now } from '../../src/consensus/core.ts';
import type { Configuration } from '../../src/consensus/model/configuration.ts';
import type { Entry } from '../../src/consensus/model/entry.ts';
import { positionOf } from '../../src/consensus/model/entry.ts';
import type { NodeId, Term } from '../../src/consensus/model/ids.ts';
import type { PeerMessage } from '../../src/consensus/model/message.ts';
import type { Verifier } from '../../src/crypto/verify.ts';
import type { Genesis } from '../../src/wire/genesis.ts';
import { Violation } from '../sim/checkers/checker.ts';
import { TestNode } from '../tangaroa/cluster.ts';
import type { Home, Sent } from '../tangaroa/cluster.ts';
import { Book } from './book.ts';
import { depsFor, genesisOf, requestOf, verifierOf } from './genesis.ts';
import { Invariants } from './invariants.ts';
import { Network } from './network.ts';
import { describeMessage } from './print.ts';
import type { Selection } from './selection.ts';
import type { TermWord } from './words.ts';
import { ScriptError } from './words.ts';

export const TICK_MS = 20;

/** What one line may deliver before something goes round in circles. */
const DELIVERIES_MAX = 100_000;

/** Something that happened, and to whom. */
export interface Event {
  readonly who: NodeId | null;
  /** Of a message. */
  readonly to?: NodeId | 'all';
  readonly what: string;
}

export class World implements Home {
  readonly configuration: Configuration;
  readonly genesis: Entry;
  readonly eagerEntries = limits.window;
  readonly book: Book;
  readonly #invariants: Invariants;
  readonly depsOf: (id: NodeId) => CoreDeps;
  /** Everything that was ever sent. */
  readonly history: Sent[] = [];
  /** What has happened since the printer took it. */
  readonly events: Event[] = [];
  /** Whether every message is an event: not while time passes. */
  loud = true;
  readonly network = new Network();
  now: Now = { monotonicMs: 0, wallMs: 1_000_000 };
  readonly #document: Genesis;
  readonly #nodes = new Map<NodeId, TestNode>();
  readonly #verifiers = new Map<NodeId, Verifier>();
  readonly #traitors: ReadonlySet<NodeId>;
  /** The traitors that have turned. */
  readonly turned: Set<NodeId>;

  /** `traitors` are whoever is one at some time; `turned` those who are from the beginning. */
  constructor(size: number, traitors: readonly NodeId[], turned: Iterable<NodeId>) {
    this.#document = genesisOf(size);
    this.configuration = this.#document.configuration;
    this.genesis = this.#document.entry;
    this.#traitors = new Set(traitors);
    this.turned = new Set(turned);
    this.depsOf = (id) => depsFor(this.#document, id);
    this.book = new Book(this.genesis, (number) => requestOf(this.#document, number));
    const outsider = verifierOf(this.#document);
    this.#invariants = new Invariants(outsider, (id) => this.#isHonest(id), this.book);
    for (const { id } of this.configuration.members) {
      this.#verifiers.set(id, verifierOf(this.#document));
      if (!this.turned.has(id)) this.#nodes.set(id, new TestNode(id, this));
    }
  }

  #isHonest(id: NodeId): boolean {
    return !this.#traitors.has(id);
  }

  get ids(): readonly NodeId[] {
    return this.configuration.members.map(({ id }) => id);
  }

  /** Who never turns. */
  get honestIds(): readonly NodeId[] {
    return this.ids.filter((id) => this.#isHonest(id));
  }

  get honestNodes(): readonly TestNode[] {
    return this.honestIds.map((id) => this.honest(id));
  }

  /** A node with a core: an honest one, or a traitor that has not turned yet. */
  honest(id: NodeId): TestNode {
    const node = this.#nodes.get(id);
    if (node === undefined) throw new ScriptError(`${id} is a traitor: only its own verbs move it`);
    return node;
  }

  get upIds(): readonly NodeId[] {
    return this.running.filter(({ up }) => up).map(({ id }) => id);
  }

  get running(): readonly TestNode[] {
    return [...this.#nodes.values()];
  }

  verifier(id: NodeId): Verifier {
    const verifier = this.#verifiers.get(id);
    assert(verifier !== undefined, `${id} is a member`);
    return verifier;
  }

  /** The highest term that an honest node is in, and so many above. */
  termOf(word: TermWord): Term {
    if (typeof word === 'number') return word;
    const terms = this.honestNodes.map(({ core }) => core.status().term);
    return (Math.max(...terms) + word.above) as Term;
  }

  /** From now on only the script speaks for it. */
  turn(id: NodeId): void {
    this.honest(id).crash();
    this.#nodes.delete(id);
    this.turned.add(id);
  }

  tell(who: NodeId | null, what: string): void {
    this.events.push({ who, what });
  }

  // What a core does.

  watch({ id }: TestNode, effect: Effect): void {
    if (this.#isHonest(id)) this.#invariants.watch(id, effect);
    if (effect.type === 'report' && effect.code !== 'conflict') this.tell(id, effect.text);
    if (effect.type === 'send') this.#learn(effect.message);
    if (effect.type === 'apply') this.tell(id, `committed ${this.#labels(effect.entries)}`);
    if (effect.type !== 'store') return;
    for (const record of effect.records)
      if (record.type === 'prepared')
        this.tell(id, `kept ${this.book.describe(record.certificate)}`);
  }

  #labels(entries: readonly Entry[]): string {
    return entries.map((entry) => this.book.label(positionOf(entry))).join(' ');
  }

  #learn(message: PeerMessage): void {
    if (message.kind !== 'append-entries') return;
    for (const entry of message.entries) {
      const news = this.book.learn(entry);
      if (news !== null) this.tell(null, news);
    }
  }

  checkApplied(node: TestNode, entry: Entry): void {
    if (this.#isHonest(node.id)) this.#invariants.applied(node, entry);
  }

  post(from: NodeId, to: NodeId | 'all', message: PeerMessage): void {
    this.book.see(message);
    if (this.#isHonest(from) && message.signed.signer === from) this.#invariants.said(message);
    const receivers = to === 'all' ? this.ids.filter((id) => id !== from) : [to];
    if (this.loud) this.events.push({ who: from, to, what: describeMessage(message, this.book) });
    for (const id of receivers) {
      const sent = { from, to: id, message };
      this.history.push(sent);
      if (!this.turned.has(id)) this.network.send(sent);
    }
  }

  /** What must hold between any two inputs. */
  check(): void {
    this.#invariants.check(this.honestNodes);
  }

  // What the script does.

  /** The network is whole; links that were cut are new ones (M3). */
  heal(): void {
    const cut = this.#pairs((a, b) => this.network.isCut(a, b));
    this.network.heal();
    for (const [a, b] of cut) this.#connect(a, b);
  }

  /** What was not durable is lost; its links are new ones. */
  restart(id: NodeId): void {
    const node = this.honest(id);
    if (node.up) throw new ScriptError(`${id} is up`);
    node.start();
    const links = this.#pairs((a, b) => (a === id || b === id) && !this.network.isCut(a, b));
    for (const [a, b] of links) this.#connect(a, b);
  }

  /** What waits is durable now, and what comes at once. */
  sync(id: NodeId): void {
    const node = this.honest(id);
    node.writes = true;
    node.flush();
  }

  #pairs(has: (a: NodeId, b: NodeId) => boolean): readonly (readonly [NodeId, NodeId])[] {
    return this.ids.flatMap((a) =>
      this.ids.filter((b) => a !== b && has(a, b)).map((b) => [a, b] as const),
    );
  }

  #connect(a: NodeId, b: NodeId): void {
    const peer = this.#nodes.get(b);
    if (peer === undefined || peer.up)
      this.#nodes.get(a)?.step({ type: 'connected', now: this.now, peer: b });
  }

  #deliver({ from, to, message }: Sent): void {
    const node = this.#nodes.get(to);
    if (node === undefined || !node.up || !node.core.wants(message, from)) return;
    const verdict = this.verifier(to).peerMessage(message);
    if (verdict.type === 'verified')
      node.step({ type: 'received', now: this.now, from, message: verdict.value });
    else if (verdict.type === 'accused') {
      const { culprit, epoch, term, reason } = verdict;
      node.step({ type: 'accused', now: this.now, culprit, epoch, term, reason });
    } else {
      const why = verdict.type === 'other-epoch' ? 'of another epoch' : verdict.reason;
      const what = `threw away what ${from} sent, ${describeMessage(message, this.book)}: ${why}`;
      if (this.#isHonest(from)) throw new Violation('convictions', `${to} ${what}`);
      this.tell(to, what);
    }
    node.step({ type: 'drained', now: this.now });
  }

  /** What is selected and under way now arrives, in order; what that leads to is under way. */
  deliverAll(what: Selection): void {
    for (const sent of this.network.take(what)) this.#deliver(sent);
  }

  /** Delivers until nothing is under way. */
  settle(): void {
    for (let count = 0; count < DELIVERIES_MAX; count++) {
      const sent = this.network.next();
      if (sent === undefined) return;
      this.#deliver(sent);
    }
    throw new Violation('liveness', 'messages without end');
  }

  /** Time goes by for everybody; nothing is delivered. */
  tick(): void {
    const { monotonicMs, wallMs } = this.now;
    this.now = { monotonicMs: monotonicMs + TICK_MS, wallMs: wallMs + TICK_MS };
    for (const node of this.running) node.step({ type: 'tick', now: this.now });
  }

  propose(name: string, to: readonly NodeId[]): void {
    const request = this.book.request(name);
    for (const id of to) {
      const verdict = this.verifier(id).request(request);
      assert(verdict.type === 'verified', 'a client signs what it sends');
      const node = this.honest(id);
      node.step({ type: 'requested', now: this.now, request: verdict.value });
      node.step({ type: 'drained', now: this.now });
    }
  }
}
