/**
 * L2: what part of this node's time each client takes, while others want theirs. Everything that a client makes a node
 * do is counted in microseconds, by what it costs and not by how it is asked for: bytes read, signatures checked,
 * requests executed, answers made. While turns of the loop come late, there is a share: what those who want more all the
 * time take on average, and a little. Who took more than that waits, and what he sends stays on his line. Who is alone,
 * or beside others that only want something now and then, or asks of a node that has time, is not held back.
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
  operation: 6,
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
/** Who wants what is looked at so often. */
const LOOK_MS = 10;
/** How much one look says of what a client wants, and from where on it wants more all the time. */
const LAST_LOOK = 0.02;
const ALWAYS = 0.5;
/** How much one request says of what the next one costs. */
const LAST_REQUEST = 0.25;
/** Who sends to other nodes is known here by what is executed: who wants more all the time, more often than this. */
const EXECUTED_MS = 100;
/** A client of which nothing is heard for so long is forgotten. */
const GONE_MS = 5_000;
/**
 * Who waits does so until that part of its share is left of what it used: requests that come one by one have an entry
 * each, which costs every node twenty times as much as a request does.
 */
const REST = 0.5;
/** Nobody waits for longer before he is looked at again. */
const WAIT_MS_MAX = 50;

interface Used {
  us: number;
  /** When that was so. */
  atMs: number;
  /** Frames that came and were not answered. */
  pending: number;
  /** Of requests that were not executed yet, as far as that is known. */
  paidUs: number;
  /** Of one request, on average of late. */
  requestUs: number;
  executedMs: number;
  /** The part of the time, of late, in which it wanted something. */
  wanted: number;
  waits: boolean;
}

/** Times are monotonic milliseconds. */
export class ClientShares {
  readonly #clients = new Map<ClientId, Used>();
  /** On average, of late. */
  #lateMs = 0;
  /** Until then the node has no time to give away. */
  #busyUntilMs = -Infinity;
  #lookedMs = -Infinity;
  /** Microseconds a second that a client may use. */
  #share = Infinity;

  /** A turn of the loop came so much later than it was asked for. */
  turned(lateMs: number, nowMs: number): void {
    this.#lateMs += LAST_TURN * (lateMs - this.#lateMs);
    if (this.#lateMs > limits.turnLateMs) this.#busyUntilMs = nowMs + BUSY_MS;
    if (nowMs - this.#lookedMs < LOOK_MS) return;
    this.#lookedMs = nowMs;
    this.#look(nowMs);
  }

  /** A frame of it came, and is to be answered. */
  asked(client: ClientId, nowMs: number): void {
    this.#used(client, nowMs).pending++;
  }

  answered(client: ClientId, us: number, nowMs: number): void {
    const used = this.#used(client, nowMs);
    used.pending = Math.max(0, used.pending - 1);
    spend(used, us, nowMs);
  }

  /**
   * A request of it is to be ordered, and costs at least so much once it is executed, or what its requests cost of late:
   * that counts now, so that not too many are under way before it is known. Returns what counts.
   */
  ordered(client: ClientId, us: number, nowMs: number): number {
    const used = this.#used(client, nowMs);
    const expectedUs = Math.max(us, used.requestUs);
    used.paidUs += expectedUs;
    spend(used, expectedUs, nowMs);
    return expectedUs;
  }

  /** It is not, for it was executed before: so much of what counted is given back. */
  unordered(client: ClientId, us: number, nowMs: number): void {
    const used = this.#used(client, nowMs);
    used.paidUs = Math.max(0, used.paidUs - us);
    spend(used, -Math.min(us, decayed(used, nowMs)), nowMs);
  }

  /** A request was executed, by whatever way it was ordered. */
  executed(client: ClientId, us: number, nowMs: number): void {
    const used = this.#used(client, nowMs);
    const paidUs = Math.min(us, used.paidUs);
    used.executedMs = nowMs;
    used.paidUs -= paidUs;
    used.requestUs += LAST_REQUEST * (us - used.requestUs);
    spend(used, us - paidUs, nowMs);
  }

  spent(client: ClientId, us: number, nowMs: number): void {
    spend(this.#used(client, nowMs), us, nowMs);
  }

  /** Whether it is its turn, rather than that of others. */
  mayServe(client: ClientId, nowMs: number): boolean {
    return this.waitMs(client, nowMs) === 0;
  }

  /** How long it has to wait, at least, as things are: 0 where it is its turn. */
  waitMs(client: ClientId, nowMs: number): number {
    const used = this.#clients.get(client);
    if (used === undefined) return 0;
    const share = nowMs < this.#busyUntilMs ? this.#share : Infinity;
    const us = decayed(used, nowMs);
    used.waits = us > (used.waits ? share * REST : share);
    if (!used.waits) return 0;
    return Math.min(WAIT_MS_MAX, Math.ceil(FORGOTTEN_MS * Math.log(us / (share * REST))));
  }

  #used(client: ClientId, nowMs: number): Used {
    const known = this.#clients.get(client);
    if (known !== undefined) return known;
    const used: Used = {
      us: 0,
      atMs: nowMs,
      pending: 0,
      paidUs: 0,
      requestUs: 0,
      executedMs: -Infinity,
      wanted: 0,
      waits: false,
    };
    this.#clients.set(client, used);
    return used;
  }

  /** Who wants more all the time, and what they take. */
  #look(nowMs: number): void {
    let [rivals, us] = [0, 0];
    for (const [client, used] of this.#clients) {
      if (nowMs - used.atMs > GONE_MS) this.#clients.delete(client);
      const wants = used.pending > 0 || nowMs - used.executedMs < EXECUTED_MS;
      used.wanted += LAST_LOOK * ((wants ? 1 : 0) - used.wanted);
      if (used.wanted < ALWAYS) continue;
      rivals++;
      us += decayed(used, nowMs);
    }
    const mean = us / rivals;
    this.#share =
      rivals === 0
        ? Infinity
        : Math.max(limits.clientWorkFreeUs, (limits.clientWorkPercent / 100) * mean);
  }
}

function spend(used: Used, us: number, nowMs: number): void {
  used.us = decayed(used, nowMs) + us;
  used.atMs = nowMs;
}

function decayed({ us, atMs }: Used, nowMs: number): number {
  return us * Math.exp(Math.min(0, atMs - nowMs) / FORGOTTEN_MS);
}
