/** Connections of TCP in an attacker's hands: opened at a rate, held as long as the other end lets them. */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Witness } from '../attack.ts';

const CONNECT_MS = 3_000;

export interface Knock {
  /** `host:port`. */
  readonly address: string;
  /** The address that the other end sees. */
  readonly from: string;
}

/** Holds at most so many sockets; the oldest makes room. All are gone once it is disposed of. */
export class Sockets implements Disposable {
  readonly #max: number;
  readonly #witness: Pick<Witness, 'did'>;
  readonly #held = new Set<Socket>();
  #most = 0;

  constructor(max: number, witness: Pick<Witness, 'did'>) {
    this.#max = max;
    this.#witness = witness;
  }

  get held(): number {
    return this.#held.size;
  }

  /** Opens one; null where it was not let in. What it is told is thrown away. */
  async open({ address, from }: Knock): Promise<Socket | null> {
    const { hostname: host, port } = new URL(`ws://${address}/`);
    const socket = connect({ host, port: Number(port), localAddress: from });
    this.#hold(socket);
    return new Promise((resolve) => {
      const timer = setTimeout(() => socket.destroy(), CONNECT_MS);
      socket.once('connect', () => {
        clearTimeout(timer);
        this.#witness.did('connections opened');
        resolve(socket);
      });
      socket.once('close', () => {
        clearTimeout(timer);
        resolve(null);
      });
    });
  }

  /** The most that the other ends let be open at one time. */
  tell(): void {
    this.#witness.did('connections held at once, at most', this.#most);
  }

  #hold(socket: Socket): void {
    this.#held.add(socket);
    this.#most = Math.max(this.#most, this.#held.size);
    socket.on('error', () => socket.destroy());
    socket.on('data', () => undefined);
    socket.once('close', () => this.#held.delete(socket));
    if (this.#held.size <= this.#max) return;
    const [oldest] = this.#held;
    oldest?.destroy();
  }

  [Symbol.dispose](): void {
    for (const socket of this.#held) socket.destroy();
  }
}

/** The bytes that ask for a WebSocket (RFC 6455, 4.1). */
export function upgradeRequest(address: string): string {
  return (
    `GET / HTTP/1.1\r\nHost: ${address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n'
  );
}

/** A client's frame of binary data (RFC 6455, 5.2), masked with zeros; of a longer one, `bytes` are the beginning. */
export function binaryFrame(bytes: Uint8Array, length: number = bytes.length): Uint8Array {
  const FIN_BINARY = 0x82;
  const MASKED = 0x80;
  const head =
    length < 126
      ? Uint8Array.of(FIN_BINARY, MASKED | length, 0, 0, 0, 0)
      : Uint8Array.of(FIN_BINARY, MASKED | 127, ...bigEndian(length), 0, 0, 0, 0);
  const frame = new Uint8Array(head.length + bytes.length);
  frame.set(head);
  frame.set(bytes, head.length);
  return frame;
}

function bigEndian(length: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length));
  return bytes;
}
