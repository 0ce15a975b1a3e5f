/** A host around a scripted core: links, disk, machine and clock are in the test's hand. */
import { limits } from '../../src/base/limits.ts';
import { everyone } from '../../src/host/audience.ts';
import { tangaroaWire } from '../../src/host/tangaroa.ts';
import type {
  Core,
  CoreStatus,
  Effect,
  Input,
  Now,
  StoreRecord,
} from '../../src/consensus/core.ts';
import type { Entry } from '../../src/consensus/model/entry.ts';
import type { ClientId, Epoch, LogIndex, NodeId, Term } from '../../src/consensus/model/ids.ts';
import { ZERO_HASH } from '../../src/consensus/model/ids.ts';
import type { NodeToClientMessage, PeerMessage } from '../../src/consensus/model/message.ts';
import { NONE } from '../../src/consensus/model/position.ts';
import type { Signed } from '../../src/consensus/model/statement.ts';
import type { Verdict } from '../../src/crypto/verdict.ts';
import type { HostFailure } from '../../src/host/failure.ts';
import type { Verifier } from '../../src/crypto/verify.ts';
import { Host } from '../../src/host/host.ts';
import type { Clock, Links, LogStore } from '../../src/host/ports.ts';
import type { Answer, Lookup, Machine, MachineEntry, Outcome } from '../../src/machine/machine.ts';
import { decodeNodeToClientMessage } from '../../src/wire/client.ts';
import { decodePeerMessage, encodePeerMessage } from '../../src/wire/peer.ts';
import { makeTestCluster } from '../fixtures-crypto.ts';

export const cluster = makeTestCluster();
export const [self, second, third, fourth] = cluster.nodes as [NodeId, NodeId, NodeId, NodeId];
export const alice = cluster.clients[0]!;
export const bob = cluster.clients[1]!;

export class ManualClock implements Clock {
  time: Now = { monotonicMs: 1_000, wallMs: 5_000 };
  deferred: (() => void)[] = [];
  ticks: { readonly intervalMs: number; readonly callback: () => void }[] = [];

  now(): Now {
    return this.time;
  }
  defer(callback: () => void): void {
    this.deferred.push(callback);
  }
  every(intervalMs: number, callback: () => void): () => void {
    const timer = { intervalMs, callback };
    this.ticks.push(timer);
    return () => {
      this.ticks = this.ticks.filter((each) => each !== timer);
    };
  }
  advance(ms: number): void {
    this.time = {
      monotonicMs: this.time.monotonicMs + ms,
      wallMs: this.time.wallMs + ms,
    };
    for (const { callback } of this.ticks) callback();
  }
}

export class FakeLinks implements Links {
  readonly toPeers: { readonly to: NodeId; readonly frame: Uint8Array }[] = [];
  readonly toClients: { readonly to: ClientId; readonly message: NodeToClientMessage }[] = [];
  readonly closed: string[] = [];
  connected = new Set<ClientId>([alice.id, bob.id]);

  sendToPeer(to: NodeId, frame: Uint8Array): boolean {
    this.toPeers.push({ to, frame });
    return true;
  }
  sendToClient(to: ClientId, frame: Uint8Array): number {
    const decoded = decodeNodeToClientMessage(frame, cluster.context);
    if (!decoded.ok) throw new Error(decoded.reason);
    this.toClients.push({ to, message: decoded.value });
    return 1;
  }
  isClientConnected(client: ClientId): boolean {
    return this.connected.has(client);
  }
  closePeer(peer: NodeId, reason: string): void {
    this.closed.push(`${peer}: ${reason}`);
  }
  closeClient(client: ClientId, reason: string): void {
    this.closed.push(`${client}: ${reason}`);
  }
  peers(): ReturnType<Links['peers']> {
    return new Map([[second, { connected: true, lastHeardMs: 900 }]]);
  }

  /** What went to peers, decoded: `to kind`. */
  get sent(): { readonly to: NodeId; readonly message: PeerMessage }[] {
    return this.toPeers.map(({ to, frame }) => {
      const decoded = decodePeerMessage(frame, cluster.context);
      if (!decoded.ok) throw new Error(decoded.reason);
      return { to, message: decoded.value };
    });
  }
}

