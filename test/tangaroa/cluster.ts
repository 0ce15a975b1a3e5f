/**
 * Cores side by side, without links, disks or clocks: a test delivers what it wants, when it wants. What the crypto room
 * proves (signatures, hash chains, quorums in certificates) is trusted here and tested there.
 */
import { createHash } from 'node:crypto';
import { limits } from '../../src/base/limits.ts';
import type { Core, CoreDeps, Effect, Input, Now, Recovered } from '../../src/consensus/core.ts';
import { certifiedPosition } from '../../src/consensus/model/certificate.ts';
import type { Configuration } from '../../src/consensus/model/configuration.ts';
import { DEFAULT_PARAMETERS } from '../../src/consensus/model/configuration.ts';
import type { Entry, Naming } from '../../src/consensus/model/entry.ts';
import { hashChain, nameEntry, positionOf } from '../../src/consensus/model/entry.ts';
import type {
  ClientId,
  ClusterId,
  Epoch,
  Hash,
  LogIndex,
  NodeId,
  Term,
} from '../../src/consensus/model/ids.ts';
import { ZERO_HASH } from '../../src/consensus/model/ids.ts';
import type { Body, PeerMessage } from '../../src/consensus/model/message.ts';
import type { ClientRequest } from '../../src/consensus/model/request.ts';
import type { NodeStatement, Signed } from '../../src/consensus/model/statement.ts';
import { signingBytes } from '../../src/consensus/model/statement.ts';
import type { Verified } from '../../src/consensus/model/verified.ts';
import { createTangaroa } from '../../src/consensus/tangaroa/core.ts';
import { executedOf } from '../executed.ts';
import { Disk } from './disk.ts';

export const CLUSTER = 'c'.repeat(64) as ClusterId;

export function digest(bytes: Uint8Array): Hash {
  return createHash('sha256').update(bytes).digest('hex') as Hash;
}

/** What crypto would have minted. */
export function trust<T>(value: T): Verified<T> {
  return value as Verified<T>;
}

export function idOf(number: number): NodeId {
  return `n${number}` as NodeId;
}

export function makeConfiguration(nodes: number): Configuration {
  const ids = Array.from({ length: nodes }, (_, i) => idOf(i + 1));
  return {
    epoch: 0 as Epoch,
    sets: [ids],
    members: ids.map((id, i) => ({
      id,
      publicKey: new Uint8Array(32).fill(i + 1),
      address: `127.0.0.1:${7000 + i}`,
    })),
    clients: [],
    parameters: DEFAULT_PARAMETERS,
  };
}

export function makeGenesisEntry(
  configuration: Configuration,
  naming: Naming = hashChain(digest),
): Entry {
  return nameEntry(
    {
      index: 1 as LogIndex,
      epoch: 0 as Epoch,
      term: 0 as Term,
      parent: ZERO_HASH,
      kind: 'configuration',
      timestamp: 0,
    },
    new Uint8Array([1, 2, 3]),
    { kind: 'configuration', configuration },
    naming,
  );
}

/** The statement under a signature that names its signer: nothing here looks at signature bytes. */
export function signAs<S extends NodeStatement>(signer: NodeId, statement: S): Signed<S> {
  return { signer, statement, signature: new Uint8Array(64) };
}

export function depsOf(self: NodeId): CoreDeps {
  return {
    digest,
    encodeContent: (content) => new TextEncoder().encode(describe(content)),
    sign: (statement) => signAs(self, statement),
    signBody: (body: Body): PeerMessage => {
      const bodyDigest = digest(new TextEncoder().encode(describe(body)));
      return { ...body, signed: signAs(self, { kind: body.kind, bodyDigest }) };
    },
  };
}

/** Any value as text, the same for the same value. */
function describe(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) => {
    if (typeof field === 'bigint') return `${field}n`;
    return field instanceof Uint8Array ? Buffer.from(field).toString('hex') : field;
  });
}

let requestCount = 0;

/** A request of some client; every call makes another one unless told the number. */
export function makeRequest(
  client = 'aa',
  first = BigInt(++requestCount),
  bytes = 100,
  salt = '',
): ClientRequest {
  const statement = {
    kind: 'client-request',
    client: client.repeat(32).slice(0, 64) as ClientId,
    first,
    count: 1,
    commandsDigest: digest(new TextEncoder().encode(`${first} ${salt}`)),
    acknowledged: first > 1n ? first - 1n : 0n,
  } as const;
  const whole = new Uint8Array(bytes);
  whole.set(new TextEncoder().encode(`${client} ${first} ${salt}`));
  return {
    statement,
    signature: new Uint8Array(64),
    commands: [new Uint8Array([1])],
    bytes: whole,
    digest: digest(signingBytes(CLUSTER, statement.client, statement)),
  };
}

