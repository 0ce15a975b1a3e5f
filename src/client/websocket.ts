/** A transport over the WebSocket that a browser (or a recent Node) has, typed by what is used of it. */
import type { Connection, Transport } from './ports.ts';

export interface WebSocketLike {
  binaryType: string;
  readonly readyState: number;
  readonly bufferedAmount: number;
  onopen: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null;
  send(data: Uint8Array): void;
  close(code?: number, reason?: string): void;
}

export type WebSocketConstructor = new (url: string) => WebSocketLike;

export interface WebSocketOptions {
  /** `wss` where a TLS proxy stands before the nodes, as a page served over https needs; default `ws`. */
  readonly scheme?: 'ws' | 'wss' | undefined;
}

const OPEN = 1;

/** `webSocketTransport(WebSocket)` in a browser. */
export function webSocketTransport(
  WebSocket: WebSocketConstructor,
  options: WebSocketOptions = {},
): Transport {
  const scheme = options.scheme ?? 'ws';
  return (address, events): Connection => {
    const socket = new WebSocket(`${scheme}://${address}/`);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => events.opened();
    // It says nothing of use, and the close that follows is what counts.
    socket.onerror = () => undefined;
    socket.onmessage = ({ data }) => {
      if (data instanceof ArrayBuffer) events.received(new Uint8Array(data));
      else socket.close(1003, 'binary frames only');
    };
    socket.onclose = ({ code, reason }) =>
      events.closed(reason === '' ? describeClose(code) : reason);
    return {
      send: (frame) => {
        if (socket.readyState === OPEN) socket.send(frame);
      },
      get bufferedBytes() {
        return socket.bufferedAmount;
      },
      close: () => socket.close(),
    };
  };
}

/** RFC 6455, 7.4.1. Browsers do not say why a connection could not be made. */
function describeClose(code: number): string {
  return code === 1006 ? 'cannot be reached, or the line broke' : `closed (${code})`;
}
