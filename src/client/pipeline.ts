/**
 * The ordered way: commands wait, are bundled under one signature, and a bundle stays outstanding until f+1 voters
 * agree on what became of it (C3; in a Raft cluster one says so) or its last caller gave up.
 *
 * Few requests are in flight, so bundles grow with load and not by a timer; together they fill the session window
 * (C2). A request costs every voter the same whatever it carries: the first is followed by a second, so that nobody
 * idles, and by more only while the load is light. Acknowledged-up-to is the number below the oldest outstanding one:
 * what callers gave up is passed over, and once a later request is executed the session voids it, so that nothing
 * surfaces late.
 */
import { limits } from '../base/limits.ts';
import type { VoterSets } from '../consensus/model/configuration.ts';
import type { NodeId } from '../consensus/model/ids.ts';
import type { ClientReply, RefusalBody } from '../consensus/model/message.ts';
import { isBlockingSet } from '../consensus/model/quorum.ts';
import { agreed, wordOf } from './answers.ts';
import type { TangaroaError } from './errors.ts';
import { incompatible, refusedForGood, voided } from './explain.ts';
import { Flight } from './flight.ts';
import type { FlightDeps } from './flight.ts';
import { SessionNumbers } from './numbers.ts';
import { WaitingQueue } from './outstanding.ts';
import type { Command, Outstanding } from './outstanding.ts';
import { notWaiting } from './patience.ts';
import type { Patience } from './patience.ts';
import { countReply } from './tally.ts';
import type { Trust } from './trust.ts';

/** Requests in flight: under any load, and while few commands are on their way. */
const REQUESTS_MAX = 2;
const LIGHT_REQUESTS_MAX = 4;
const LIGHT_COMMANDS_MAX = 16;

export interface PipelineOptions {
  readonly sets: VoterSets;
  readonly queueCommandsMax: number;
  readonly queueBytesMax: number;
}

export interface PipelineDeps extends FlightDeps {
  readonly patience: Patience;
  readonly trust: Trust;
  /** C2: the verdict of the session in the single result of a void request; null for anything else. */
  readonly readVoid: (result: Uint8Array) => 'too-old' | 'sequence-reused' | null;
  /** The highest number that the session is known to have used: of f+1 nodes, so that no liar raises it. */
  readonly highestUsed: () => Promise<bigint>;
  /** A harmless ordered command: the first of a session. */
  readonly openingCommand: Uint8Array;
}

export class Pipeline {
  readonly #deps: PipelineDeps;
  readonly #sets: VoterSets;
  readonly #waiting: WaitingQueue;
  readonly #flight: Flight;
  readonly #numbers: SessionNumbers;
  #flushDue = false;
  #closed = false;