export interface Sent {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: PeerMessage;
}

/** Where a node lives: what it is given, and who hears of what it does. */
export interface Home {
  readonly configuration: Configuration;
  readonly genesis: Entry;
  readonly now: Now;
  readonly eagerEntries: number;
  readonly depsOf: (id: NodeId) => CoreDeps;
  post(from: NodeId, to: NodeId | 'all', message: PeerMessage): void;
  checkApplied(node: TestNode, entry: Entry): void;
  /** Sees every effect before it is carried out. */
  watch?(node: TestNode, effect: Effect): void;
}

/** One core with its disk. */
export class TestNode {
  readonly id: NodeId;
  readonly disk = new Disk();
  readonly applied: Entry[] = [];
  readonly reports: string[] = [];
  core!: Core;
  halted: string | null = null;
  overloaded: ClientRequest[] = [];
  up = true;
  /** While false, writes wait: nothing becomes durable. */
  writes = true;
  #pending: Extract<Effect, { type: 'store' }>[] = [];
  #held: { readonly after: number; readonly to: NodeId | 'all'; readonly message: PeerMessage }[] =
    [];
  readonly #cluster: Home;

  constructor(id: NodeId, cluster: Home) {
    this.id = id;
    this.#cluster = cluster;
    this.start();
  }

  start(): void {
    this.up = true;
    this.writes = true;
    this.#pending = [];
    this.#held = [];
    this.core = createTangaroa(
      {
        self: this.id,
        configuration: this.#cluster.configuration,
        eagerEntries: this.#cluster.eagerEntries,
      },
      this.#cluster.depsOf(this.id),
      this.#recover(),
      this.#cluster.now,
    );
    this.step({ type: 'tick', now: this.#cluster.now });
  }

  /** Loses what was not durable. */
  crash(): void {
    this.up = false;
  }

  #recover(): Recovered {
    const { genesis } = this.#cluster;
    const chain = [genesis, ...this.applied];
    const committed = positionOf(chain.at(-1) as Entry);
    const commit = this.disk.commit;
    return {
      genesis,
      term: this.disk.term,
      accepted: this.disk.accepted,
      prepared: this.disk.prepared,
      commit: commit !== null && certifiedPosition(commit).index <= committed.index ? commit : null,
      committed,
      applied: committed.index,
      recent: chain.map(({ header, hash }) => ({ header, hash })),
      tail: [...this.disk.entries.values()]
        .filter((entry) => entry.header.index > committed.index)
        .sort((a, b) => a.header.index - b.header.index),
      evidence: this.disk.evidence,
      vote: null,
    };
  }

  step(input: Input): void {
    if (!this.up) return;
    for (const effect of this.core.step(input)) this.#carryOut(effect);
    if (this.writes) this.flush();
  }

  /** Makes every waiting write durable. */
  flush(): void {
    while (this.up && this.#pending.length > 0) {
      const stored = this.#pending;
      this.#pending = [];
      for (const effect of stored) for (const record of effect.records) this.disk.write(record);
      const ticket = (stored.at(-1) as { ticket: number }).ticket;
      const ready = this.#held.filter(({ after }) => after <= ticket);
      this.#held = this.#held.filter(({ after }) => after > ticket);
      for (const { to, message } of ready) this.#cluster.post(this.id, to, message);
      for (const effect of this.core.step({ type: 'stored', now: this.#cluster.now, ticket }))
        this.#carryOut(effect);
    }
  }

  #carryOut(effect: Effect): void {
    this.#cluster.watch?.(this, effect);
    switch (effect.type) {
      case 'store':
        this.#pending.push(effect);
        return;
      case 'send':
        if (effect.after === null) this.#cluster.post(this.id, effect.to, effect.message);
        else this.#held.push({ after: effect.after, to: effect.to, message: effect.message });
        return;
      case 'apply':
        this.#apply(effect.entries);
        return;
      case 'serve':
        this.#serve(effect);
        return;
      case 'load':
        throw new Error('this core loads nothing: plain Raft does');
      case 'overloaded':
        this.overloaded.push(effect.request);
        return;
      case 'report':
        this.reports.push(effect.code);
        return;
      case 'halt':
        this.halted = effect.code;
    }
  }

  #serve({ to, from, newest, link }: Extract<Effect, { type: 'serve' }>): void {
    const upTo = newest === null ? Infinity : certifiedPosition(newest).index;
    const entries = this.applied.filter(
      ({ header }) => header.index >= from && header.index <= upTo,
    );
    const body =
      newest === null
        ? { entries, headers: link?.headers ?? [], leader: link?.leader ?? null, commit: null }
        : { entries, headers: [], leader: null, commit: newest };
    const { signBody } = this.#cluster.depsOf(this.id);
    this.#cluster.post(this.id, to, signBody({ kind: 'entries', body }));
  }

  #apply(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.applied.push(entry);
      this.#cluster.checkApplied(this, entry);
      const input = {
        type: 'applied',
        now: this.#cluster.now,
        index: entry.header.index,
        executed: executedOf(entry),
      } as const;
      for (const effect of this.core.step(input)) this.#carryOut(effect);
    }
  }

