/** Frames of clients: requests on their way to the core, reads answered from the machine, refusals (section 7). */
import { assert, unreachable } from '../base/assert.ts';
import { FairQueue } from '../base/fair-queue.ts';
import { limits } from '../base/limits.ts';
import type { ClientId, Epoch, LogIndex } from '../consensus/model/ids.ts';
import type { ClientMessage, Read, RefusalBody, RefusalCode } from '../consensus/model/message.ts';
import type { ClientRequest } from '../consensus/model/request.ts';
import type { Verified } from '../consensus/model/verified.ts';
import { firstHand } from '../crypto/recheck-budget.ts';
import type { Verdict } from '../crypto/verdict.ts';
import type { Verifier } from '../crypto/verify.ts';
import type { Lookup, Machine, Outcome } from '../machine/machine.ts';
import { decodeClientMessage } from '../wire/client.ts';
import type { WireContext } from '../wire/context.ts';
import type { Answers } from './answers.ts';
import type { ClientShares } from './client-shares.ts';
import { WORK_US } from './client-shares.ts';
import type { RoleOf } from './machine-entry.ts';
import { isOwn } from './own-queries.ts';
import type { Links, Log } from './ports.ts';
import type { Counters, Queues } from './status.ts';

export interface ClientDeskDeps {
  readonly context: WireContext;
  readonly verifier: Pick<Verifier, 'request' | 'read'>;
  readonly machine: Pick<Machine, 'lookup' | 'query' | 'applied'>;
  readonly links: Pick<Links, 'closeClient'>;
  readonly answers: Answers;
  readonly shares: ClientShares;
  readonly counters: Counters;
  readonly log: Log;
  readonly roleOf: RoleOf;
  readonly epoch: () => Epoch;
  /** Monotonic. */
  readonly nowMs: () => number;
  /** What the host answers itself. */
  readonly answerOwn: (query: Uint8Array) => Uint8Array;
  readonly onRequest: (request: Verified<ClientRequest>) => void;
  /** Requests are ready to be drained. */
  readonly wake: () => void;
  /** The machine failed. */
  readonly onFailure: (error: unknown) => void;
}

/** A request's frame: version, kind, the request. A read may be larger, but no sensible one is. */
const FRAME_BYTES_MAX: number = limits.requestBytesMax + 2;

/** Of one client it is said so often at most that it waits. */
const TOLD_MS = 60_000;

