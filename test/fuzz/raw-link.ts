/** A WebSocket by hand: the bytes that an end writes, so that each of them can be another. */
import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { concatBytes } from '../../src/base/bytes.ts';
import { decodeSteps } from './steps.ts';
import type { Step } from './steps.ts';

/** Kinds of steps: bytes that are written; a turn in which the other end reads; the end of what is written. */
export const WIRE = { write: 0, wait: 1, end: 2 } as const;
const KINDS = 3;

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** Stands for what hangs on the key that the other end chose. */
const ACCEPT = '{accept}';

const latin = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

export const UPGRADE: Uint8Array = latin(
  `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
    `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n\r\n`,
);

export const SWITCHING: Uint8Array = latin(
  `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
    `Sec-WebSocket-Accept: ${ACCEPT}\r\n\r\n`,
);

export function acceptOf(request: string): string {
  const key = /^sec-websocket-key: *(?<key>\S+)/imu.exec(request)?.groups?.['key'] ?? '';
  return createHash('sha1')
    .update(key + GUID)
    .digest('base64');
}

export function withAccept(bytes: Uint8Array, accept: string): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1');
  return text.includes(ACCEPT) ? latin(text.replace(ACCEPT, accept)) : bytes;
}

export const OPCODE = { more: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** One frame (RFC 6455, 5.2); a client's is masked, with zeros here. */
export function wsFrame(
  opcode: number,
  payload: Uint8Array,
  { isMasked, isLast = true }: { readonly isMasked: boolean; readonly isLast?: boolean },
): Uint8Array {
  const mask = isMasked ? 0x80 : 0;
  const { length } = payload;
  const size =
    length < 126
      ? [mask | length]
      : length < 65_536
        ? [mask | 126, length >> 8, length & 255]
        : [
            mask | 127,
            0,
            0,
            0,
            0,
            length >>> 24,
            (length >> 16) & 255,
            (length >> 8) & 255,
            length & 255,
          ];
  const head = [(isLast ? 0x80 : 0) | opcode, ...size, ...(isMasked ? [0, 0, 0, 0] : [])];
  return concatBytes(Uint8Array.from(head), payload);
}

export function write(...parts: readonly Uint8Array[]): Step {
  return { kind: WIRE.write, who: 0, bytes: concatBytes(...parts) };
}

export const WAIT: Step = { kind: WIRE.wait, who: 0, bytes: new Uint8Array(0) };

/** The other end, and what is written to it, have had their turn. */
async function turn(): Promise<void> {
  for (let i = 0; i < 6; i++) await new Promise((resolve) => void setImmediate(resolve));
}

/** So long a connection may linger that was ended: an end that closes has a second for it. */
const LINGER_MS = 2_500;

/** Writes the steps, ends, and resolves when the connection is closed: what was read, and whether it lingered. */
export async function speak(
  socket: Socket,
  input: Uint8Array,
  replace: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes,
): Promise<{ readonly read: Buffer; readonly lingered: boolean }> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => socket.destroy());
  const closed = new Promise<void>((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });
  for (const { kind, bytes } of decodeSteps(input).slice(0, 64)) {
    if (socket.destroyed || kind % KINDS === WIRE.end) break;
    if (kind % KINDS === WIRE.wait) await turn();
    else socket.write(replace(bytes));
  }
  await turn();
  if (!socket.destroyed) socket.end();
  let lingered = false;
  const timer = setTimeout(() => {
    lingered = true;
    socket.destroy();
  }, LINGER_MS);
  await closed;
  clearTimeout(timer);
  return { read: Buffer.concat(chunks), lingered };
}

/** Errors that nobody caught, while a target runs that has sockets. */
export class Uncaught {
  #errors: Error[] = [];
  readonly #note = (error: unknown): void =>
    void this.#errors.push(error instanceof Error ? error : new Error(String(error)));

  constructor() {
    process.on('uncaughtException', this.#note);
    process.on('unhandledRejection', this.#note);
  }

  check(): void {
    const [error] = this.#errors;
    this.#errors = [];
    if (error !== undefined) throw error;
  }

  stop(): void {
    process.off('uncaughtException', this.#note);
    process.off('unhandledRejection', this.#note);
  }
}
