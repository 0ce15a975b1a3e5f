/**
 * Keeps one link to one peer up: dials, proves and demands proof (L1), and dials again after a delay that doubles with
 * every failure, jittered so that nodes which lost each other at once do not meet at once. A link that lived for
 * `linkStableMs` starts the delays anew; one that breaks sooner, as a peer's that sends rubbish would, does not.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import './no-addons.ts';
import { WebSocket } from 'ws';
import { limits } from '../base/limits.ts';
import type { NodeId } from '../consensus/model/ids.ts';
import { Initiator } from '../crypto/handshake.ts';
import type { HandshakeDeps, InitiatorOptions } from '../crypto/handshake.ts';
import type { Log } from '../host/ports.ts';
import { decodeHandshake, encodeHandshake } from '../wire/handshake.ts';
import { formatAddress } from './address.ts';
import type { Address } from './address.ts';
import { CLOSE, Connection } from './connection.ts';
import type { Closed } from './connection.ts';
import { DIAL_OPTIONS } from './web-socket-options.ts';

export interface DialerOptions {
  readonly peer: NodeId;
  /** Asked for before each attempt. */
  readonly address: () => Address;
}

export interface DialerDeps {
  readonly log: Log;
  readonly nowMs: () => number;
  /** Uniform in [0, 1). */
  readonly chance: () => number;
  readonly handshake: HandshakeDeps;
  /** This end as it is now; the nonce is fresh each time. */
  readonly initiator: (peer: NodeId) => InitiatorOptions;
  /** The link is up; `handlers` of the connection are the callee's, which reports its end to `ended`. */
  readonly authenticated: (connection: Connection, peer: NodeId) => void;
}

/** One attempt: its socket is open or on the way, its proof is not done. */
interface Attempt {
  readonly ws: WebSocket;
  readonly deadline: NodeJS.Timeout;
  connection: Connection | null;
  failed: boolean;
}

export class Dialer {
  readonly #options: DialerOptions;
  readonly #deps: DialerDeps;
  #attempt: Attempt | null = null;
  #timer: NodeJS.Timeout | null = null;
  #failures = 0;
  #upSinceMs: number | null = null;
  #stopped = false;
  /** What went wrong last: said once, until something else does or the link was up. */
  #said: string | null = null;

  constructor(options: DialerOptions, deps: DialerDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  start(): void {
    this.#dial();
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#attempt?.ws.terminate();
  }

  /** The link that `authenticated` got is gone. */
  ended(): void {
    const livedMs = this.#upSinceMs === null ? 0 : this.#deps.nowMs() - this.#upSinceMs;
    this.#upSinceMs = null;
    if (livedMs >= limits.linkStableMs) this.#failures = 0;
    this.#again();
  }

  #again(): void {
    if (this.#stopped) return;
    const delayMs = dialDelayMs(this.#failures, this.#deps.chance());
    this.#failures++;
    this.#timer = setTimeout(() => this.#dial(), delayMs);
  }

  #dial(): void {
    this.#timer = null;
    if (this.#stopped) return;
    const ws = this.#open();
    if (ws === null) return this.#again();
    const deadline = setTimeout(
      () => this.#fail('no handshake in time'),
      limits.handshakeTimeoutMs,
    );
    const attempt: Attempt = { ws, deadline, connection: null, failed: false };
    this.#attempt = attempt;
    let socket: Socket | null = null;
    ws.on('upgrade', (response: IncomingMessage) => (socket = response.socket));
    ws.on('open', () => this.#greet(attempt, socket as Socket));
    ws.on('error', (error) => this.#say(attempt, error.message));
    ws.once('close', () => this.#closed(attempt));
  }

  /** Null where the listed address is one that no WebSocket takes: a name that only looks like one. */
  #open(): WebSocket | null {
    const address = formatAddress(this.#options.address());
    try {
      return new WebSocket(`ws://${address}/`, { ...DIAL_OPTIONS, autoPong: false });
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.#tell(`${address} cannot be dialed`);
      return null;
    }
  }

  #greet(attempt: Attempt, socket: Socket): void {
    const { handshake, initiator, nowMs } = this.#deps;
    const machine = new Initiator(initiator(this.#options.peer), handshake);
    const handlers = {
      frame: (bytes: Uint8Array) => this.#frame(attempt, machine, bytes),
      text: () => this.#fail('a text frame; all frames are binary'),
      closed: (closed: Closed) => this.#say(attempt, closed.reason),
    };
    const connection = new Connection(attempt.ws, socket, handlers, nowMs);
    attempt.connection = connection;
    connection.limitInput(limits.handshakeBytesMax, () => this.#fail('too much before its proof'));
    connection.send(encodeHandshake(machine.hello), limits.handshakeBytesMax);
  }

  #frame(attempt: Attempt, machine: Initiator, bytes: Uint8Array): void {
    const decoded = decodeHandshake(bytes);
    if (!decoded.ok) {
      this.#fail(decoded.reason);
      return;
    }
    const step = machine.receive(decoded.value);
    const connection = attempt.connection as Connection;
    if (step.type === 'answer')
      connection.send(encodeHandshake(step.frame), limits.handshakeBytesMax);
    else if (step.type === 'failed') this.#fail(`${step.code}: ${step.reason}`);
    else this.#up(attempt, connection);
  }

  #up(attempt: Attempt, connection: Connection): void {
    clearTimeout(attempt.deadline);
    this.#attempt = null;
    this.#said = null;
    this.#upSinceMs = this.#deps.nowMs();
    connection.liftLimit();
    this.#deps.authenticated(connection, this.#options.peer);
  }

  /** This attempt is over; its `close` event plans the next. */
  #fail(reason: string): void {
    const attempt = this.#attempt;
    if (attempt === null) return;
    this.#say(attempt, reason);
    if (attempt.connection === null) attempt.ws.terminate();
    else attempt.connection.close(CLOSE.policy, reason);
  }

  #closed(attempt: Attempt): void {
    clearTimeout(attempt.deadline);
    if (this.#attempt !== attempt) return;
    this.#attempt = null;
    this.#again();
  }

  /** One line for one attempt, and none for another that failed alike. */
  #say(attempt: Attempt, reason: string): void {
    if (this.#attempt !== attempt || attempt.failed || this.#stopped) return;
    attempt.failed = true;
    this.#tell(reason);
  }

  #tell(reason: string): void {
    if (reason === this.#said) return;
    this.#said = reason;
    const { peer, address } = this.#options;
    this.#deps.log('info', 'dial-failed', reason, { peer, address: formatAddress(address()) });
  }
}

/** Between half and the whole of min·2^failures, at most max: `chance` in [0, 1) chooses. */
export function dialDelayMs(failures: number, chance: number): number {
  const doubled = limits.dialDelayMinMs * 2 ** Math.min(failures, 16);
  return Math.min(doubled, limits.dialDelayMaxMs) * (0.5 + chance / 2);
}
