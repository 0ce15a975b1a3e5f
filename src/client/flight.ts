/**
 * Requests on their way (C4): first to the leader that is believed in; when it is silent, lost or unwilling, to all,
 * always the same bytes (M3).
 */
import type { Random } from '../base/random.ts';
import type { Hash, NodeId } from '../consensus/model/ids.ts';
import type { Identity } from './identity.ts';
import type { Leader } from './leader.ts';
import type { Links } from './links.ts';
import type { Command, Outstanding } from './outstanding.ts';
import type { ClientClock } from './ports.ts';
import { RoundTrip } from './resend.ts';

export interface FlightDeps {
  readonly links: Links;
  readonly leader: Leader;
  readonly clock: ClientClock;
  readonly random: Random;
  /** Signs a request and encodes the frame that carries it. */
  readonly sign: Identity['request'];
}

export class Flight {
  readonly #deps: FlightDeps;
  /** In the order of their numbers. */
  readonly #requests = new Map<Hash, Outstanding>();
  readonly #roundTrip = new RoundTrip();

  constructor(deps: FlightDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#requests.size;
  }

  /** Commands whose callers wait. */
  get live(): number {
    let live = 0;
    for (const request of this.#requests.values()) live += request.live;
    return live;
  }

  /** The lowest number of all, or null. */
  get oldest(): bigint | null {
    for (const { first } of this.#requests.values()) return first;
    return null;
  }

  get(digest: Hash): Outstanding | null {
    return this.#requests.get(digest) ?? null;
  }

  find(first: bigint): Outstanding | null {
    for (const request of this.#requests.values()) if (request.first === first) return request;
    return null;
  }

  launch(commands: readonly Command[], first: bigint, acknowledged: bigint): void {
    const { clock, leader, links, random, sign } = this.#deps;
    const bytes = commands.map((command) => command.bytes);
    const { digest, frame } = sign(first, acknowledged, bytes);
    const nowMs = clock.monotonicMs();
    const to = leader.current;
    const request: Outstanding = {
      first,
      count: commands.length,
      digest,
      frame,
      commands,
      live: commands.length,
      tally: new Map(),
      firstSentMs: nowMs,
      attempts: 1,
      resendAtMs: nowMs + this.#roundTrip.patienceMs(1, random),
      toAll: to === null || !links.send(to, frame),
      refusals: new Map(),
    };
    for (const command of commands) command.request = request;
    this.#requests.set(digest, request);
    if (request.toAll) links.sendToAll(frame);
  }

  /** It was answered, or given up. */
  land(request: Outstanding): void {
    this.#requests.delete(request.digest);
  }

  /** An answer is believed: how long it took, if it was asked for once. */
  answered(request: Outstanding): void {
    this.land(request);
    if (request.attempts === 1)
      this.#roundTrip.measured(this.#deps.clock.monotonicMs() - request.firstSentMs);
  }

  /** `node` will not take it: every other node gets it, unless that was so already. */
  turnedAway(request: Outstanding, node: NodeId): void {
    this.#deps.leader.distrust(node);
    if (!request.toAll) this.#resend(request, this.#deps.clock.monotonicMs());
  }

  linkUp(node: NodeId): void {
    const { leader, links } = this.#deps;
    for (const request of this.#requests.values())
      if (request.toAll || leader.current === null || leader.current === node)
        links.send(node, request.frame);
  }

  leaderLost(): void {
    const nowMs = this.#deps.clock.monotonicMs();
    for (const request of this.#requests.values()) this.#resend(request, nowMs);
  }

  tick(nowMs: number): void {
    const { leader } = this.#deps;
    for (const request of this.#requests.values())
      if (nowMs >= request.resendAtMs) {
        leader.distrust(leader.current);
        this.#resend(request, nowMs);
      }
  }

  /** Empties the sky. */
  clear(): Outstanding[] {
    const requests = [...this.#requests.values()];
    this.#requests.clear();
    return requests;
  }

  #resend(request: Outstanding, nowMs: number): void {
    request.attempts++;
    request.toAll = true;
    request.resendAtMs = nowMs + this.#roundTrip.patienceMs(request.attempts, this.#deps.random);
    this.#deps.links.sendToAll(request.frame);
  }
}