  /** The digests of the requests that its log holds, in order. */
  get ordered(): readonly Hash[] {
    return this.applied.flatMap(({ content }) =>
      content.kind === 'batch' ? content.requests.map((request) => request.digest) : [],
    );
  }
}

export type Filter = (sent: Sent) => boolean;

export class Cluster implements Home {
  readonly configuration: Configuration;
  readonly genesis: Entry;
  readonly eagerEntries: number;
  readonly depsOf = depsOf;
  readonly nodes: TestNode[] = [];
  now: Now = { monotonicMs: 0, wallMs: 1_000_000 };
  /** What is under way, oldest first. */
  queue: Sent[] = [];
  /** Everything that was ever sent. */
  readonly history: Sent[] = [];
  /** Returns false for what the network loses. */
  passes: Filter = () => true;
  readonly #committed = new Map<number, Hash>();

  /** `eagerEntries`: by default small batches fill the window, which shows more of the rules. */
  constructor(size = 4, eagerEntries: number = limits.window) {
    this.eagerEntries = eagerEntries;
    this.configuration = makeConfiguration(size);
    this.genesis = makeGenesisEntry(this.configuration);
    for (let i = 1; i <= size; i++) this.nodes.push(new TestNode(idOf(i), this));
  }

  node(number: number): TestNode {
    return this.nodes[number - 1] as TestNode;
  }

  post(from: NodeId, to: NodeId | 'all', message: PeerMessage): void {
    for (const node of this.nodes) {
      if (node.id === from || (to !== 'all' && node.id !== to)) continue;
      const sent = { from, to: node.id, message };
      this.history.push(sent);
      this.queue.push(sent);
    }
  }

  /** Agreement, after every applied entry of every node. */
  checkApplied(node: TestNode, entry: Entry): void {
    const { index } = entry.header;
    const known = this.#committed.get(index);
    if (known !== undefined && known !== entry.hash)
      throw new Error(`${node.id} forked at ${index}`);
    this.#committed.set(index, entry.hash);
  }

  /** Delivers the oldest message. */
  deliver(): boolean {
    const sent = this.queue.shift();
    if (sent === undefined) return false;
    const node = this.nodes.find(({ id }) => id === sent.to) as TestNode;
    if (!node.up || !this.passes(sent)) return true;
    if (!node.core.wants(sent.message, sent.from)) return true;
    node.step({ type: 'received', now: this.now, from: sent.from, message: trust(sent.message) });
    node.step({ type: 'drained', now: this.now });
    return true;
  }

  /** Delivers until nothing is under way. */
  settle(): void {
    for (let i = 0; i < 100_000; i++) if (!this.deliver()) return;
    throw new Error('messages without end');
  }

  /** Lets time pass, in ticks of 20 ms, delivering everything in between. */
  run(ms: number): void {
    for (let passed = 0; passed < ms; passed += 20) {
      this.now = { monotonicMs: this.now.monotonicMs + 20, wallMs: this.now.wallMs + 20 };
      for (const node of this.nodes) node.step({ type: 'tick', now: this.now });
      this.settle();
    }
  }

  request(to: number, request: ClientRequest = makeRequest()): Hash {
    this.node(to).step({ type: 'requested', now: this.now, request: trust(request) });
    this.node(to).step({ type: 'drained', now: this.now });
    return request.digest;
  }

  get leader(): TestNode | undefined {
    return this.nodes.find((node) => node.up && node.core.status().role === 'leader');
  }

  sentBy(number: number, kind: PeerMessage['kind']): readonly PeerMessage[] {
    return this.history
      .filter((sent) => sent.from === idOf(number) && sent.message.kind === kind)
      .map((sent) => sent.message);
  }
}