export class ClientDesk {
  readonly #deps: ClientDeskDeps;
  readonly #inbox = new FairQueue<ClientId, Uint8Array>({
    laneBytesMax: limits.clientQueueBytesMax,
    bytesMax: limits.clientQueuesBytesMax,
  });
  readonly #reading = new Map<ClientId, number>();
  /** When it was last said of a client that it waits. */
  readonly #told = new Map<ClientId, number>();
  /** Those that wait for their turn, clients in turn. */
  readonly #waitingReads = new FairQueue<ClientId, Read>({
    laneBytesMax: 2 * limits.lookupBytesMax,
    bytesMax: 2 * limits.lookupBytesMax,
  });
  #readsAtOnce = 0;
  /**
   * Of what small frames ask for and is answered in this turn: results that were executed before, and what the host says
   * of itself.
   */
  #answeredBytes = 0;
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
    if (this.#ready.length > 0) return true;
    return this.#hasRoom() && this.#inbox.hasFor((client) => this.#mayServe(client));
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
    const { counters, shares, nowMs } = this.#deps;
    const lost = this.#inbox.push(client, frame, frame.length);
    counters.framesDropped += lost;
    if (lost === 0) shares.asked(client, nowMs());
  }

  /** So many bytes came from it; how many milliseconds it shall be read no further (L2). */
  heard(client: ClientId, bytes: number): number {
    const { shares, nowMs } = this.#deps;
    const now = nowMs();
    shares.spent(client, bytes * WORK_US.byteRead, now);
    const waitMs = shares.waitMs(client, now);
    if (waitMs > 0) this.#tell(client, now);
    return waitMs;
  }

  /** For operators: who it is that takes the node's time. */
  #tell(client: ClientId, nowMs: number): void {
    if (nowMs - (this.#told.get(client) ?? -Infinity) < TOLD_MS) return;
    this.#told.set(client, nowMs);
    const text =
      'this client takes more than others while the node has no time: it is served later';
    this.#deps.log('info', 'client-waits', text, { client });
  }

  /**
   * A request was executed, by whatever way it was ordered. A repeat, or one that is void, is its leader's doing: a traitor
   * may order what a client said once as often as it likes.
   */
  executed(request: ClientRequest, { index, work }: Outcome, at: LogIndex): void {
    if (index !== at) return;
    const us = orderedUs(request) + work * WORK_US.operation;
    this.#deps.shares.executed(request.statement.client, us, this.#deps.nowMs());
  }

  /** From now on every request is refused. */
  refuseRequests(): void {
    this.#refusing = true;
  }

  disconnected(client: ClientId): void {
    this.#inbox.drop(client);
    this.#deps.shares.gone(client);
  }

  clear(): void {
    this.#inbox.clear();
    this.#waitingReads.clear();
    this.#ready.length = 0;
  }

  /**
   * Steps requests that are ready, then begins with what waits, clients in turn. Each costs a signature, now or in a
   * later drain.
   */
  drain(): void {
    this.#answeredBytes = 0;
    this.#beginReads();
    const ready = this.#ready.splice(0, limits.drainClientSignaturesMax);
    for (const request of ready) {
      this.#heldBytes -= request.bytes.length;
      this.#verify(request);
    }
    let bytes = 0;
    const framesMax = limits.drainClientFramesMax - ready.length;
    for (let count = 0; count < framesMax && this.#hasRoom(); count++) {
      if (bytes >= limits.drainBytesMax || this.#answeredBytes >= limits.drainAnswerBytesMax)
        return;
      const next = this.#inbox.take((client) => this.#mayServe(client));
      if (next === null) return;
      bytes += next.bytes;
      this.#frame(next.key, next.item);
    }
  }

  #hasRoom(): boolean {
    const lookups = this.#lookups + this.#ready.length;
    return lookups < limits.lookupsMax && this.#heldBytes < limits.lookupBytesMax;
  }

  /** L2: who took more than its share waits. Who stops tells all that waits. */
  #mayServe(client: ClientId): boolean {
    return this.#refusing || this.#deps.shares.mayServe(client, this.#deps.nowMs());
  }

  #frame(client: ClientId, frame: Uint8Array): void {
    this.#deps.shares.spent(client, WORK_US.frame, this.#deps.nowMs());
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
        return this.#request(message.request);
      case 'read':
        return this.#read(message);
      default:
        return unreachable(message);
    }
  }

  /** C2: what was executed, or is void, is answered from the session: no signature is checked, nothing is ordered. */
  #request(request: ClientRequest): void {
    const { machine, counters, shares, nowMs, wake, onFailure } = this.#deps;
    const { client, first, count } = request.statement;
    counters.requests++;
    if (this.#refusing)
      return this.#refuse(client, 'stopping', first, 'this node is stopping; ask another one');
    this.#lookups++;
    this.#heldBytes += request.bytes.length;
    const atMs = nowMs();
    const us = shares.ordered(client, orderedUs(request), atMs);
    const found = machine.lookup({ client, first, count, digest: request.digest });
    found.then((known) => this.#found(request, known, { us, atMs })).then(wake, onFailure);
  }

  /** `paid`: what its client was charged for having it ordered. */
  #found(request: ClientRequest, found: Lookup, paid: { us: number; atMs: number }): void {
    this.#lookups--;
    if (found.type === 'new' || !this.#repeat(request, found)) {
      this.#ready.push(request);
      return;
    }
    this.#heldBytes -= request.bytes.length;
    this.#deps.shares.unordered(request.statement.client, paid, this.#deps.nowMs());
  }

  /** False where its results are gone: ordering the request once more does no harm (N2). */
  #repeat(
    { statement: { client, first }, digest }: ClientRequest,
    known: Extract<Lookup, { type: 'known' }>,
  ): boolean {
    if (this.#answeredBytes >= limits.drainAnswerBytesMax) {
      const detail = 'too much was asked for once more; wait a little';
      this.#refuse(client, 'overloaded', first, detail);
      return true;
    }
    const results = known.results();
    if (results === null) return false;
    this.#answeredBytes += bytesOf(results);
    const index = known.index as LogIndex;
    this.#deps.answers.reply({ client, first, digest, index, results });
    return true;
  }

  #verify(request: ClientRequest): void {
    const { verifier, counters, onRequest } = this.#deps;
    const { client, first } = request.statement;
    this.#checked(client);
    const verdict = verifier.request(request, firstHand());
    if (verdict.type !== 'verified') return this.#turnDown(client, first, verdict);
    counters.verified++;
    onRequest(verdict.value);
  }

  #checked(client: ClientId): void {
    this.#deps.shares.spent(client, WORK_US.signature, this.#deps.nowMs());
  }

  #read(read: Read): void {
    const { verifier, counters } = this.#deps;
    const { client } = read.statement;
    this.#checked(client);
    const verdict = verifier.read(read, firstHand());
    const number = nonceNumber(read);
    counters.reads++;
    if (verdict.type !== 'verified') return this.#turnDown(client, number, verdict);
    counters.verified++;
    if (isOwn(read.query)) return this.#readOwn(read);
    const reading = this.#reading.get(client) ?? 0;
    if (reading >= this.#readsShare(reading === 0)) {
      const detail = `${reading} reads of this client are under way; wait for their answers`;
      return this.#refuse(client, 'overloaded', number, detail);
    }
    const lost = this.#waitingReads.push(client, read, read.query.length);
    assert(lost === 0, 'reads that wait are bounded by their count');
    this.#reading.set(client, reading + 1);
    this.#reads++;
    this.#heldBytes += read.query.length;
    this.#beginReads();
  }

  /** L2: a scan is a hundred turns of the threads, and each write of the log would wait behind all of them. */
  #beginReads(): void {
    while (this.#readsAtOnce < limits.readsAtOnceMax) {
      // What waits must not take the room of all: where there is none left, it is read.
      const next = this.#waitingReads.take((client) => !this.#hasRoom() || this.#mayServe(client));
      if (next === null) return;
      this.#readsAtOnce++;
      this.#query(next.item);
    }
  }

  /** L2: a query of a few bytes has this node encode and hash up to 200 KB, in this turn of the loop. */
  #readOwn(read: Read): void {
    const { machine, answers, answerOwn, shares, nowMs } = this.#deps;
    const result = answerOwn(read.query);
    const cost = Math.max(result.length, limits.ownBytesMin);
    this.#answeredBytes += cost;
    shares.spent(read.statement.client, cost * WORK_US.byteAnswered, nowMs());
    answers.readReply(read, machine.applied.index as LogIndex, result);
  }

  /** L2: all read at once together, so that the log's writes do not wait for long behind them; each one at least. */
  #readsShare(isOneMore: boolean): number {
    const share = Math.floor(limits.readsMax / (this.#reading.size + (isOneMore ? 1 : 0)));
    return Math.max(1, Math.min(limits.readsPerClientMax, share));
  }

  #query(read: Read): void {
    const { machine, answers, roleOf, shares, nowMs, wake, onFailure } = this.#deps;
    const { client } = read.statement;
    machine
      .query(read.query, { id: client, role: roleOf(client) ?? '' })
      .then(({ applied, result, work }) => {
        shares.spent(client, work * WORK_US.operation, nowMs());
        this.#reads--;
        this.#readsAtOnce--;
        this.#heldBytes -= read.query.length;
        const reading = (this.#reading.get(client) ?? 1) - 1;
        if (reading === 0) this.#reading.delete(client);
        else this.#reading.set(client, reading);
        answers.readReply(read, applied as LogIndex, result);
        this.#beginReads();
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

/** What every request costs once it is ordered, whatever its commands are. */
function orderedUs({ bytes }: ClientRequest): number {
  return WORK_US.request + bytes.length * WORK_US.byteOrdered;
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
