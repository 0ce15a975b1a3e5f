/**
 * One WebSocket, dialed or accepted: bounded (L2), corked, watched. Sending never waits; a frame that finds the queue
 * full is dropped and counted, as on any network: the protocol sends again what matters (M3, C4), and what is queued
 * is older than what would be dropped by closing instead. An end that takes nothing for `linkStuckMs` is given up.
 */
import type { Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import type { Reject } from '../consensus/model/handshake.ts';
import type { Allowance } from '../base/allowance.ts';
import { limits } from '../base/limits.ts';
import { encodeHandshake } from '../wire/handshake.ts';
import { originOf } from './address.ts';
import { plainBytes } from './plain-bytes.ts';

/** Why a connection ended, for both ends' logs. */
export interface Closed {
  /** A WebSocket close code (RFC 6455, 7.4): 1006 where the line just broke. */
  readonly code: number;
  readonly reason: string;
}

export interface Watch {
  readonly pingIntervalMs: number;
  readonly silenceMs: number;
}

export interface ConnectionHandlers {
  readonly frame: (bytes: Uint8Array) => void;
  /** A text frame: nothing on these links is text. */
  readonly text: () => void;
  readonly closed: (closed: Closed) => void;
}

/** How fast a proven end is read (L2): what is read no further waits in the other end's socket. */
export interface Pace {
  /** Each of its frames takes one, control frames too. */
  readonly frames: Allowance;
  /** So many bytes came, in frames or parts of them; for how many milliseconds it shall be read no further. */
  readonly heard: (bytes: number) => number;
}

/** RFC 6455, 7.4.1. */
export const CLOSE = { leaving: 1001, policy: 1008 } as const;

/** A close frame's reason holds 123 bytes of UTF-8, and ours are ASCII. */
const CLOSE_REASON_CHARACTERS = 120;

/** Of an end that was turned away: what is on its way while it is told so. */
const DISCARDED_BYTES_MAX = 262_144;

/** What a control frame costs, as if it were so long. */
const CONTROL_COST_BYTES = 2_048;

/** RFC 6455, 5.2: of a short frame that a client sends. */
const MASKED_HEADER_BYTES = 6;

export class Connection {
  /** `address:port` of the other end. */
  readonly remote: string;
  /** What counts as its address. */
  readonly origin: string;
  handlers: ConnectionHandlers;
  /** Frames that found the queue full. */
  dropped = 0;
  lastHeardMs: number;
  /** Bytes of frames that came between the last two checks. */
  progressBytes = 0;
  readonly #ws: WebSocket;
  readonly #socket: Socket;
  readonly #nowMs: () => number;
  #fault: string | null = null;
  /** With these words, by this end. */
  #turnedAway: Closed | null = null;
  #corked = false;
  #pingedMs: number | null = null;
  #flushedBytes = 0;
  #flushedMs: number;
  #budget: ((chunk: Uint8Array) => void) | null = null;
  #pace: Pace | null = null;
  #reading: NodeJS.Timeout | null = null;
  #controlBytes = 0;
  /** What `#dataRead` was at the end of the last frame, and at the last check. */
  #readAtFrame = 0;
  #readAtCheck = 0;

  constructor(ws: WebSocket, socket: Socket, handlers: ConnectionHandlers, nowMs: () => number) {
    this.#ws = ws;
    this.#socket = socket;
    this.#nowMs = nowMs;
    this.handlers = handlers;
    this.origin = originOf(socket.remoteAddress);
    this.remote = `${socket.remoteAddress ?? 'unknown'}:${socket.remotePort ?? 0}`;
    this.lastHeardMs = nowMs();
    this.#flushedMs = this.lastHeardMs;
    ws.on('message', (data, isBinary) => this.#message(data, isBinary));
    ws.on('ping', (data) => this.#pinged(data));
    ws.on('pong', (data) => this.#control(data));
    ws.on('error', (error) => (this.#fault ??= error.message));
    ws.once('close', (code, reason) => {
      if (this.#reading !== null) clearTimeout(this.#reading);
      const closed = { code, reason: reason.toString() || (this.#fault ?? 'line broke') };
      this.handlers.closed(this.#turnedAway ?? closed);
    });
  }

  /** Bytes that wait for the other end. */
  get queuedBytes(): number {
    return this.#ws.bufferedAmount;
  }

  /** About how many bytes of a frame came that is not finished. */
  get partialBytes(): number {
    return this.#dataRead - this.#readAtFrame;
  }

  /** All that came but control frames, which are whole, and may come in the middle of another. */
  get #dataRead(): number {
    return this.#socket.bytesRead - this.#controlBytes;
  }

  /** From now on it is read at this pace. */
  pace(pace: Pace): void {
    this.#pace = pace;
    // After the WebSocket's own listener: what was read already is still handled.
    this.#socket.on('data', (chunk: Uint8Array) => this.#rest(pace.heard(chunk.length)));
  }

  /** Queues a frame; false (and counted) where it finds more than `queueBytesMax` queued with it. The bytes are kept. */
  send(frame: Uint8Array, queueBytesMax: number): boolean {
    if (this.#ws.readyState !== this.#ws.OPEN) return false;
    if (this.#ws.bufferedAmount + frame.length > queueBytesMax) {
      this.dropped++;
      return false;
    }
    this.#cork();
    this.#ws.send(frame, { binary: true });
    return true;
  }

  /** Says what was wrong and closes: the last frame of a failed handshake. */
  refuse(frame: Reject): void {
    if (this.#ws.readyState === this.#ws.OPEN) this.#ws.send(encodeHandshake(frame));
    this.close(CLOSE.policy, `${frame.code}: ${frame.reason}`);
  }

  /** Sends what is queued and says goodbye; an end that does not answer in time is cut off. */
  close(code: number, reason: string): void {
    this.#ws.close(code, reason.slice(0, CLOSE_REASON_CHARACTERS));
    if (code === CLOSE.policy) this.#turnAway({ code, reason });
    const timer = setTimeout(() => this.#ws.terminate(), limits.closeTimeoutMs);
    this.#ws.once('close', () => clearTimeout(timer));
  }

  /** What it still sends is nobody's any more: it is not unmasked and joined, and soon it is not read either. */
  #turnAway(closed: Closed): void {
    if (this.#turnedAway !== null) return;
    this.#turnedAway = closed;
    this.liftLimit();
    this.#socket.removeAllListeners('data');
    let bytes = 0;
    this.#socket.on('data', ({ length }: Uint8Array) => {
      bytes += length;
      if (bytes > DISCARDED_BYTES_MAX) this.#ws.terminate();
    });
    this.#socket.resume();
    this.#socket.end();
  }

  /** Cuts the line at once. */
  terminate(reason: string): void {
    this.#fault ??= reason;
    this.#ws.terminate();
  }

  /**
   * Stops reading once the other end has sent more than `bytesMax` in all, and goes on; `exceeded` is called once. The
   * read that passes the bound is heard: with the frame that lifts the limit may come what an honest end says next.
   */
  limitInput(bytesMax: number, exceeded: () => void): void {
    this.liftLimit();
    this.#budget = (chunk) => {
      if (this.#socket.bytesRead - chunk.length <= bytesMax) return;
      this.liftLimit();
      this.#ws.pause();
      exceeded();
    };
    // Before the WebSocket's own listener, which buffers what is not yet a whole frame.
    this.#socket.prependListener('data', this.#budget);
  }

  liftLimit(): void {
    if (this.#budget !== null) this.#socket.off('data', this.#budget);
    this.#budget = null;
  }

  /** Pings a silent end, and cuts off one that is dead or takes nothing. Called every `watch.pingIntervalMs` or so. */
  check(watch: Watch): void {
    const now = this.#nowMs();
    this.progressBytes = this.#dataRead - this.#readAtCheck;
    this.#readAtCheck = this.#dataRead;
    const flushed = this.#socket.bytesWritten - this.#socket.writableLength;
    if (flushed > this.#flushedBytes || this.queuedBytes === 0) {
      this.#flushedBytes = flushed;
      this.#flushedMs = now;
    }
    if (now - this.#flushedMs >= limits.linkStuckMs) this.terminate('takes nothing');
    else if (this.#pingedMs !== null && now - this.#pingedMs >= watch.silenceMs)
      this.terminate('silent');
    else if (this.#pingedMs === null && now - this.lastHeardMs >= watch.pingIntervalMs)
      this.#ping(now);
  }

  #ping(now: number): void {
    // Behind a long queue a ping would measure the queue; the stuck check watches that one.
    if (this.#ws.readyState !== this.#ws.OPEN) return;
    if (this.queuedBytes > limits.pongQueueBytesMax) return;
    this.#pingedMs = now;
    this.#ws.ping();
  }

  #pinged(data: Uint8Array): void {
    this.#control(data);
    // Who pings without reading must not fill our memory with pongs (L2).
    if (this.#ws.readyState === this.#ws.OPEN && this.queuedBytes <= limits.pongQueueBytesMax)
      this.#ws.pong(data);
  }

  #control({ length }: Uint8Array): void {
    if (this.#ws.readyState !== this.#ws.OPEN) return;
    this.#heard();
    this.#controlBytes += MASKED_HEADER_BYTES + length;
    // It came in one read with the frame before it, and counted as read then.
    this.#readAtFrame = Math.min(this.#readAtFrame, this.#dataRead);
    this.#count();
    // Small as it is, it is read, and answered, like a frame.
    if (this.#pace !== null) this.#rest(this.#pace.heard(CONTROL_COST_BYTES));
  }

  #message(data: RawData, isBinary: boolean): void {
    // What was buffered behind the frame that we closed for is nobody's any more.
    if (this.#ws.readyState !== this.#ws.OPEN) return;
    this.#heard();
    this.#readAtFrame = this.#dataRead;
    this.#count();
    if (!isBinary) this.handlers.text();
    else this.handlers.frame(plainBytes(data));
  }

  #count(): void {
    if (this.#pace === null) return;
    const { frames } = this.#pace;
    const now = this.#nowMs();
    frames.take(1, now);
    this.#rest(frames.waitMs(now));
  }

  /** Reads no further for a while; then it is asked again, since over another link more may have been used up. */
  #rest(ms: number): void {
    if (ms <= 0 || this.#reading !== null) return;
    this.#ws.pause();
    this.#reading = setTimeout(() => this.#goOn(), ms);
  }

  #goOn(): void {
    this.#reading = null;
    // Nobody listened, so nobody was silent.
    this.#heard();
    if (this.#pace === null || this.#ws.readyState !== this.#ws.OPEN) return;
    const { frames, heard } = this.#pace;
    this.#rest(Math.max(frames.waitMs(this.#nowMs()), heard(0)));
    if (this.#reading === null) this.#ws.resume();
  }

  #heard(): void {
    this.lastHeardMs = this.#nowMs();
    this.#pingedMs = null;
  }

  /** One write for all frames of this turn of the loop: 32 frames a write are seven times faster than one. */
  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#socket.cork();
    process.nextTick(() => {
      this.#corked = false;
      this.#socket.uncork();
    });
  }
}
