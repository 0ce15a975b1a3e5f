/** An attacker's own port: what dials there is handed over as raw links, for it to answer as anybody. */
import { once } from 'node:events';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { limits } from '../../../src/base/limits.ts';
import type { NodeId } from '../../../src/consensus/model/ids.ts';
import type { Hello } from '../../../src/consensus/model/handshake.ts';
import { expectFrame, freshNonce, proofOf, say } from './link-proof.ts';
import type { Pen } from './link-proof.ts';
import { RawLink } from './link.ts';

/** Links that are open at a time; what comes then is turned away. */
const LINKS_MAX = 64;

export class Door implements AsyncDisposable {
  readonly #server: WebSocketServer;
  readonly #links = new Set<RawLink>();

  private constructor(server: WebSocketServer, arrived: (link: RawLink) => void) {
    this.#server = server;
    server.on('connection', (ws: WebSocket, { socket }) => {
      if (this.#links.size >= LINKS_MAX) return ws.terminate();
      const link = new RawLink(ws, socket);
      this.#links.add(link);
      ws.once('close', () => this.#links.delete(link));
      arrived(link);
    });
  }

  /** Listens at `host:port`, as a node would whose place it takes. */
  static async open(address: string, arrived: (link: RawLink) => void): Promise<Door> {
    const { hostname: host, port } = new URL(`ws://${address}/`);
    const server = new WebSocketServer({
      host,
      port: Number(port),
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: limits.frameBytesMax,
    });
    const door = new Door(server, arrived);
    await once(server, 'listening');
    return door;
  }

  /** Afterwards nobody listens, and every link is closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await Promise.all([...this.#links].map((link) => link.close()));
    await closed;
  }
}

/** A node in whose place the attacker stands. */
export interface Place {
  readonly id: NodeId;
  readonly pen: Pen;
}

/**
 * The handshake of the side that was dialed, with the key of the node that the other end believes to have dialed. Who
 * it is, once proven; null where it hung up.
 */
export async function receive(link: RawLink, { id, pen }: Place): Promise<Hello | null> {
  const hello = await expectFrame(link, 'hello', 'hello');
  if ('type' in hello) return null;
  const challenge = { kind: 'challenge', id, nonce: freshNonce(), epoch: hello.epoch } as const;
  say(link, challenge);
  const answer = await expectFrame(link, 'answer', 'answer');
  if ('type' in answer) return null;
  // Whether the answer is right is of no interest to an attacker.
  say(link, { kind: 'welcome', signature: proofOf('acceptor', hello, challenge, pen) });
  return hello;
}
