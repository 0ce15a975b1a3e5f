/**
 * The one port of a node: peers and clients come through the same door, and past it only with a proof of who they are
 * (L1). From the first byte until then an end has one deadline, few bytes and a place that may be taken from it. Who is
 * refused is so before anything is made for it: an accept and a reset.
 */
import { Server as HttpServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { Server as NetServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import './no-addons.ts';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { assert } from '../base/assert.ts';
import { limits } from '../base/limits.ts';
import type { LinkRole, RejectCode } from '../consensus/model/handshake.ts';
import { Acceptor, reject } from '../crypto/handshake.ts';
import type { AcceptorOptions, HandshakeDeps } from '../crypto/handshake.ts';
import type { Log } from '../host/ports.ts';
import { decodeHandshake, encodeHandshake } from '../wire/handshake.ts';
import { Admission } from './admission.ts';
import { formatAddress, listenError, originOf } from './address.ts';
import type { Address } from './address.ts';
import { Connection } from './connection.ts';

export interface ServerDeps {
  readonly log: Log;
  readonly nowMs: () => number;
  readonly handshake: HandshakeDeps;
  /** This end as it is now; the nonce is fresh each time. */
  readonly acceptor: () => AcceptorOptions;
  /** Whether a peer of this address (`originOf`) is missed. */
  readonly expects: (origin: string) => boolean;
  /** Null where there is a place for one more of them. */
  readonly refusal: (role: LinkRole, id: string) => Refusal | null;
  /** Its Welcome is sent: from now on the connection is the callee's. */
  readonly authenticated: (connection: Connection, role: LinkRole, id: string) => void;
}

/**
 * Why somebody who is proven has no place now. It is told so, and nobody is blamed: others may share its address. But a
 * `flood` costs so much work that its address answers for it.
 */
export interface Refusal {
  readonly type: 'full' | 'flood';
  readonly reason: string;
}

/** Between two sweeps: strangers do not fill the log either. */
const REJECTIONS_LOGGED = 16;

/** An end that has not proven who it is. */
interface Stranger {
  readonly socket: Socket;
  readonly deadline: NodeJS.Timeout;
  /** Null while it has not spoken WebSocket. */
  connection: Connection | null;
  /** Null before its first frame: a nonce costs more than most strangers are worth. */
  machine: Acceptor | null;
  refused: boolean;
}

export class LinkServer {
  readonly #deps: ServerDeps;
  readonly #door: NetServer;
  /** Never listens: it is handed who was let in. */
  readonly #http: HttpServer;
  readonly #upgrader: WebSocketServer;
  readonly #admission = new Admission<Socket>();
  readonly #strangers = new Map<Socket, Stranger>();
  #address: Address | null = null;
  #rejections = 0;

  constructor(deps: ServerDeps) {
    this.#deps = deps;
    // Half open as http has its sockets, and paused: nothing is read of who is refused.
    const options = { allowHalfOpen: true, pauseOnConnect: true };
    this.#door = new NetServer(options, (socket) => this.#arrive(socket));
    // What does not listen has no timeouts of its own, and needs none: the deadline counts from the accept.
    this.#http = new HttpServer({ maxHeaderSize: 8_192 });
    this.#upgrader = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      autoPong: false,
      maxPayload: limits.frameBytesMax,
      maxFragments: 64,
    });
    this.#http.on('request', (_, response) => {
      response.writeHead(426, { connection: 'close', upgrade: 'websocket' }).end();
    });
    this.#http.on('clientError', (_error, socket) => socket.destroy());
    this.#upgrader.on('wsClientError', (_error, socket) => socket.destroy());
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** @throws ListenError where the address cannot be listened on. */
  async listen(at: Address): Promise<void> {
    await new Promise<void>((resolve, fail) => {
      const refuse = (error: Error): void => fail(listenError(formatAddress(at), error));
      this.#door.once('error', refuse);
      this.#door.listen({ host: at.host, port: at.port, exclusive: true }, () => {
        this.#door.off('error', refuse);
        resolve();
      });
    });
    this.#door.on('error', (error) => this.#deps.log('error', 'listen', error.message));
    this.#address = { host: at.host, port: (this.#door.address() as AddressInfo).port };
  }

  /** Where this node listens: the port is the real one where 0 was asked for. */
  get address(): Address {
    assert(this.#address !== null, 'the server listens');
    return this.#address;
  }

  get counts(): { readonly unauthenticated: number; readonly authenticated: number } {
    return this.#admission.counts;
  }

  /** Forgives addresses their failures: called every second or so. */
  sweep(): void {
    this.#rejections = 0;
    this.#admission.sweep(this.#deps.nowMs());
  }

  /** No new connections; strangers are cut off. Authenticated connections are their owner's to close. */
  close(): void {
    this.#door.close();
    for (const stranger of this.#strangers.values()) stranger.socket.destroy();
  }

  #arrive(socket: Socket): void {
    const { log, nowMs, expects } = this.#deps;
    const address = originOf(socket.remoteAddress);
    const verdict = this.#admission.arrive(socket, address, nowMs(), () => expects(address));
    if (verdict.type === 'refused') {
      log('debug', 'refused', verdict.reason, { address });
      // Not a word is owed: a reset leaves nothing behind in the kernel either.
      socket.resetAndDestroy();
      return;
    }
    socket.on('error', () => socket.destroy());
    if (verdict.evict !== null) verdict.evict.destroy();
    const deadline = setTimeout(() => this.#late(socket), limits.handshakeTimeoutMs);
    this.#strangers.set(socket, {
      socket,
      deadline,
      connection: null,
      machine: null,
      refused: false,
    });
    socket.once('close', () => {
      this.#forgetStranger(socket);
      this.#admission.leave(socket, nowMs());
    });
    this.#http.emit('connection', socket);
    socket.resume();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const stranger = this.#strangers.get(request.socket);
    if (stranger === undefined || request.socket !== socket) {
      socket.destroy();
      return;
    }
    // A handshake in pieces is allowed, more than a handshake is not: the limit counts from here.
    this.#upgrader.handleUpgrade(request, socket, head, (ws) => this.#greet(ws, stranger));
  }

  #greet(ws: WebSocket, stranger: Stranger): void {
    const { nowMs } = this.#deps;
    const handlers = {
      frame: (bytes: Uint8Array) => this.#frame(stranger, bytes),
      text: () => this.#refuse(stranger, 'malformed', 'a text frame; all frames are binary'),
      closed: () => undefined,
    };
    const connection = new Connection(ws, stranger.socket, handlers, nowMs);
    stranger.connection = connection;
    connection.limitInput(limits.handshakeBytesMax, () =>
      this.#refuse(stranger, 'malformed', `over ${limits.handshakeBytesMax} bytes of handshake`),
    );
  }

  #frame(stranger: Stranger, bytes: Uint8Array): void {
    if (stranger.refused) return;
    const decoded = decodeHandshake(bytes);
    if (!decoded.ok) {
      this.#refuse(stranger, 'malformed', decoded.reason);
      return;
    }
    const { handshake, acceptor } = this.#deps;
    stranger.machine ??= new Acceptor(acceptor(), handshake);
    const step = stranger.machine.receive(decoded.value);
    const connection = stranger.connection as Connection;
    if (step.type === 'challenge')
      connection.send(encodeHandshake(step.frame), limits.handshakeBytesMax);
    else if (step.type === 'rejected') this.#refuse(stranger, step.frame.code, step.frame.reason);
    else {
      const refusal = this.#deps.refusal(step.role, step.id);
      if (refusal !== null) {
        if (refusal.type === 'full') this.#admission.excuse(stranger.socket);
        this.#refuse(stranger, 'too-many-connections', refusal.reason);
      } else {
        connection.send(encodeHandshake(step.frame), limits.handshakeBytesMax);
        this.#handOver(stranger, connection, step.role, step.id);
      }
    }
  }

  #handOver(stranger: Stranger, connection: Connection, role: LinkRole, id: string): void {
    connection.liftLimit();
    this.#admission.authenticate(stranger.socket);
    this.#forgetStranger(stranger.socket);
    this.#deps.authenticated(connection, role, id);
  }

  /** The one deadline, from the first byte of TCP to the Answer. */
  #late(socket: Socket): void {
    const stranger = this.#strangers.get(socket);
    if (stranger === undefined || stranger.refused) return;
    if (stranger.connection !== null)
      this.#refuse(stranger, 'timeout', `no handshake within ${limits.handshakeTimeoutMs} ms`);
    else socket.destroy();
  }

  #refuse(stranger: Stranger, code: RejectCode, reason: string): void {
    if (stranger.refused) return;
    stranger.refused = true;
    const frame = reject(code, reason);
    const connection = stranger.connection as Connection;
    if (++this.#rejections <= REJECTIONS_LOGGED) {
      const detail = { code, remote: connection.remote };
      this.#deps.log('info', 'handshake-rejected', frame.reason, detail);
    }
    connection.refuse(frame);
  }

  #forgetStranger(socket: Socket): void {
    const stranger = this.#strangers.get(socket);
    if (stranger === undefined) return;
    clearTimeout(stranger.deadline);
    this.#strangers.delete(socket);
  }
}