/** Writes wait until the test ends them. */
export class FakeStore implements LogStore {
  readonly writes: (readonly StoreRecord[])[] = [];
  #pending: { resolve: () => void; reject: (error: Error) => void }[] = [];
  entries: readonly Entry[] = [];

  get underWay(): number {
    return this.#pending.length;
  }
  write(records: readonly StoreRecord[]): Promise<void> {
    this.writes.push(records);
    return new Promise((resolve, reject) => this.#pending.push({ resolve, reject }));
  }
  async complete(): Promise<void> {
    this.#pending.shift()?.resolve();
    await settle();
  }
  async fail(error: Error): Promise<void> {
    this.#pending.shift()?.reject(error);
    await settle();
  }
  readonly reads: { readonly from: number; readonly to: number }[] = [];
  readCommitted: LogStore['readCommitted'] = (from, to, entriesMax) => {
    this.reads.push({ from, to: to.index });
    const found = this.entries.filter(
      ({ header }) => header.index >= from && header.index <= to.index,
    );
    return Promise.resolve(found.slice(0, entriesMax));
  };
  readHeaders: LogStore['readHeaders'] = (from, to) =>
    Promise.resolve(
      this.entries.filter(({ header }) => header.index >= from && header.index <= to.index),
    );
  readCertificate: LogStore['readCertificate'] = () => Promise.resolve(null);
}

export class FakeMachine implements Machine {
  applied: { index: number; hash: string } = { index: 1, hash: cluster.genesis.hash };
  stateDigest = 'd'.repeat(64);
  readonly entries: MachineEntry[] = [];
  lookupAnswer: Lookup = { type: 'new' };
  queryAnswer: Answer = { applied: 1, result: Uint8Array.of(7), work: 1 };
  /** Of each request that is executed. */
  results: readonly Uint8Array[] = [Uint8Array.of(1)];
  /** Where set, applying waits for it. */
  gate: Promise<void> | null = null;
  /** Where set, the writing of what was executed waits for it. */
  disk: Promise<void> | null = null;
  /** Of each request that is applied. */
  work = 1;
  /** Where all requests were executed before; null: in their entries. */
  executedIn: number | null = null;

  async apply(
    entry: MachineEntry,
    executed?: (outcomes: readonly Outcome[]) => void,
  ): Promise<readonly Outcome[]> {
    await this.gate;
    this.entries.push(entry);
    const outcomes = entry.requests.map(({ client, first, digest }) => ({
      client,
      first,
      digest,
      index: this.executedIn ?? entry.index,
      results: this.results,
      floor: 0n,
      work: this.work,
    }));
    executed?.(outcomes);
    await this.disk;
    this.applied = { index: entry.index, hash: entry.hash };
    return outcomes;
  }
  lookup(): Promise<Lookup> {
    return Promise.resolve(this.lookupAnswer);
  }
  query: Machine['query'] = () => Promise.resolve(this.queryAnswer);
  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Answers each input with what the script says. */
export class ScriptedCore implements Core {
  readonly inputs: Input[] = [];
  script: (input: Input) => readonly Effect[] = () => [];
  wanted: (message: PeerMessage) => boolean = () => true;
  certifiedIndex = 0 as LogIndex;

  wants(message: PeerMessage): boolean {
    return this.wanted(message);
  }
  step(input: Input): readonly Effect[] {
    this.inputs.push(input);
    return this.script(input);
  }
  certified(): LogIndex {
    return this.certifiedIndex;
  }
  status(): CoreStatus {
    return {
      id: self,
      role: 'follower',
      epoch: 0 as Epoch,
      term: 1 as Term,
      leader: second,
      accepted: NONE,
      prepared: { index: 6 as LogIndex, hash: ZERO_HASH },
      committed: NONE,
      applied: 0 as LogIndex,
      pending: 0,
      pendingBytes: 0,
      evidence: [],
      suspicions: [],
      backoff: 0,
    };
  }
  /** Types of all inputs but `drained`. */
  get types(): string[] {
    return this.inputs.map(({ type }) => type).filter((type) => type !== 'drained');
  }
}

/** Lets promises that are resolved take their turn. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

export class Rig {
  readonly clock = new ManualClock();
  readonly links = new FakeLinks();
  readonly store = new FakeStore();
  readonly machine = new FakeMachine();
  readonly core = new ScriptedCore();
  readonly lines: { readonly level: string; readonly code: string }[] = [];
  readonly verified: PeerMessage[] = [];
  readonly host: Host;
  /** `resolved`, or the code of the failure; null while the host runs. */
  ended: string | null = null;

