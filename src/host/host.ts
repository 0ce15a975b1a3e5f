/**
 * The one loop around a core, which the real node and the simulator both run: what arrives is drained, verified and
 * stepped together; then everything the core wants written is written in one group. Order is data: a message waits for
 * its write by name, and after a write that failed nothing is sent.
 *
 * A request inside a Forward is handled by the core itself; one that was executed already is ordered once more without
 * harm (N2).
 */
import { unreachable } from '../base/assert.ts';
import type { Effect, Input, Now, Ticket } from '../consensus/core.ts';
import type { Entry } from '../consensus/model/entry.ts';
import type { ClientId, NodeId } from '../consensus/model/ids.ts';
import type { PeerMessage } from '../consensus/model/message.ts';
import type { Outcome } from '../machine/machine.ts';
import { HostFailure, messageOf } from './failure.ts';
import type { HostFailureCode } from './failure.ts';
import { executedOf, requestsOf } from './machine-entry.ts';
import { answerOwn } from './own-queries.ts';
import { assemble } from './parts.ts';
import type { Happening, HostDeps, HostOptions, HostParts } from './parts.ts';
import type { AnyMessage } from './protocol.ts';
import { freshCounters } from './status.ts';
import type { Counters, HostStatus, Queues } from './status.ts';

export type { HostDeps, HostOptions } from './parts.ts';

export class Host<M extends AnyMessage = PeerMessage> {
  /** Resolves when `stop` is through; rejects with a HostFailure when the host stopped by itself. */
  readonly stopped: Promise<void>;
  readonly #options: HostOptions;
  readonly #deps: HostDeps<M>;
  readonly #counters: Counters = freshCounters();
  readonly #parts: HostParts<M>;
  #resolve: () => void = () => undefined;
  #reject: (failure: HostFailure) => void = () => undefined;
  #state: 'running' | 'stopping' | 'halting' | 'stopped' = 'running';
  #failure: HostFailure | null = null;
  #willDrain = false;
  /** When that was asked for. */
  #wokenMs = 0;
  /** Something was stepped since the core was last told `drained`: only then can that change anything. */
  #undrained = false;
  #stopTicks: () => void = () => undefined;

