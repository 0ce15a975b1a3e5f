/** The ports of the client from what a browser (or any host of its globals) has. */
import { portableDigest } from '../crypto/digest.ts';
import { portableEd25519 } from '../crypto/ed25519.ts';
import type { ClientClock, ClientDeps } from './ports.ts';
import { webSocketTransport } from './websocket.ts';
import type { WebSocketConstructor, WebSocketOptions } from './websocket.ts';

/** What is used of a browser's `globalThis`. */
export interface BrowserGlobals {
  readonly WebSocket: WebSocketConstructor;
  readonly crypto: { getRandomValues(array: Uint8Array<ArrayBuffer>): unknown };
  readonly performance: { now(): number };
  readonly Date: { now(): number };
  queueMicrotask(callback: () => void): void;
  setInterval(callback: () => void, intervalMs: number): unknown;
  clearInterval(id: never): void;
}

/** `new TangaroaClient(options, browserDeps(globalThis))`. */
export function browserDeps(globals: BrowserGlobals, options: WebSocketOptions = {}): ClientDeps {
  return {
    transport: webSocketTransport(globals.WebSocket, options),
    clock: browserClock(globals),
    randomBytes: (count) => {
      const bytes = new Uint8Array(count);
      globals.crypto.getRandomValues(bytes);
      return bytes;
    },
    digest: portableDigest,
    ed25519: portableEd25519,
  };
}

function browserClock(globals: BrowserGlobals): ClientClock {
  return {
    monotonicMs: () => globals.performance.now(),
    wallMs: () => globals.Date.now(),
    every: (intervalMs, callback) => {
      const id = globals.setInterval(callback, intervalMs);
      return () => globals.clearInterval(id as never);
    },
    // Browsers hold nested timers back to 4 ms; a microtask comes after all that was asked for in this turn.
    defer: (callback) => globals.queueMicrotask(callback),
  };
}