  constructor(verifier: Verifier = cluster.verifier) {
    this.host = new Host(
      { self, configuration: cluster.configuration },
      {
        core: this.core,
        machine: this.machine,
        store: this.store,
        links: this.links,
        clock: this.clock,
        log: (level, code) => this.lines.push({ level, code }),
        wire: tangaroaWire({
          context: cluster.context,
          verifier: {
            get checked() {
              return verifier.checked;
            },
            peerMessage: (message, budget): Verdict<PeerMessage> => {
              this.verified.push(message);
              return verifier.peerMessage(message, budget);
            },
            request: (request, budget) => verifier.request(request, budget),
          },
          signer: cluster.signer(self),
        }),
        verifier,
        signer: cluster.signer(self),
        audience: everyone,
        context: cluster.context,
      },
    );
    this.host.stopped.then(
      () => (this.ended = 'resolved'),
      (error: HostFailure) => (this.ended = error.code),
    );
    this.host.start();
  }

  /** Runs what was deferred, and what that defers, until nothing is left. */
  async run(): Promise<void> {
    await settle();
    while (this.clock.deferred.length > 0) {
      const deferred = this.clock.deferred;
      this.clock.deferred = [];
      for (const callback of deferred) callback();
      await settle();
    }
  }

  /** On the next `drained`, once, the core wants these effects. */
  next(...effects: readonly Effect[]): void {
    const before = this.core.script;
    this.core.script = (input) => {
      if (input.type !== 'drained') return before(input);
      this.core.script = before;
      return effects;
    };
  }

  /** A node that has no time: its turns come late. */
  async makeLate(): Promise<void> {
    for (let turn = 0; turn < 100; turn++) {
      this.host.peerConnected(second);
      this.clock.advance(20 * limits.turnLateMs);
      await this.run();
    }
  }

  /** Makes the host drain although nothing arrived. */
  async poke(): Promise<void> {
    this.host.peerConnected(second);
    await this.run();
  }
}

let terms = 0;

/** A record that can be told from any other. */
export function someRecord(): StoreRecord {
  const record = {
    epoch: 0 as Epoch,
    term: ++terms as Term,
    position: NONE,
    silentUpTo: 0 as LogIndex,
  };
  return { type: 'accepted', record };
}

export function store(ticket: number, ...records: readonly StoreRecord[]): Effect {
  return { type: 'store', ticket, records: records.length === 0 ? [someRecord()] : records };
}

/** A message that can be told from any other by its wanted term. */
export function someMessage(wanted: number, from: NodeId = self): PeerMessage {
  const signed = cluster.signer(from).sign({
    kind: 'suspect',
    epoch: 0 as Epoch,
    wanted: wanted as Term,
    reason: 'silent',
  });
  return { kind: 'suspect', signed, certificate: null };
}

export function wantedOf(message: PeerMessage): number {
  if (message.kind !== 'suspect') throw new Error(message.kind);
  return message.signed.statement.wanted;
}

export function send(wanted: number, after: number | null, to: NodeId | 'all' = second): Effect {
  return { type: 'send', to, message: someMessage(wanted), after };
}

export function response(signer: NodeId, index: number, term = 1): PeerMessage {
  const signed: Signed = cluster.signer(signer).sign({
    kind: 'append-entries-response',
    epoch: 0 as Epoch,
    term: term as Term,
    accepted: { index: index as LogIndex, hash: 'a'.repeat(64) as typeof ZERO_HASH },
    prepared: NONE,
  });
  return { kind: 'append-entries-response', signed } as PeerMessage;
}

export const frameOf = encodePeerMessage;