  constructor(options: HostOptions, deps: HostDeps<M>) {
    this.#options = options;
    this.#deps = deps;
    this.stopped = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#parts = assemble(options, deps, this.#counters, {
      onDurable: (ticket) => this.#guard(() => this.#durable(ticket)),
      onApplied: (entry, outcomes) => this.#guard(() => this.#applied(entry, outcomes)),
      onLoaded: (peer, entries) =>
        this.#guard(() => this.#happen({ type: 'loaded', peer, entries })),
      onIdle: () => this.#settle(),
      onFailure: (code, error) => this.#fail(code, error),
      happened: (happening) => this.#step(happening),
      wake: () => this.#wake(),
      answerOwn: (query) => answerOwn(query, () => this.status(), deps.context),
    });
  }

  /** Time begins to pass for the core. */
  start(): void {
    const { heartbeatIntervalMs } = this.#options.configuration.parameters;
    const tickMs = Math.max(1, Math.floor(heartbeatIntervalMs / 4));
    this.#stopTicks = this.#deps.clock.every(tickMs, () => this.#guard(() => this.#tick()));
  }

  /** A whole frame over a link whose other end proved to be `from` (L1). */
  peerFrame(from: NodeId, frame: Uint8Array): void {
    if (this.#state !== 'running') return;
    this.#counters.framesIn++;
    this.#parts.peers.push(from, frame);
    this.#wake();
  }

  /** A whole frame over a connection whose other end proved to be `client`. */
  clientFrame(client: ClientId, frame: Uint8Array): void {
    if (this.#state !== 'running' && this.#state !== 'stopping') return;
    this.#counters.framesIn++;
    this.#parts.clients.push(client, frame);
    this.#wake();
  }

  peerConnected(peer: NodeId): void {
    if (this.#state !== 'running') return;
    this.#guard(() => this.#happen({ type: 'connected', peer }));
  }

  /** Something came from it; for how many milliseconds it shall be read no further (L2). */
  peerHeard(from: NodeId): number {
    return this.#isAlive ? this.#parts.peers.waitMs(from, this.#nowMs()) : 0;
  }

  /** So many bytes came from it, in frames or parts of them; for how many milliseconds it shall be read no further (L2). */
  clientHeard(client: ClientId, bytes: number): number {
    return this.#isAlive ? this.#parts.clients.heard(client, bytes) : 0;
  }

  /** The client's last connection is gone. */
  clientDisconnected(client: ClientId): void {
    this.#parts.clients.disconnected(client);
  }

  /** A leader hands over; the host goes on. */
  resign(): void {
    if (this.#state !== 'running') return;
    this.#guard(() => this.#happen({ type: 'resign' }));
  }

  /** Takes nothing new and finishes what is under way: requests are refused, writes and applying come to their end. */
  stop(): Promise<void> {
    if (this.#state === 'running') {
      this.#state = 'stopping';
      this.#stopTicks();
      this.#parts.clients.refuseRequests();
      this.#wake();
    }
    return this.stopped;
  }

  status(): HostStatus {
    const { core, machine, links, clock } = this.#deps;
    const { monotonicMs } = clock.now();
    return {
      state: this.#state === 'halting' ? 'stopping' : this.#state,
      core: core.status(),
      applied: machine.applied,
      stateDigest: machine.stateDigest,
      links: [...links.peers()].map(([peer, { connected, lastHeardMs }]) => ({
        peer,
        connected,
        lastHeardAgoMs: lastHeardMs === null ? null : Math.round(monotonicMs - lastHeardMs),
      })),
      counters: { ...this.#counters },
      queues: this.#queues(),
    };
  }

  #queues(): Queues {
    const { peers, clients, writer, outbox, applier } = this.#parts;
    const { entries, bytes } = applier.queued;
    return {
      peerFrames: peers.waiting,
      peerBytes: peers.waitingBytes,
      ...clients.queued,
      records: writer.waiting,
      sends: outbox.waiting,
      entries,
      entryBytes: bytes,
    };
  }

  #nowMs(): number {
    return this.#deps.clock.now().monotonicMs;
  }

  get #isAlive(): boolean {
    return this.#state === 'running' || this.#state === 'stopping';
  }

  /** Drains once everything that has arrived was handed over. */
  #wake(sinceMs = this.#nowMs()): void {
    if (this.#willDrain || !this.#isAlive) return;
    this.#willDrain = true;
    this.#wokenMs = sinceMs;
    this.#deps.clock.defer(() => this.#guard(() => this.#drain()));
  }

  #drain(): void {
    this.#willDrain = false;
    const nowMs = this.#nowMs();
    this.#parts.shares.turned(nowMs - this.#wokenMs, nowMs);
    // L2: peers before clients.
    if (!this.#parts.writer.isFull) this.#parts.peers.drain(nowMs);
    this.#parts.clients.drain();
    if (this.#undrained) {
      this.#step({ type: 'drained' });
      this.#undrained = false;
    }
    this.#parts.writer.flush();
    // What came while this drain ran has waited for all of it.
    if (this.#mayServePeers(nowMs) || this.#parts.clients.waiting) this.#wake(nowMs);
    this.#settle();
  }

  /** Who has to wait for the disk has its turn after the write, who has to wait for time after a tick. */
  #mayServePeers(nowMs: number): boolean {
    return !this.#parts.writer.isFull && this.#parts.peers.isReady(nowMs);
  }

  #tick(): void {
    this.#parts.fetches.tick(this.#nowMs());
    this.#happen({ type: 'tick' });
  }

  #durable(ticket: Ticket): void {
    this.#counters.syncs++;
    if (this.#state === 'halting') return this.#finishHalt();
    if (!this.#isAlive) return;
    this.#parts.outbox.release(ticket);
    this.#happen({ type: 'stored', ticket });
  }

  #applied(entry: Entry, outcomes: readonly Outcome[]): void {
    if (!this.#isAlive) return;
    const { index } = entry.header;
    this.#happen({ type: 'applied', index, executed: executedOf(entry, outcomes) });
    // N6: replies go out once it is executed.
    requestsOf(entry).forEach((request, at) => {
      const outcome = outcomes[at] as Outcome;
      this.#parts.answers.outcome(outcome);
      this.#parts.clients.executed(request, outcome, index);
    });
  }

  /** One thing that happened outside a drain; a leader may have room for a batch now (N1). */
  #happen(happening: Happening<M>): void {
    this.#step(happening);
    this.#parts.writer.flush();
    this.#wake();
  }

  #step(happening: Happening<M>): void {
    if (!this.#isAlive) return;
    this.#undrained = true;
    const input = { ...happening, now: this.#deps.clock.now() } as Input<M>;
    for (const effect of this.#deps.core.step(input)) {
      if (!this.#isAlive) return;
      this.#perform(effect, input.now);
    }
  }

  #perform(effect: Effect<M>, now: Now): void {
    switch (effect.type) {
      case 'store':
        return this.#parts.writer.add(effect.ticket, effect.records);
      case 'send':
        return this.#parts.outbox.send(effect, this.#parts.writer.durable);
      case 'apply':
        return this.#parts.applier.push(effect.entries);
      case 'serve':
        return this.#parts.fetches.ask(effect.to, effect, now.monotonicMs);
      case 'load':
        return this.#parts.loader.load(effect);
      case 'overloaded':
        return this.#parts.answers.overloaded(effect.request);
      case 'report':
        return this.#deps.log(effect.level, effect.code, effect.text, effect.detail);
      case 'halt':
        return this.#halt(effect);
      default:
        return unreachable(effect);
    }
  }

  /** E5: nothing more is decided, sent or applied; the proof goes to the disk, then the host is done. */
  #halt({ code, text, proof }: Extract<Effect, { type: 'halt' }>): void {
    this.#state = 'halting';
    this.#failure = new HostFailure('halted', text);
    this.#deps.log('error', code, text);
    this.#silence();
    this.#parts.writer.add(Number.MAX_SAFE_INTEGER, [{ type: 'halt', code, text, proof }]);
    this.#parts.writer.flush();
  }

  #finishHalt(): void {
    this.#parts.writer.flush();
    if (!this.#parts.writer.idle) return;
    this.#state = 'stopped';
    this.#reject(this.#failure ?? new HostFailure('halted', 'halted'));
  }

  /** Our own faults stop the node as those of the disk do: nothing is sent after them. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#fail('internal', error);
    }
  }

  #fail(code: HostFailureCode, error: unknown): void {
    if (this.#state === 'stopped') return;
    this.#state = 'stopped';
    this.#silence();
    this.#deps.log('error', code, messageOf(error));
    this.#reject(this.#failure ?? new HostFailure(code, messageOf(error), error));
  }

  #silence(): void {
    this.#stopTicks();
    this.#parts.outbox.close();
    this.#parts.answers.close();
    this.#parts.applier.stop();
    this.#parts.peers.clear();
    this.#parts.clients.clear();
  }

  /** Stops for good when `stop` was called and nothing is under way any more. */
  #settle(): void {
    if (this.#state !== 'stopping' || this.#willDrain) return;
    const { clients, fetches, loader } = this.#parts;
    const isServing = this.#mayServePeers(this.#nowMs());
    const isBusy = isServing || !clients.idle || !fetches.idle || !loader.idle;
    if (isBusy || !this.#parts.writer.idle || !this.#parts.applier.idle) return;
    this.#state = 'stopped';
    this.#silence();
    this.#resolve();
  }
}
