/** Frames of clients: requests on their way to the core, reads answered from the machine, refusals (section 7). */
import { Allowance } from '../base/allowance.ts';
import { unreachable } from '../base/assert.ts';
import { FairQueue } from '../base/fair-queue.ts';
import { limits } from '../base/limits.ts';
import type { ClientId, Epoch, LogIndex } from '../consensus/model/ids.ts';
import type { ClientMessage, Read, RefusalBody, RefusalCode } from '../consensus/model/message.ts';
import type { ClientRequest } from '../consensus/model/request.ts';
import type { Verified } from '../consensus/model/verified.ts';
import { firstHand } from '../crypto/recheck-budget.ts';
import type { Verdict } from '../crypto/verdict.ts';
import type { Verifier } from '../crypto/verify.ts';
import type { Machine } from '../machine/machine.ts';
import { decodeClientMessage } from '../wire/client.ts';
import type { WireContext } from '../wire/context.ts';
import type { Answers } from './answers.ts';
import type { RoleOf } from './machine-entry.ts';
import type { Links } from './ports.ts';
import type { Counters, Queues } from './status.ts';

export interface ClientDeskDeps {
  readonly context: WireContext;
  readonly verifier: Pick<Verifier, 'request' | 'read'>;
  readonly machine: Pick<Machine, 'lookup' | 'query' | 'applied'>;
  readonly links: Pick<Links, 'closeClient'>;
  readonly answers: Answers;
  readonly counters: Counters;
  readonly roleOf: RoleOf;
  readonly epoch: () => Epoch;
  /** What the host answers itself; null to a query of the state. */
  readonly answerOwn: (query: Uint8Array) => Uint8Array | null;
  readonly onRequest: (request: Verified<ClientRequest>) => void;
  /** Requests are ready to be drained. */
  readonly wake: () => void;
  /** The machine failed. */
  readonly onFailure: (error: unknown) => void;
}

/** A request's frame: version, kind, the request. A read may be larger, but no sensible one is. */
const FRAME_BYTES_MAX: number = limits.requestBytesMax + 2;

