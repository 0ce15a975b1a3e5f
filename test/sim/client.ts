/** A client of the simulated cluster: increments, one request at a time, believed when f+1 voters say the same (C3). */
import type { Random } from '../../src/base/random.ts';
import type { ClientId, NodeId } from '../../src/consensus/model/ids.ts';
import type { ClientReply, NodeToClientMessage } from '../../src/consensus/model/message.ts';
import type { ClientRequest } from '../../src/consensus/model/request.ts';
import { blockingSize } from '../../src/consensus/model/quorum.ts';
import type { Verifier } from '../../src/crypto/verify.ts';
import { encodeCommand } from '../../src/machine/command.ts';
import { decodeResult } from '../../src/machine/result.ts';
import { encodeClientMessage } from '../../src/wire/client.ts';
import { utf8 } from '../../src/base/bytes.ts';
import type { ExactlyOnce } from './checkers/exactly-once.ts';
import type { Scheduler } from './scheduler.ts';

export interface ClientDeps {
  readonly scheduler: Scheduler;
  readonly random: Random;
  /** The longest that it thinks between two requests. */
  readonly thinkMsMax: number;
  readonly nodes: readonly NodeId[];
  /** Makes and signs a request of these commands. */
  readonly makeRequest: (
    first: bigint,
    acknowledged: bigint,
    commands: readonly Uint8Array[],
  ) => ClientRequest;
  readonly send: (to: NodeId, frame: Uint8Array) => void;
  readonly verifier: Verifier;
  readonly exactlyOnce: ExactlyOnce;
}

const PATIENCE_MS = 400;

export class SimClient {
  readonly id: ClientId;
  readonly #deps: ClientDeps;
  #next = 1n;
  #counters: readonly string[] = [];
  #request: ClientRequest | null = null;
  #frame: Uint8Array = new Uint8Array(0);
  /** The newest reply of each node to the outstanding request: signers are counted, not messages. */
  readonly #replies = new Map<NodeId, ClientReply>();
  #leader: NodeId;
  #paused = false;
  answered = 0;

  constructor(id: ClientId, deps: ClientDeps) {
    this.id = id;
    this.#deps = deps;
    this.#leader = deps.random.pick(deps.nodes);
  }

  get idle(): boolean {
    return this.#request === null;
  }

  /** Issues no more requests; the outstanding one goes on. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    if (this.#request === null) this.#issue();
  }

  #issue(): void {
    if (this.#paused) return;
    const { random, exactlyOnce, makeRequest } = this.#deps;
    const count = random.between(1, 3);
    this.#counters = Array.from({ length: count }, () => `counter ${random.below(4)}`);
    const commands = this.#counters.map((counter) => {
      exactlyOnce.issued(counter);
      return encodeCommand({ type: 'increment', key: utf8(counter), by: 1n });
    });
    this.#request = makeRequest(this.#next, this.#next - 1n, commands);
    this.#frame = encodeClientMessage({ kind: 'client-request', request: this.#request });
    this.#next += BigInt(count);
    this.#replies.clear();
    this.#deps.send(this.#leader, this.#frame);
    this.#watch(this.#request);
  }

  /** C4: to all when no answer comes in time. */
  #watch(request: ClientRequest): void {
    this.#deps.scheduler.after(PATIENCE_MS + this.#deps.random.below(PATIENCE_MS), () => {
      if (this.#request !== request) return;
      this.#leader = this.#deps.random.pick(this.#deps.nodes);
      for (const node of this.#deps.nodes) this.#deps.send(node, this.#frame);
      this.#watch(request);
    });
  }

  receive(from: NodeId, message: NodeToClientMessage): void {
    if (message.kind !== 'client-reply' || this.#request === null) return;
    const { statement, signer } = message.signed;
    if (signer !== from || statement.requestDigest !== this.#request.digest) return;
    if (this.#deps.verifier.reply(message).type !== 'verified') return;
    this.#replies.set(signer, message);
    const equal = [...this.#replies.values()].filter(
      ({ signed }) =>
        signed.statement.epoch === statement.epoch &&
        signed.statement.index === statement.index &&
        signed.statement.resultsDigest === statement.resultsDigest,
    );
    if (equal.length >= blockingSize(this.#deps.nodes.length)) this.#believe(message);
  }

  #believe(reply: ClientReply): void {
    const { exactlyOnce, scheduler, random } = this.#deps;
    for (const [i, counter] of this.#counters.entries()) {
      const decoded = decodeResult(reply.results[i] ?? new Uint8Array(0));
      if (!decoded.ok || decoded.value.type !== 'increment') {
        throw new Error(
          `client ${this.id.slice(0, 8)} got ${JSON.stringify(reply.signed.statement.first.toString())} refused`,
        );
      }
      exactlyOnce.acknowledged(
        counter,
        decoded.value.value,
        `${this.id.slice(0, 8)} ${reply.signed.statement.first}`,
      );
    }
    this.answered++;
    this.#request = null;
    scheduler.after(random.below(this.#deps.thinkMsMax), () => {
      if (this.#request === null) this.#issue();
    });
  }
}
