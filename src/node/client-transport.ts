/** The ports of the client in Node: `ws`, the system's clock and randomness, native cryptography. */
import { randomBytes } from 'node:crypto';
import './no-addons.ts';
import { WebSocket } from 'ws';
import { limits } from '../base/limits.ts';
import { TangaroaClient } from '../client/client.ts';
import type { ClientOptions } from '../client/client.ts';
import type { ClientClock, ClientDeps, Connection, Transport } from '../client/ports.ts';
import { nativeDigest, nodeEd25519 } from './native-crypto.ts';
import { plainBytes } from './plain-bytes.ts';
import { DIAL_OPTIONS } from './web-socket-options.ts';

/** A client of the cluster, connecting; `await using` closes it. */
export function openClient(options: ClientOptions): TangaroaClient {
  return new TangaroaClient(options, nodeClientDeps());
}

export function nodeClientDeps(): ClientDeps {
  return {
    transport: nodeTransport,
    clock: nodeClock,
    randomBytes: (count) => new Uint8Array(randomBytes(count)),
    digest: nativeDigest,
    ed25519: nodeEd25519(),
  };
}

const nodeClock: ClientClock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  every: (intervalMs, callback) => {
    const timer = setInterval(callback, intervalMs);
    return () => clearInterval(timer);
  },
  // After the sockets were read and the callers of what came have asked for more: that is bundled.
  defer: (callback) => {
    setImmediate(callback);
  },
};

/** Dials `ws://host:port/`; frames above `limits.frameBytesMax` end the connection. */
export const nodeTransport: Transport = (address, events): Connection => {
  const ws = open(address);
  if (ws === null) {
    // Never within the call: who dials does not know its connection yet.
    setImmediate(() => events.closed('its address cannot be dialed'));
    return NO_CONNECTION;
  }
  let fault = '';
  ws.on('open', () => events.opened());
  ws.on('message', (data, isBinary) => {
    if (isBinary) events.received(plainBytes(data));
    else ws.close(1003, 'binary frames only');
  });
  ws.on('error', (error: NodeJS.ErrnoException) => (fault = describe(error)));
  ws.once('close', (code, reason) => {
    events.closed(fault || reason.toString() || `connection closed (${code})`);
  });
  return {
    send: (frame) => {
      if (ws.readyState === ws.OPEN) ws.send(frame, { binary: true });
    },
    get bufferedBytes() {
      return ws.bufferedAmount;
    },
    close: () => end(ws),
  };
};

const NO_CONNECTION: Connection = {
  send: () => undefined,
  bufferedBytes: 0,
  close: () => undefined,
};

/** Null where the listed address is one that no WebSocket takes: a name that only looks like one. */
function open(address: string): WebSocket | null {
  try {
    return new WebSocket(`ws://${address}/`, DIAL_OPTIONS);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Says goodbye; an end that does not answer in time is cut off, and no process waits for it. */
function end(ws: WebSocket): void {
  if (ws.readyState === ws.CONNECTING) return ws.terminate();
  // Closed already: no event would clear the timer.
  if (ws.readyState === ws.CLOSED) return;
  ws.close(1000);
  const timer = setTimeout(() => ws.terminate(), limits.closeTimeoutMs);
  ws.once('close', () => clearTimeout(timer));
}

function describe(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return 'connection refused';
    case 'ECONNRESET':
      return 'connection reset';
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'unreachable';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'its host name cannot be resolved';
    default:
      return error.message;
  }
}