export class ClientDesk {
  readonly #deps: ClientDeskDeps;
  readonly #inbox = new FairQueue<ClientId, Uint8Array>({
    laneBytesMax: limits.clientQueueBytesMax,
    bytesMax: limits.clientQueuesBytesMax,
  });
  readonly #reading = new Map<ClientId, number>();
  readonly #repeats = new Map<ClientId, Allowance>();
  /** Looked up and not known: to be verified in the next drains. */
  readonly #ready: ClientRequest[] = [];
  #lookups = 0;
  #reads = 0;
  /** Of requests that are looked up or ready, and of queries. */
  #heldBytes = 0;
  #refusing = false;

  constructor(deps: ClientDeskDeps) {
    this.#deps = deps;
  }

  /** Something is there to be drained. */
  get waiting(): boolean {
    return this.#ready.length > 0 || (this.#inbox.length > 0 && this.#hasRoom());
  }

  /** What has come and is not answered or handed over. */
  get queued(): Pick<Queues, 'clientFrames' | 'clientBytes' | 'lookups' | 'reads'> {
    return {
      clientFrames: this.#inbox.length,
      clientBytes: this.#inbox.bytes,
      lookups: this.#lookups + this.#ready.length,
      reads: this.#reads,
    };
  }

  get idle(): boolean {
    const { length } = this.#inbox;
    return length === 0 && this.#ready.length === 0 && this.#lookups === 0 && this.#reads === 0;
  }

  /** L2: a frame beyond the bound is lost; the client sends it again. */
  push(client: ClientId, frame: Uint8Array): void {
    this.#deps.counters.framesDropped += this.#inbox.push(client, frame, frame.length);
  }

  /** From now on every request is refused. */
  refuseRequests(): void {
    this.#refusing = true;
  }

  disconnected(client: ClientId): void {
    this.#inbox.drop(client);
  }

  clear(): void {
    this.#inbox.clear();
    this.#ready.length = 0;
  }

  /**
   * Steps requests that are ready, then begins with what waits, clients in turn. Each costs a signature, now or in a
   * later drain.
   */
  drain(nowMs: number): void {
    const ready = this.#ready.splice(0, limits.drainClientSignaturesMax);
    for (const request of ready) {
      this.#heldBytes -= request.bytes.length;
      this.#verify(request);
    }
    let bytes = 0;
    const framesMax = limits.drainClientFramesMax - ready.length;
    for (let count = 0; count < framesMax && this.#hasRoom(); count++) {
      if (bytes >= limits.drainBytesMax) return;
      const next = this.#inbox.take();
      if (next === null) return;
      bytes += next.bytes;
      this.#frame(next.key, next.item, nowMs);
    }
  }

  #hasRoom(): boolean {
    const lookups = this.#lookups + this.#ready.length;
    return lookups < limits.lookupsMax && this.#heldBytes < limits.lookupBytesMax;
  }

  #frame(client: ClientId, frame: Uint8Array, nowMs: number): void {
    if (frame.length > FRAME_BYTES_MAX)
      return this.#refuse(client, 'too-large', 0n, tooLarge(frame.length));
    const decoded = decodeClientMessage(frame, this.#deps.context);
    if (!decoded.ok) return this.#close(client, 0n, `malformed frame: ${decoded.reason}`);
    const message = decoded.value;
    const owner = ownerOf(message);
    if (owner !== client) {
      const detail = `this connection is of client ${client}, the message of ${owner}: use one connection for each key`;
      return this.#refuse(client, 'forbidden', numberOf(message), detail);
    }
    switch (message.kind) {
      case 'client-request':
        return this.#request(message.request, nowMs);
      case 'read':
        return this.#read(message);
      default:
        return unreachable(message);
    }
  }

  /** C2: what was executed, or is void, is answered from the session: no signature is checked, nothing is ordered. */
  #request(request: ClientRequest, nowMs: number): void {
    const { machine, answers, counters, wake, onFailure } = this.#deps;
    const { client, first, count } = request.statement;
    counters.requests++;
    if (this.#refusing)
      return this.#refuse(client, 'stopping', first, 'this node is stopping; ask another one');
    const repeats = this.#repeatsOf(client);
    if (!repeats.has(nowMs)) {
      const detail = 'too much was asked for once more; wait a little';
      return this.#refuse(client, 'overloaded', first, detail);
    }
    this.#lookups++;
    this.#heldBytes += request.bytes.length;
    machine.lookup({ client, first, count, digest: request.digest }).then((found) => {
      this.#lookups--;
      if (found.type === 'new') this.#ready.push(request);
      else {
        this.#heldBytes -= request.bytes.length;
        const index = found.index as LogIndex;
        repeats.take(bytesOf(found.results), nowMs);
        answers.reply({ client, first, digest: request.digest, index, results: found.results });
      }
      wake();
    }, onFailure);
  }

  #verify(request: ClientRequest): void {
    const { verifier, counters, onRequest } = this.#deps;
    const { client, first } = request.statement;
    const verdict = verifier.request(request, firstHand());
    if (verdict.type !== 'verified') return this.#turnDown(client, first, verdict);
    counters.verified++;
    onRequest(verdict.value);
  }

  #read(read: Read): void {
    const { verifier, counters, answers } = this.#deps;
    const { client } = read.statement;
    const verdict = verifier.read(read, firstHand());
    const number = nonceNumber(read);
    counters.reads++;
    if (verdict.type !== 'verified') return this.#turnDown(client, number, verdict);
    counters.verified++;
    const own = this.#deps.answerOwn(read.query);
    if (own !== null) {
      const { applied } = this.#deps.machine;
      return answers.readReply(read, applied.index as LogIndex, own);
    }
    const reading = this.#reading.get(client) ?? 0;
    if (reading >= this.#readsShare(reading === 0)) {
      const detail = `${reading} reads of this client are under way; wait for their answers`;
      return this.#refuse(client, 'overloaded', number, detail);
    }
    this.#reading.set(client, reading + 1);
    this.#query(read);
  }

  /** L2: all read at once together, so that the log's writes do not wait for long behind them; each one at least. */
  #readsShare(isOneMore: boolean): number {
    const share = Math.floor(limits.readsMax / (this.#reading.size + (isOneMore ? 1 : 0)));
    return Math.max(1, Math.min(limits.readsPerClientMax, share));
  }

  /** Results that were executed before: a small request asks for a megabyte. */
  #repeatsOf(client: ClientId): Allowance {
    const known = this.#repeats.get(client);
    if (known !== undefined) return known;
    const { repeatedBytesMax: max, repeatedBytesPerSecond: perSecond } = limits;
    const repeats = new Allowance({ max, perSecond });
    this.#repeats.set(client, repeats);
    return repeats;
  }

  #query(read: Read): void {
    const { machine, answers, roleOf, wake, onFailure } = this.#deps;
    const { client } = read.statement;
    this.#reads++;
    this.#heldBytes += read.query.length;
    machine
      .query(read.query, { id: client, role: roleOf(client) ?? '' })
      .then(({ applied, result }) => {
        this.#reads--;
        this.#heldBytes -= read.query.length;
        const reading = (this.#reading.get(client) ?? 1) - 1;
        if (reading === 0) this.#reading.delete(client);
        else this.#reading.set(client, reading);
        answers.readReply(read, applied as LogIndex, result);
        wake();
      }, onFailure);
  }

  #turnDown(
    client: ClientId,
    first: bigint,
    verdict: Exclude<Verdict<unknown>, { type: 'verified' }>,
  ): void {
    this.#deps.counters.rejected++;
    switch (verdict.type) {
      case 'invalid':
      case 'accused':
        return this.#close(client, first, verdict.reason);
      case 'unknown':
        return this.#refuse(client, 'unknown-client', first, verdict.reason);
      case 'other-epoch':
        return this.#refuse(client, 'invalid-request', first, `epoch ${this.#deps.epoch()} is on`);
    }
  }

  #refuse(client: ClientId, code: RefusalCode, first: bigint, detail: string): void {
    const body: RefusalBody = { code, first, detail };
    this.#deps.answers.refuse(client, body);
  }

  /** L2: a malformed frame or an invalid signature closes the connection; the client is told why first. */
  #close(client: ClientId, first: bigint, reason: string): void {
    this.#refuse(client, 'invalid-request', first, reason);
    this.disconnected(client);
    this.#deps.links.closeClient(client, reason);
  }
}

function bytesOf(results: readonly Uint8Array[]): number {
  return results.reduce((sum, { length }) => sum + length, 0);
}

function tooLarge(bytes: number): string {
  return `a message of ${bytes} bytes, where ${FRAME_BYTES_MAX} are allowed: send fewer commands in one request`;
}

function ownerOf(message: ClientMessage): ClientId {
  return message.kind === 'read' ? message.statement.client : message.request.statement.client;
}

function numberOf(message: ClientMessage): bigint {
  return message.kind === 'read' ? nonceNumber(message) : message.request.statement.first;
}

/** A refusal has room for the first half of a read's nonce. */
function nonceNumber(read: Read): bigint {
  return BigInt(`0x${read.statement.nonce.slice(0, 16)}`);
}
