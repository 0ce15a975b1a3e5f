/** Links of real nodes on loopback, and ends of links that do as a test says. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { Configuration } from '../../src/consensus/model/configuration.ts';
import { DEFAULT_PARAMETERS } from '../../src/consensus/model/configuration.ts';
import type { HandshakeFrame, Reject } from '../../src/consensus/model/handshake.ts';
import type { ClientId, ClusterId, Epoch, NodeId } from '../../src/consensus/model/ids.ts';
import { Initiator } from '../../src/crypto/handshake.ts';
import type { HandshakeDeps, InitiatorOptions } from '../../src/crypto/handshake.ts';
import type { Clock, Log } from '../../src/host/ports.ts';
import type { Address } from '../../src/node/address.ts';
import { formatAddress } from '../../src/node/address.ts';
import { systemClock } from '../../src/node/clock.ts';
import { NodeLinks } from '../../src/node/peer-links.ts';
import { decodeHandshake, encodeHandshake } from '../../src/wire/handshake.ts';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
export const CLUSTER = sha256('cluster') as ClusterId;
export const CLIENT = sha256('client') as ClientId;
export const LOOPBACK: Address = { host: '127.0.0.1', port: 0 };

export interface Key {
  readonly publicKey: Uint8Array;
  readonly sign: (message: Uint8Array) => Uint8Array;
}

/** The key that hangs on `name`. RFC 8410: an Ed25519 seed in PKCS #8. */
export function keyOf(name: string): Key {
  const der = Buffer.from(`302e020100300506032b657004220420${sha256(name)}`, 'hex');
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return {
    publicKey: new Uint8Array(spki.subarray(-32)),
    sign: (message) => new Uint8Array(sign(null, message, key)),
  };
}

export const verifyWith: HandshakeDeps['verify'] = (signature, message, publicKey) => {
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), publicKey]);
  const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  return verify(null, message, key, signature);
};

/** Voters alpha, beta, gamma and one client; each key hangs on the name. */
export const CONFIGURATION: Configuration = {
  epoch: 0 as Epoch,
  sets: [['alpha', 'beta', 'gamma'] as NodeId[]],
  members: ['alpha', 'beta', 'gamma'].map((id) => ({
    id: id as NodeId,
    publicKey: keyOf(id).publicKey,
    address: '127.0.0.1:1',
  })),
  clients: [
    {
      id: CLIENT,
      name: 'client',
      publicKey: keyOf('client').publicKey,
      role: 'writer',
      listed: 0 as Epoch,
    },
  ],
  parameters: DEFAULT_PARAMETERS,
};

/** What a test can dial. */
export interface Dialable {
  readonly id: NodeId;
  readonly links: { readonly address: Address };
}

export interface TestNode extends Dialable {
  readonly links: NodeLinks;
  readonly log: string[];
  readonly peerFrames: { from: NodeId; bytes: Uint8Array }[];
  readonly clientFrames: Uint8Array[];
  readonly connected: NodeId[];
  disconnectedClients: number;
  /** Bytes that came over proven links, in frames or parts of them. */
  bytesHeard: number;
  /** For how long the host wants nobody to be read. */
  holdsMs: number;
  /** What the host does with a peer's frame, at once. */
  onPeerFrame: (from: NodeId) => void;
}

export class Stage implements AsyncDisposable {
  readonly #nodes: TestNode[] = [];
  readonly #addresses = new Map<string, Address>();
  readonly #sockets: WebSocket[] = [];

  /** A started node; where a peer is not started yet its dialer finds nobody and tries again. */
  async node(
    name: string,
    listen: Address = LOOPBACK,
    clock: Clock = systemClock,
  ): Promise<TestNode> {
    const id = name as NodeId;
    const log: string[] = [];
    const write: Log = (level, code, text) => log.push(`${level} ${code}: ${text}`);
    const links = new NodeLinks(
      { self: id, clusterId: CLUSTER, configuration: CONFIGURATION, listen },
      {
        log: write,
        clock,
        sign: keyOf(name).sign,
        verify: verifyWith,
        randomBytes: (count) => new Uint8Array(randomBytes(count)),
        chance: () => 0,
        addressOf: (peer) => this.#addresses.get(peer) ?? { host: '127.0.0.1', port: 1 },
      },
    );
    const node: TestNode = {
      id,
      links,
      log,
      peerFrames: [],
      clientFrames: [],
      connected: [],
      disconnectedClients: 0,
      bytesHeard: 0,
      holdsMs: 0,
      onPeerFrame: () => undefined,
    };
    this.#nodes.push(node);
    const heard = (bytes: number): number => {
      node.bytesHeard += bytes;
      return node.holdsMs;
    };
    await links.start({
      peerFrame: (from, bytes) => {
        node.peerFrames.push({ from, bytes });
        node.onPeerFrame(from);
      },
      clientFrame: (_, bytes) => node.clientFrames.push(bytes),
      peerHeard: (_, bytes) => heard(bytes),
      clientHeard: (_, bytes) => heard(bytes),
      peerConnected: (peer) => node.connected.push(peer),
      clientDisconnected: () => node.disconnectedClients++,
    });
    this.knows(name, links.address);
    return node;
  }

