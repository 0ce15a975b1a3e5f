/**
 * One end of a link in an attacker's hands: a WebSocket that says whatever it is told to, bytes of TCP included, and
 * tells how it was turned away. Bounded in what it keeps and in how long it waits; it closes what it opened.
 */
import type { Socket } from 'node:net';
import process from 'node:process';
import type { RawData } from 'ws';
import { WebSocket } from 'ws';
import { limits } from '../../../src/base/limits.ts';

/**
 * Where the attacker dials from: not the honest nodes' address, or what it fails with would be counted against them
 * (L2). Elsewhere than on Linux a machine has but one address on loopback.
 */
export const ATTACKERS_ADDRESS = process.platform === 'linux' ? '127.0.0.66' : '127.0.0.1';

export interface DialOptions {
  /** The address that the other end sees. */
  readonly from?: string;
  readonly timeoutMs?: number;
}

/** How a link ended: a WebSocket close code (1006 where the line just broke), and what the other end said to it. */
export interface Ended {
  readonly code: number;
  readonly reason: string;
}

const DIAL_TIMEOUT_MS = 5_000;
/** What is kept of what was said to it, until somebody asks for it. */
const FRAMES_KEPT = 1_024;
const CLOSE_MS = 500;

export class RawLink {
  readonly socket: Socket;
  /** Resolves when the link ended. */
  readonly over: Promise<Ended>;
  readonly #ws: WebSocket;
  readonly #frames: Uint8Array[] = [];
  #received = 0;
  #ended: Ended | null = null;
  #wake: (() => void) | null = null;
  #handler: ((frame: Uint8Array) => void) | null = null;

  constructor(ws: WebSocket, socket: Socket) {
    this.#ws = ws;
    this.socket = socket;
    ws.on('message', (data: RawData) => this.#arrived(new Uint8Array(data as Buffer)));
    ws.on('error', () => undefined);
    this.over = new Promise((resolve) => {
      ws.once('close', (code, reason) => {
        this.#ended = { code, reason: reason.toString() };
        this.#wake?.();
        resolve(this.#ended);
      });
    });
  }

  /** A WebSocket to `host:port`, not proven. Null where it was not let in at all. */
  static async dial(address: string, options: DialOptions = {}): Promise<RawLink | null> {
    const { from = ATTACKERS_ADDRESS, timeoutMs = DIAL_TIMEOUT_MS } = options;
    const ws = new WebSocket(`ws://${address}/`, {
      localAddress: from,
      perMessageDeflate: false,
      followRedirects: false,
      handshakeTimeout: timeoutMs,
      maxPayload: limits.frameBytesMax,
    });
    return new Promise((resolve) => {
      let link: RawLink | null = null;
      // Here, and not once it is open: with the answer may come what the other end says first.
      ws.once('upgrade', ({ socket }) => (link = new RawLink(ws, socket)));
      ws.once('open', () => resolve(link));
      ws.once('error', () => resolve(null));
    });
  }

  /** Frames that the other end sent, in all. */
  get received(): number {
    return this.#received;
  }

  /** Null while it is open. */
  get ended(): Ended | null {
    return this.#ended;
  }

  /** A binary frame, if the link is open still. */
  send(frame: Uint8Array): void {
    if (this.#ws.readyState === WebSocket.OPEN) this.#ws.send(frame, { binary: true });
  }

  sendText(text: string): void {
    if (this.#ws.readyState === WebSocket.OPEN) this.#ws.send(text);
  }

  /** From now on each frame goes to `handler` and is not kept; those that wait go first. */
  listen(handler: (frame: Uint8Array) => void): void {
    this.#handler = handler;
    for (const frame of this.#frames.splice(0)) handler(frame);
  }

  /** The next frame; null where the link ended, or nothing came in time. */
  async next(timeoutMs: number): Promise<Uint8Array | null> {
    if (this.#frames.length === 0 && this.#ended === null) await this.#event(timeoutMs);
    return this.#frames.shift() ?? null;
  }

  /** Waits until the link ended; null where it did not in time. */
  async end(timeoutMs: number): Promise<Ended | null> {
    const deadline = performance.now() + timeoutMs;
    while (this.#ended === null && performance.now() < deadline)
      await this.#event(deadline - performance.now());
    return this.#ended;
  }

  /** However the other end takes it: afterwards the socket is gone. */
  async close(): Promise<void> {
    this.#ws.close();
    await this.end(CLOSE_MS);
    this.#ws.terminate();
  }

  #arrived(frame: Uint8Array): void {
    this.#received++;
    if (this.#handler !== null) return this.#handler(frame);
    if (this.#frames.length < FRAMES_KEPT) this.#frames.push(frame);
    this.#wake?.();
  }

  /** Something arrives, it ends, or the time is up. One waits at a time. */
  #event(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#wake = null;
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.#wake = done;
    });
  }
}
