/** A client of the simulated cluster that keeps the rules: several requests under way, each believed at f+1 equal replies (C3). */
import type { Random } from '../../src/base/random.ts';
import { limits } from '../../src/base/limits.ts';
import type { ClientId, Hash, NodeId } from '../../src/consensus/model/ids.ts';
import type { ClientReply, NodeToClientMessage, Read } from '../../src/consensus/model/message.ts';
import type { ClientRequest } from '../../src/consensus/model/request.ts';
import type { Verifier } from '../../src/crypto/verify.ts';
import { encodeCommand } from '../../src/machine/command.ts';
import type { Query } from '../../src/machine/query.ts';
import { decodeQueryResult, encodeQuery } from '../../src/machine/query.ts';
import type { Result } from '../../src/machine/result.ts';
import { decodeResult } from '../../src/machine/result.ts';
import { encodeClientMessage } from '../../src/wire/client.ts';
import { Violation } from './checkers/checker.ts';
import type { Watchers } from './checkers/checkers.ts';
import type { Unit } from './checkers/history.ts';
import type { Asked } from './checkers/local-reads.ts';
import type { Scheduler } from './scheduler.ts';
import type { Habits } from './workload.ts';
import { counterOf, Workload } from './workload.ts';

export interface ClientDeps {
  readonly scheduler: Scheduler;
  readonly random: Random;
  /** The longest that it thinks between two requests. */
  readonly thinkMsMax: number;
  readonly habits: Habits;
  readonly nodes: readonly NodeId[];
  readonly isHonest: (node: NodeId) => boolean;
  /** C3: how many nodes must say the same. */
  readonly believed: number;
  /** Makes and signs a request of these commands. */
  readonly makeRequest: (
    first: bigint,
    acknowledged: bigint,
    commands: readonly Uint8Array[],
  ) => ClientRequest;
  /** Makes and signs a read under a nonce of its own. */
  readonly makeRead: (query: Uint8Array) => Read;
  readonly send: (to: NodeId, frame: Uint8Array) => void;
  readonly verifier: Verifier;
  readonly checkers: Pick<Watchers, 'exactlyOnce' | 'linearizable' | 'sessions' | 'localReads'>;
}

const PATIENCE_MS = 400;
/** How late a repeat may come. */
const LATE_MS = 2_000;
/** Answers that a right history has: everything else is refused to nobody who keeps the rules. */
const ERRORS: readonly string[] = ['not-a-counter', 'counter-overflow'];
/** How many answered requests are remembered, for replies that come late. */
const SETTLED_MAX = 64;

/** A request under way. */
interface Flight {
  readonly request: ClientRequest;
  readonly frame: Uint8Array;
  readonly unit: Unit;
  /** The newest reply of each node: signers are counted, not messages. */
  readonly replies: Map<NodeId, ClientReply>;
}

export class SimClient {
  readonly id: ClientId;
  readonly #deps: ClientDeps;
  readonly #workload: Workload;
  #next = 1n;
  /** Under way, oldest number first. */
  readonly #flights = new Map<Hash, Flight>();
  readonly #settled = new Map<Hash, ClientRequest>();
  readonly #reads = new Map<string, Asked>();
  #leader: NodeId;
  #paused = false;
  answered = 0;

  constructor(id: ClientId, deps: ClientDeps) {
    this.id = id;
    this.#deps = deps;
    this.#leader = deps.random.pick(deps.nodes);
    this.#workload = new Workload(this.#name, deps.habits, deps.random.fork());
  }