  constructor(options: PipelineOptions, deps: PipelineDeps) {
    this.#deps = deps;
    this.#sets = options.sets;
    this.#waiting = new WaitingQueue({
      commandsMax: options.queueCommandsMax,
      bytesMax: options.queueBytesMax,
    });
    this.#flight = new Flight(deps);
    this.#numbers = new SessionNumbers({
      clock: deps.clock,
      highestUsed: deps.highestUsed,
      open: () => this.#open(),
      changed: () => this.#flushSoon(),
    });
  }

  get isBusy(): boolean {
    return this.#waiting.length > 0 || this.#flight.size > 0;
  }

  /** Commands that wait and that are on their way. */
  get size(): number {
    return this.#waiting.length + this.#flight.live;
  }

  hasRoom(bytes: number): boolean {
    return this.#waiting.hasRoom(bytes);
  }

  /** Why the session could not be opened yet (C2), or null. */
  get sessionFault(): 'too-old' | 'sequence-reused' | null {
    return this.#numbers.fault;
  }

  submit(command: Command): void {
    this.#waiting.push(command);
    this.#flushSoon();
  }

  /** The caller gave up. A request without callers is given up too: its numbers are passed over. */
  left(command: Command): void {
    command.done = true;
    const request = command.request;
    if (request === null) return this.#waiting.left(command);
    command.request = null;
    if (--request.live > 0) return;
    this.#flight.land(request);
    this.#flushSoon();
  }

  received(reply: ClientReply): void {
    const request = this.#flight.get(reply.signed.statement.requestDigest);
    if (request === null || reply.signed.statement.first !== request.first) return;
    const { believed, invalid } = countReply(request.tally, this.#sets, reply, this.#deps.trust);
    for (const liar of invalid) this.#deps.links.drop(liar.node, liar.reason);
    if (believed === null) return;
    this.#flight.answered(request);
    this.#finish(request, believed);
    this.#flushSoon();
  }

  /** One node's advice (C4): it moves where the request goes next; f+1 nodes that refuse for good end it. */
  refused(node: NodeId, { first, code, detail }: RefusalBody): void {
    const request = this.#flight.find(first);
    if (request === null) return;
    request.refusals.set(node, code);
    if (code === 'overloaded') return;
    const refusing = [...request.refusals].filter(([, other]) => other === code);
    if (code !== 'stopping' && this.#isBelieved(refusing.map(([id]) => id))) {
      this.#flight.land(request);
      return this.#fail(request, refusedForGood(code, detail));
    }
    this.#flight.turnedAway(request, node);
  }

  linkUp(node: NodeId): void {
    this.#flight.linkUp(node);
    this.#flushSoon();
  }

  leaderLost(): void {
    this.#flight.leaderLost();
  }

  tick(nowMs: number): void {
    this.#flight.tick(nowMs);
    if (this.#waiting.length > 0) this.#flushSoon();
  }

  /** Ends what was never sent: certain not to be applied. */
  failWaiting(error: TangaroaError): void {
    for (const command of this.#waiting.drain()) this.#failCommand(command, error);
  }

  close(unsent: TangaroaError, sent: TangaroaError): void {
    this.#closed = true;
    this.failWaiting(unsent);
    for (const request of this.#flight.clear()) this.#fail(request, sent);
  }

  #isBelieved(nodes: readonly NodeId[]): boolean {
    return isBlockingSet(this.#sets, new Set(nodes), this.#deps.trust.faults);
  }

  #flushSoon(): void {
    if (this.#flushDue || this.#closed) return;
    this.#flushDue = true;
    this.#deps.clock.defer(() => {
      this.#flushDue = false;
      if (!this.#closed) this.#flush();
    });
  }

  #flush(): void {
    if (this.#waiting.length === 0) return;
    if (!this.#numbers.isOpen) {
      // Numbers of a new session start where no outstanding request is left below them.
      if (this.#flight.size === 0) this.#numbers.begin();
      return;
    }
    while (this.#waiting.length > 0 && this.#mayLaunch()) {
      const room = this.#numbers.room(this.#flight.oldest);
      if (room === 0) return;
      const bundle = this.#waiting.take(Math.min(room, limits.commandsPerRequestMax));
      if (bundle.length > 0) this.#send(bundle);
    }
  }

  #mayLaunch(): boolean {
    const { size, live } = this.#flight;
    return size < REQUESTS_MAX || (size < LIGHT_REQUESTS_MAX && live < LIGHT_COMMANDS_MAX);
  }

  #send(commands: readonly Command[]): void {
    const acknowledged = this.#numbers.acknowledged(this.#flight.oldest);
    this.#flight.launch(commands, this.#numbers.take(commands.length), acknowledged);
  }

  /** C2: the first request of a session tells whether its numbers are free, before anything depends on them. */
  #open(): void {
    const opening: Command = {
      ...notWaiting(),
      bytes: this.#deps.openingCommand,
      asks: false,
      request: null,
      done: false,
      giveUp: () => undefined,
      settle: () => {
        this.#numbers.opened();
        return true;
      },
      fail: (error) => {
        this.#numbers.refused(error.code);
        if (this.#numbers.fault === null) this.failWaiting(error);
      },
    };
    this.#send([opening]);
  }

  #finish(request: Outstanding, { signed, results }: ClientReply): void {
    const { index } = signed.statement;
    const verdict = index === 0 ? this.#deps.readVoid(results[0] ?? new Uint8Array()) : null;
    if (verdict !== null) {
      this.#numbers.voided();
      return this.#fail(request, voided(verdict));
    }
    if (index === 0 || results.length !== request.count)
      return this.#fail(request, incompatible(index === 0 ? 'unknown' : 'applied'));
    const provenance = this.#deps.trust.verifies
      ? agreed(index)
      : wordOf(signed.signer, BigInt(index));
    for (const [i, command] of request.commands.entries()) {
      if (command.done) continue;
      if (command.settle(results[i] as Uint8Array, provenance, request.count)) this.#end(command);
      else this.#again(command);
    }
  }

  /** The machine did nothing of it for want of room: a request of its own has more. */
  #again(command: Command): void {
    command.request = null;
    this.#waiting.pushAlone(command);
  }

  #fail(request: Outstanding, error: TangaroaError): void {
    for (const command of request.commands) if (!command.done) this.#failCommand(command, error);
  }

  #failCommand(command: Command, error: TangaroaError): void {
    this.#end(command);
    command.fail(error);
  }

  #end(command: Command): void {
    command.done = true;
    command.request = null;
    this.#deps.patience.end(command);
  }
}
