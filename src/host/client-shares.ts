/**
 * L2: what part of this node's time each client takes, while others want theirs. Everything that a client makes a node
 * do is counted in microseconds, by what it costs and not by how it is asked for: bytes read, signatures checked,
 * requests executed, answers made. While turns of the loop come late, there is a share: half as much again as what the
 * one in the middle takes of those who want more all the time. Who took more than that waits, and what he sends stays on his line. Who is alone,
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
/** Who asks no more, and was not answered, is not waited for: the question was lost, or its answer. */
const UNANSWERED_MS = 2_000;
/** A client of which nothing is heard for so long is forgotten. */
const GONE_MS = 5_000;
/**
 * Who waits does so until that part of its share is left of what it used: requests that come one by one have an entry
 * each, which costs every node twenty times as much as a request does.
 */
const REST = 0.75;
/** Nobody waits for longer before he is looked at again. */
const WAIT_MS_MAX = 50;

interface Used {
  /** Microseconds, of which ever more are forgotten. */
  us: number;
  /** When that was so. */
  atMs: number;
  /** Frames that came and were not answered, as far as that is known. */
  pending: number;
  askedMs: number;
  /** Of `us`, for requests that were not executed yet. It is forgotten as the whole is, so that nothing is saved up. */
  paidUs: number;
  /** Of one request, on average of late. */
  requestUs: number;
  executedMs: number;
  /** The part of the time, of late, in which it wanted something. */
  wanted: number;
  /** Null where it does not wait; else until no more than so much is left of what it used. */
  waitsForUs: number | null;
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
  /** The one who wants more all the time, where there is one only: nobody waits for himself. */
  #alone: ClientId | null = null;

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
    const used = this.#used(client, nowMs);
    used.pending++;
    used.askedMs = nowMs;
  }

  /** Its last connection is gone: nobody waits for an answer. */
  gone(client: ClientId): void {
    const used = this.#clients.get(client);
    if (used !== undefined) used.pending = 0;
  }

  /** It was told something, which cost so much: an answer to a frame of it, as far as that is known. */
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
    spend(used, expectedUs, nowMs);
    used.paidUs += expectedUs;
    return expectedUs;
  }

  /** It is not, for it was executed before: what is left of what counted, `us` at `atMs`, is given back. */
  unordered(client: ClientId, { us, atMs }: Pick<Used, 'us' | 'atMs'>, nowMs: number): void {
    const used = this.#used(client, nowMs);
    spend(used, 0, nowMs);
    const leftUs = Math.min(us * remaining(nowMs - atMs), used.paidUs);
    used.paidUs -= leftUs;
    used.us -= leftUs;
  }

  /** A request was executed, by whatever way it was ordered. */
  executed(client: ClientId, us: number, nowMs: number): void {
    const used = this.#used(client, nowMs);
    spend(used, 0, nowMs);
    const paidUs = Math.min(us, used.paidUs);
    used.executedMs = nowMs;
    used.paidUs -= paidUs;
    used.us += us - paidUs;
    used.requestUs += LAST_REQUEST * (us - used.requestUs);
  }

  /** Anything else was done for it. */
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
    const isFree = nowMs >= this.#busyUntilMs || client === this.#alone;
    const share = isFree ? Infinity : this.#share;
    const us = decayed(used, nowMs);
    if (share === Infinity || us <= (used.waitsForUs ?? share)) {
      used.waitsForUs = null;
      return 0;
    }
    used.waitsForUs ??= share * REST;
    return Math.min(WAIT_MS_MAX, Math.ceil(FORGOTTEN_MS * Math.log(us / used.waitsForUs)));
  }

  #used(client: ClientId, nowMs: number): Used {
    const known = this.#clients.get(client);
    if (known !== undefined) return known;
    const used: Used = {
      us: 0,
      atMs: nowMs,
      pending: 0,
      askedMs: -Infinity,
      paidUs: 0,
      requestUs: 0,
      executedMs: -Infinity,
      wanted: 0,
      waitsForUs: null,
    };
    this.#clients.set(client, used);
    return used;
  }

  /** Who wants more all the time, and what they take. */
  #look(nowMs: number): void {
    const rivals: number[] = [];
    this.#alone = null;
    for (const [client, used] of this.#clients) {
      if (nowMs - used.atMs > GONE_MS) this.#clients.delete(client);
      if (nowMs - used.askedMs > UNANSWERED_MS) used.pending = 0;
      const wants = used.pending > 0 || nowMs - used.executedMs < EXECUTED_MS;
      used.wanted += LAST_LOOK * ((wants ? 1 : 0) - used.wanted);
      if (used.wanted < ALWAYS) continue;
      rivals.push(decayed(used, nowMs));
      this.#alone = rivals.length === 1 ? client : null;
    }
    // Not the mean, which a few move that take nothing, or all: the others would wait for nobody.
    const middle = rivals.sort((one, other) => one - other)[Math.floor((rivals.length - 1) / 2)];
    const { clientWorkFreeUs, clientWorkPercent } = limits;
    this.#share =
      middle === undefined
        ? Infinity
        : Math.max(clientWorkFreeUs, (clientWorkPercent / 100) * middle);
  }
}

function spend(used: Used, us: number, nowMs: number): void {
  const left = remaining(nowMs - used.atMs);
  used.us = used.us * left + us;
  used.paidUs *= left;
  used.atMs = nowMs;
}

function decayed({ us, atMs }: Used, nowMs: number): number {
  return us * remaining(nowMs - atMs);
}

/** Of used time, after so long. */
function remaining(ms: number): number {
  return Math.exp(-Math.max(0, ms) / FORGOTTEN_MS);
}