  get #name(): string {
    return this.id.slice(0, 8);
  }

  get idle(): boolean {
    return this.#flights.size === 0;
  }

  /** Issues no more requests; those under way go on. */
  pause(): void {
    this.#paused = true;
  }

  /** Begins: as many requests under way as it may have, each followed by another when it was answered. */
  resume(): void {
    this.#paused = false;
    for (let i = 0; i < this.#deps.habits.inFlightMax; i++) this.#goOn();
  }

  #goOn(): void {
    const { random, habits, scheduler, thinkMsMax } = this.#deps;
    // However many are under way at times, the load is about that of one after another.
    scheduler.after(random.below(2 * thinkMsMax * habits.inFlightMax), () => {
      if (this.#paused) return;
      if (random.chance(1, 5)) this.#read();
      if (!this.#issue()) this.#goOn();
    });
  }

  get #acknowledged(): bigint {
    const [oldest] = this.#flights.values();
    return (oldest?.request.statement.first ?? this.#next) - 1n;
  }

  /** False where the window has no room (C2). */
  #issue(): boolean {
    const { random, habits, makeRequest, scheduler, checkers } = this.#deps;
    const calls = this.#workload.request();
    const acknowledged = this.#acknowledged;
    const highest = acknowledged + BigInt(limits.sessionWindow - calls.length + 1);
    if (this.#next > highest) return false;
    const first = random.chance(habits.leapsOfHundred, 100) ? highest : this.#next;
    this.#next = first + BigInt(calls.length);
    for (const call of calls) {
      const counter = counterOf(call);
      if (counter !== null) checkers.exactlyOnce.issued(counter);
    }
    const commands = calls.map(({ command }) => encodeCommand(command));
    const request = makeRequest(first, acknowledged, commands);
    const frame = encodeClientMessage({ kind: 'client-request', request });
    const name = `${this.#name} ${first}`;
    const unit = checkers.linearizable.history.called(name, calls, scheduler.nowMs);
    const flight: Flight = { request, frame, unit, replies: new Map() };
    this.#flights.set(request.digest, flight);
    this.#deps.send(this.#leader, frame);
    if (random.chance(1, 8)) this.#deps.send(random.pick(this.#deps.nodes), frame);
    this.#watch(flight);
    return true;
  }

  /** C4: to all when no answer comes in time. */
  #watch(flight: Flight): void {
    const { scheduler, random, nodes, send } = this.#deps;
    scheduler.after(PATIENCE_MS + random.below(PATIENCE_MS), () => {
      if (!this.#flights.has(flight.request.digest)) return;
      this.#leader = random.pick(nodes);
      for (const node of nodes) send(node, flight.frame);
      this.#watch(flight);
    });
  }

  #read(): void {
    const { random, nodes, makeRead, send, checkers } = this.#deps;
    const node = random.pick(nodes);
    const query: Query = random.chance(1, 2)
      ? { type: 'state' }
      : { type: 'get', key: this.#workload.someKey() };
    const read = makeRead(encodeQuery(query));
    this.#reads.set(read.statement.nonce, checkers.localReads.asked(node));
    send(node, encodeClientMessage(read));
  }

  receive(from: NodeId, message: NodeToClientMessage): void {
    const { verifier, isHonest } = this.#deps;
    if (message.signed.signer !== from || verifier.reply(message).type !== 'verified') return;
    switch (message.kind) {
      case 'client-reply':
        return this.#replied(from, message);
      case 'read-reply': {
        const { nonce, applied } = message.signed.statement;
        const asked = this.#reads.get(nonce);
        this.#reads.delete(nonce);
        if (asked?.node !== from || !isHonest(from)) return;
        const result = decodeQueryResult(message.result);
        if (!result.ok) throw new Violation('answers', `${from}: ${result.reason}`);
        return this.#deps.checkers.localReads.answered(asked, applied, result.value);
      }
      case 'refusal': {
        const { code, detail } = message.body;
        if (isHonest(from) && code !== 'overloaded' && code !== 'stopping')
          throw new Violation('answers', `${from} refuses ${this.#name}: ${code}, ${detail}`);
      }
    }
  }

  #replied(from: NodeId, message: ClientReply): void {
    const { statement } = message.signed;
    const flight = this.#flights.get(statement.requestDigest);
    const request = flight?.request ?? this.#settled.get(statement.requestDigest);
    if (request === undefined) return;
    const isHonest = this.#deps.isHonest(from);
    if (isHonest) this.#deps.checkers.sessions.replied(from, request, message);
    if (flight === undefined) return;
    // C2: this client neither reused a number nor gave one up, and nothing that it waits for is void.
    if (isHonest && statement.index === 0)
      throw new Violation(
        'answers',
        `${from} calls ${flight.unit.name} void, though its client reused no number and gave none up`,
      );
    const { replies } = flight;
    replies.set(from, message);
    const equal = [...replies.values()].filter(
      ({ signed }) =>
        signed.statement.epoch === statement.epoch &&
        signed.statement.index === statement.index &&
        signed.statement.resultsDigest === statement.resultsDigest,
    );
    if (equal.length >= this.#deps.believed) this.#believe(flight, message);
  }

  #believe({ request, frame, unit }: Flight, { signed, results }: ClientReply): void {
    const { checkers, scheduler, random, nodes, send } = this.#deps;
    const { index } = signed.statement;
    const decoded = results.map((result) => decodeResult(result));
    const answers = decoded.flatMap((each) => (each.ok ? [each.value] : []));
    const isWhole = index > 0 && answers.length === unit.calls.length;
    if (!isWhole || !answers.every(isPossible))
      throw new Violation('answers', `${unit.name} got of entry ${index}: ${textOf(answers)}`);
    checkers.linearizable.history.answered(unit, index, answers, scheduler.nowMs);
    for (const [i, call] of unit.calls.entries()) {
      const result = answers[i] as Result;
      const counter = counterOf(call);
      if (counter !== null && result.type === 'increment')
        checkers.exactlyOnce.acknowledged(counter, result.value, unit.name);
      this.#workload.saw(call, result);
    }
    this.answered++;
    this.#flights.delete(request.digest);
    this.#settle(request);
    // C2: a repeat gets the first reply, or is too old.
    if (random.chance(1, 6))
      scheduler.after(random.below(LATE_MS), () => send(random.pick(nodes), frame));
    this.#goOn();
  }

  #settle(request: ClientRequest): void {
    this.#settled.set(request.digest, request);
    const [oldest] = this.#settled.keys();
    if (this.#settled.size > SETTLED_MAX && oldest !== undefined) this.#settled.delete(oldest);
  }
}

function isPossible(result: Result): boolean {
  return result.type !== 'error' || ERRORS.includes(result.code);
}

function textOf(results: readonly Result[]): string {
  return results.map((result) => (result.type === 'error' ? result.code : result.type)).join(', ');
}
