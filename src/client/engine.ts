/**
 * All that works between the methods of the client and the network: one interval turns every part, frames go to
 * whom they concern, and what callers wait for ends in exactly one way.
 */
import { Random } from '../base/random.ts';
import type { NodeId } from '../consensus/model/ids.ts';
import { encodeCommand } from '../machine/command.ts';
import type { Result } from '../machine/result.ts';
import { decodeNodeToClientMessage } from '../wire/client.ts';
import { readVoid } from './answers.ts';
import { TangaroaError } from './errors.ts';
import { aboveQueue, closedError, gaveUp, queueFull } from './explain.ts';
import type { Identity } from './identity.ts';
import { Leader } from './leader.ts';
import { Links } from './links.ts';
import type { Command } from './outstanding.ts';
import { OrderedCommand } from './ordered.ts';
import type { Kind } from './ordered.ts';
import { checkCall, Patience } from './patience.ts';
import type { GiveUp } from './patience.ts';
import { Pipeline } from './pipeline.ts';
import type { CallOptions, ClientDeps } from './ports.ts';
import { Reads } from './reads.ts';
import { highestUsed } from './session-query.ts';
import { leaderIn, parseReport, STATUS_QUERY } from './status.ts';

const TICK_MS = 25;
const STATUS_TIMEOUT_MS = 2_000;
/** Any ordered command would do to open a session (C2): this one changes nothing. */
const OPENING = encodeCommand({ type: 'get', key: Uint8Array.of(0) });

export interface EngineOptions {
  readonly timeoutMs: number;
  readonly queueCommandsMax: number;
  readonly queueBytesMax: number;
  readonly queueReadsMax: number;
}

export class Engine {
  readonly identity: Identity;
  readonly links: Links;
  readonly reads: Reads;
  readonly #clock: ClientDeps['clock'];
  readonly #digest: ClientDeps['digest'];
  readonly #queueBytesMax: number;
  readonly #patience: Patience;
  readonly #leader: Leader;
  readonly #pipeline: Pipeline;
  readonly #stop: () => void;
  readonly #polled = new Set<NodeId>();
  #closed = false;