  /** Where the others dial `name`. */
  knows(name: string, address: Address): void {
    this.#addresses.set(name, address);
  }

  /** A bare WebSocket to `node`, open. */
  async open(node: Dialable, autoPong = true): Promise<End> {
    const end = new End(new WebSocket(`ws://${formatAddress(node.links.address)}/`, { autoPong }));
    this.#sockets.push(end.ws);
    await end.opened;
    return end;
  }

  /** A proven link to `node`: as its client unless told otherwise. */
  async join(node: Dialable, as: Partial<InitiatorOptions> = {}, autoPong = true): Promise<End> {
    const end = await this.open(node, autoPong);
    const side = initiator(node, as);
    end.sendFrame(side.hello);
    for (;;) {
      const step = side.receive(await end.nextFrame());
      if (step.type === 'connected') return end;
      if (step.type === 'failed') throw new Error(`${step.code}: ${step.reason}`);
      end.sendFrame(step.frame);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const ws of this.#sockets) ws.terminate();
    await Promise.all(this.#nodes.map(({ links }) => links.stop()));
  }
}

/** The initiating side as CLIENT, or as a voter whose name is also its key's. */
export function initiator(
  node: Dialable,
  options: Partial<InitiatorOptions> = {},
  key?: string,
): Initiator {
  const defaults: InitiatorOptions = {
    clusterId: CLUSTER,
    role: 'client',
    id: CLIENT,
    acceptor: node.id,
    epoch: 0 as Epoch,
    nonce: randomBytes(32).toString('hex'),
  };
  const chosen = { ...defaults, ...options };
  const name = key ?? (chosen.role === 'client' ? 'client' : chosen.id);
  return new Initiator(chosen, {
    sign: keyOf(name).sign,
    verify: verifyWith,
    keyOf: (_, id) => keyOf(id).publicKey,
  });
}

/** The end of a WebSocket that a test holds. */
export class End {
  readonly ws: WebSocket;
  readonly opened: Promise<void>;
  readonly closed: Promise<{ code: number; reason: string }>;
  socket: Socket | null = null;
  readonly #frames: Uint8Array[] = [];
  readonly #waiting: ((frame: Uint8Array | null) => void)[] = [];
  #isClosed = false;

  constructor(ws: WebSocket) {
    this.ws = ws;
    ws.on('upgrade', (response) => (this.socket = response.socket));
    ws.on('error', () => undefined);
    ws.on('message', (data: Buffer) => this.#arrived(new Uint8Array(data)));
    this.opened = new Promise((resolve, fail) => {
      ws.once('open', resolve);
      ws.once('error', fail);
    });
    this.closed = new Promise((resolve) => {
      ws.once('close', (code, reason) => {
        this.#isClosed = true;
        for (const wake of this.#waiting.splice(0)) wake(null);
        resolve({ code, reason: reason.toString() });
      });
    });
  }

  send(bytes: Uint8Array): void {
    this.ws.send(bytes);
  }

  sendFrame(frame: HandshakeFrame): void {
    this.ws.send(encodeHandshake(frame));
  }

  /** The next message, or null where the link ended first. */
  async next(): Promise<Uint8Array | null> {
    const frame = this.#frames.shift();
    if (frame !== undefined) return frame;
    if (this.#isClosed) return null;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async nextFrame(): Promise<HandshakeFrame> {
    const bytes = await this.next();
    if (bytes === null) throw new Error('the link ended');
    const decoded = decodeHandshake(bytes);
    if (!decoded.ok) throw new Error(decoded.reason);
    return decoded.value;
  }

  /** The Reject that comes next, and the end of the link after it. */
  async rejection(): Promise<Reject> {
    const frame = await this.nextFrame();
    if (frame.kind !== 'reject') throw new Error(`no reject but a ${frame.kind}`);
    if ((await this.next()) !== null) throw new Error('something came after the reject');
    return frame;
  }

  #arrived(bytes: Uint8Array): void {
    const wake = this.#waiting.shift();
    if (wake === undefined) this.#frames.push(bytes);
    else wake(bytes);
  }
}

/** Resolves when `holds`; the test's own time limit bounds it. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** A clock that a test moves, with the callbacks of `every` run by hand. */
export class HandClock implements Clock {
  #ms = 0;
  readonly #callbacks = new Set<() => void>();
  now = (): { monotonicMs: number; wallMs: number } => ({
    monotonicMs: this.#ms,
    wallMs: this.#ms,
  });
  defer = (callback: () => void): void => void setImmediate(callback);
  every = (_: number, callback: () => void): (() => void) => {
    this.#callbacks.add(callback);
    return () => this.#callbacks.delete(callback);
  };

  /** Passes `ms` in steps of a second, as the timer would. */
  pass(ms: number): void {
    for (let passed = 0; passed < ms; passed += 1_000) {
      this.#ms += 1_000;
      for (const callback of this.#callbacks) callback();
    }
  }

  /** Passes `ms` at once: the process stood still. */
  jump(ms: number): void {
    this.#ms += ms;
    for (const callback of this.#callbacks) callback();
  }
}
