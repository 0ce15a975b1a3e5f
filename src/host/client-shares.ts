/**
 * L2: what part of this node's time each client takes, while others want theirs. Everything that a client makes a node
 * do is counted in microseconds, by what it costs and not by how it is asked for: bytes read, signatures checked,
 * requests executed, answers made. While turns of the loop come late, a client that took more than others do waits;
 * what it sends stays on its line. Who is alone, or asks of a node that has time, or
 * beside others that want next to nothing, is not held back.
 *
 * Used time is forgotten by half in 0.7 s, so that what is used at a steady pace is that pace, in microseconds a second.
 */
import { limits } from '../base/limits.ts';
import type { ClientId } from '../consensus/model/ids.ts';

/** Microseconds on a machine of 2020, rounded up; only their proportions matter. */
export const WORK_US = {
  /** A frame: found in the stream, decoded, queued. */
  frame: 20,
  /** Read from a socket, unmasked, joined, collected as garbage. */
  byteRead: 0.007,
  signature: 60,
  /** A request in the log, in the state and in its session. */
  request: 60,
  /** Its bytes: sent on, hashed, written twice. */
  byteOrdered: 0.014,
  /** An operation of a command, or a row that it read. */
  operation: 3,
  /** An answer, signed. */
  answer: 30,
  /** For each connection: read from the state, encoded, hashed, sent. */
  byteAnswered: 0.01,
} as const;

/** Of used time, as a share of what it was: after so long. */
const FORGOTTEN_MS = 1_000;
/** Of the lateness of turns: how much the last one says of the next. */
const LAST_TURN = 0.1;
/** One quiet moment does not make a node idle. */
const BUSY_MS = 1_000;
/** Nobody waits for longer before he is looked at again. */
const WAIT_MS_MAX = 50;

interface Used {
  us: number;
  /** When that was so. */
  atMs: number;
  /** When the client last wanted something. */
  askedMs: number;
}

/** Times are monotonic milliseconds. */
export class ClientShares {
  /** Of clients that asked of late, in the order in which they did. */
  readonly #clients = new Map<ClientId, Used>();
  /** Of them all. */
  readonly #total: Used = { us: 0, atMs: 0, askedMs: 0 };
  /** On average, of late. */
  #lateMs = 0;
  /** Until then the node has no time to give away. */
  #busyUntilMs = -Infinity;

  /** A turn of the loop came so much later than it was asked for. */
  turned(lateMs: number, nowMs: number): void {
    this.#lateMs += LAST_TURN * (lateMs - this.#lateMs);
    if (this.#lateMs > limits.turnLateMs) this.#busyUntilMs = nowMs + BUSY_MS;
  }

  /** A client wants something, which costs so much to begin with. */
  asked(client: ClientId, us: number, nowMs: number): void {
    this.#forget(nowMs);
    const used = this.#clients.get(client) ?? { us: 0, atMs: nowMs, askedMs: nowMs };
    this.#clients.delete(client);
    this.#clients.set(client, used);
    used.askedMs = nowMs;
    this.#spend(used, us, nowMs);
  }

  /** So much more was done for it. Who has not asked of late is nobody's rival, and is not counted. */
  spent(client: ClientId, us: number, nowMs: number): void {
    const used = this.#clients.get(client);
    if (used !== undefined) this.#spend(used, us, nowMs);
  }

  /** Whether it is its turn, rather than that of others. */
  mayServe(client: ClientId, nowMs: number): boolean {
    return this.waitMs(client, nowMs) === 0;
  }

  /** How long it has to wait, at least, as things are: 0 where it is its turn. */
  waitMs(client: ClientId, nowMs: number): number {
    if (nowMs >= this.#busyUntilMs) return 0;
    const used = this.#clients.get(client);
    const others = this.#clients.size - 1;
    if (used === undefined || others === 0) return 0;
    const own = decay(used, nowMs);
    const theirs = decay(this.#total, nowMs) - own;
    if (theirs < limits.clientsWorkMinUs) return 0;
    const mean = theirs / others;
    const share = Math.max(limits.clientWorkFreeUs, (limits.clientWorkPercent / 100) * mean);
    if (own <= share) return 0;
    return Math.min(WAIT_MS_MAX, Math.ceil(FORGOTTEN_MS * Math.log(own / share)));
  }

  #spend(used: Used, us: number, nowMs: number): void {
    for (const one of [used, this.#total]) one.us = decay(one, nowMs) + us;
    used.atMs = nowMs;
    this.#total.atMs = nowMs;
  }

  /** Who has not asked for a while is nobody's rival any more. */
  #forget(nowMs: number): void {
    for (const [client, used] of this.#clients) {
      if (nowMs - used.askedMs < limits.clientAloneMs) return;
      this.#clients.delete(client);
      this.#total.us = Math.max(0, decay(this.#total, nowMs) - decay(used, nowMs));
      this.#total.atMs = nowMs;
    }
  }
}

function decay({ us, atMs }: Used, nowMs: number): number {
  return us * Math.exp(Math.min(0, atMs - nowMs) / FORGOTTEN_MS);
}