  constructor(identity: Identity, options: EngineOptions, deps: ClientDeps) {
    this.identity = identity;
    const { clock } = deps;
    this.#clock = clock;
    this.#digest = deps.digest;
    this.#queueBytesMax = options.queueBytesMax;
    const [a = 0, b = 0, c = 0, d = 0] = deps.randomBytes(4);
    const random = new Random((a << 24) | (b << 16) | (c << 8) | d);
    const { sets } = identity.configuration;
    const { trust } = identity;
    const events = {
      up: (node: NodeId) => this.#linkUp(node),
      down: (node: NodeId) => this.#linkDown(node),
      received: (node: NodeId, frame: Uint8Array) => this.#received(node, frame),
    };
    this.#patience = new Patience({ tickMs: TICK_MS, defaultMs: options.timeoutMs }, clock);
    const patience = this.#patience;
    this.links = new Links(identity, { ...deps, random, events });
    const { links } = this;
    const { randomBytes } = deps;
    this.reads = new Reads(
      { queueMax: options.queueReadsMax },
      { identity, links, patience, clock, randomBytes, random },
    );
    this.#leader = new Leader({
      sets,
      faults: trust.faults,
      clock,
      ask: (node) => void this.#poll(node),
      linked: () => links.nodes.filter((node) => links.isUp(node)),
    });
    this.#pipeline = new Pipeline(
      { sets, queueCommandsMax: options.queueCommandsMax, queueBytesMax: options.queueBytesMax },
      {
        links,
        leader: this.#leader,
        patience,
        clock,
        random,
        sign: identity.request,
        trust,
        readVoid,
        highestUsed: () =>
          highestUsed(this.reads, links.nodes, { sets, faults: trust.faults }, () => this.#closed),
        openingCommand: OPENING,
      },
    );
    this.#stop = clock.every(TICK_MS, () => this.#tick());
    clock.defer(() => this.#tick());
  }

  /** Operations whose callers wait. */
  get size(): number {
    return this.#pipeline.size + this.reads.size;
  }

  get leader(): NodeId | null {
    return this.#leader.current;
  }

  /** Orders a command and believes f+1 voters about its result. */
  submit<K extends Exclude<Result['type'], 'error'>, T>(
    bytes: Uint8Array,
    kind: Kind<K, T>,
    options: CallOptions | undefined,
  ): Promise<T> {
    if (this.#closed) return Promise.reject(closedError('not-applied'));
    if (bytes.length > this.#queueBytesMax)
      return Promise.reject(aboveQueue(bytes.length, this.#queueBytesMax));
    if (!this.#pipeline.hasRoom(bytes.length))
      return Promise.reject(queueFull(this.#pipeline.size));
    return new Promise((resolve, reject) => {
      checkCall(options);
      const command = new OrderedCommand({ bytes, kind, leave: this.#leave }, resolve, reject);
      this.#patience.begin(command, options);
      this.#pipeline.submit(command);
    });
  }

  readonly #leave = (command: Command, why: GiveUp): TangaroaError => {
    const { request } = command;
    const error = gaveUp(why, {
      links: this.links,
      sent: request !== null,
      overloaded: request !== null && [...request.refusals.values()].includes('overloaded'),
      sessionFault: this.#pipeline.sessionFault,
    });
    this.#pipeline.left(command);
    return error;
  };

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stop();
    this.#pipeline.close(closedError('not-applied'), closedError('unknown'));
    this.reads.close(closedError('not-applied'));
    this.links.close();
  }

  #tick(): void {
    if (this.#closed) return;
    const nowMs = this.#clock.monotonicMs();
    this.links.tick(nowMs);
    const fault = this.links.permanentFault();
    if (fault !== null) {
      this.#pipeline.failWaiting(fault);
      this.reads.failAll(fault);
    }
    this.#patience.tick(nowMs);
    this.#leader.tick(nowMs, this.#pipeline.isBusy);
    this.#pipeline.tick(nowMs);
    this.reads.tick(nowMs);
  }

  #linkUp(node: NodeId): void {
    this.#leader.linkUp(node);
    this.reads.linkUp(node);
    this.#pipeline.linkUp(node);
  }

  #linkDown(node: NodeId): void {
    if (this.#closed) return;
    const lost = this.#leader.linkDown(node);
    this.reads.linkDown(node);
    if (lost) this.#pipeline.leaderLost();
  }

  #received(node: NodeId, frame: Uint8Array): void {
    const { clusterId } = this.identity;
    const decoded = decodeNodeToClientMessage(frame, { clusterId, digest: this.#digest });
    if (!decoded.ok) return this.links.drop(node, `sent a malformed frame: ${decoded.reason}`);
    const message = decoded.value;
    // Nodes speak for themselves only: one link, one voice.
    if (message.signed.signer !== node)
      return this.links.drop(node, `sent what ${message.signed.signer} signed`);
    switch (message.kind) {
      case 'client-reply':
        return this.#pipeline.received(message);
      case 'read-reply':
        return this.reads.received(node, message);
      case 'refusal': {
        const result = this.identity.trust.check(message);
        if (typeof result === 'object') return this.links.drop(node, result.invalid);
        this.#pipeline.refused(node, message.body);
        return this.reads.refused(node, message.body);
      }
    }
  }

  /** Asks one node for its status, for the leader it names; its silence is the links' to tell. */
  async #poll(node: NodeId): Promise<void> {
    if (this.#polled.has(node)) return;
    this.#polled.add(node);
    try {
      const answer = await this.reads.ask(node, STATUS_QUERY, { timeoutMs: STATUS_TIMEOUT_MS });
      const report = parseReport(answer.result);
      const named = report === null ? null : leaderIn(report);
      if (named !== null) this.#leader.reported(node, named);
    } catch (error) {
      if (!(error instanceof TangaroaError)) throw error;
    } finally {
      this.#polled.delete(node);
    }
  }
}
