/**
 * The links of a real node (L1, L2): one to each peer, any number from clients. The lower id dials the higher, so two
 * nodes never hold two links for long; where they do, the newest proven one stays: a half-open old one is in nobody's
 * way.
 */
import { isIP } from 'node:net';
import { assert } from '../base/assert.ts';
import { limits } from '../base/limits.ts';
import type { LinkRole } from '../consensus/model/handshake.ts';
import type { ClientId, NodeId } from '../consensus/model/ids.ts';
import { printable } from '../crypto/handshake.ts';
import type { Clock, Links, Log } from '../host/ports.ts';
import type { Address } from './address.ts';
import { originOf, parseAddress } from './address.ts';
import { ClientLinks } from './client-links.ts';
import { CLOSE } from './connection.ts';
import type { Closed, Connection, Watch } from './connection.ts';
import { Dialer } from './dialer.ts';
import { LinkAccounts } from './link-accounts.ts';
import { LinkIdentity } from './link-identity.ts';
import type { LinkIdentityDeps, LinkIdentityOptions } from './link-identity.ts';
import { LinkServer } from './server.ts';
import type { Refusal } from './server.ts';

/** Where frames go: the host's side of the links. */
export interface LinkHandlers {
  readonly peerFrame: (from: NodeId, frame: Uint8Array) => void;
  readonly clientFrame: (client: ClientId, frame: Uint8Array) => void;
  /** So many bytes came, in frames or parts of them; for how many milliseconds who sent them shall be read no further. */
  readonly peerHeard: (from: NodeId, bytes: number) => number;
  readonly clientHeard: (client: ClientId, bytes: number) => number;
  readonly peerConnected: (peer: NodeId) => void;
  /** Its last connection is gone. */
  readonly clientDisconnected: (client: ClientId) => void;
}

export interface NodeLinksOptions extends LinkIdentityOptions {
  readonly listen: Address;
}

export interface NodeLinksDeps extends LinkIdentityDeps {
  readonly log: Log;
  readonly clock: Clock;
  /** Uniform in [0, 1): jitter. */
  readonly chance: () => number;
  /** Where a peer is dialed; the configuration's address unless given. */
  readonly addressOf?: (peer: NodeId) => Address;
}

interface Peer {
  readonly id: NodeId;
  /** Null for a peer that dials us. */
  readonly dialer: Dialer | null;
  connection: Connection | null;
  /** Where it is known to come from: its address, where that is no name, and whence it came last. */
  readonly origins: { readonly listed: string | null; last: string | null };
  lastHeardMs: number | null;
  /** Of earlier connections, and what of it was logged. */
  dropped: number;
  droppedLogged: number;
}

const SWEEP_MS = 1_000;
const PEER_WATCH: Watch = {
  pingIntervalMs: limits.peerPingIntervalMs,
  silenceMs: limits.peerSilenceMs,
};

export class NodeLinks implements Links {
  readonly #options: NodeLinksOptions;
  readonly #deps: NodeLinksDeps;
  readonly #server: LinkServer;
  readonly #peers: ReadonlyMap<NodeId, Peer>;
  readonly #clients: ClientLinks;
  readonly #accounts: LinkAccounts;
  #handlers: LinkHandlers | null = null;
  #stopSweep: (() => void) | null = null;
  #sweptMs = 0;
  #stopping = false;
  /** Authenticated connections that have not closed yet; `#idle` is called when there is none. */
  #open = 0;
  #idle: (() => void) | null = null;

  constructor(options: NodeLinksOptions, deps: NodeLinksDeps) {
    this.#options = options;
    this.#deps = deps;
    const identity = new LinkIdentity(options, deps);
    const nowMs = (): number => deps.clock.now().monotonicMs;
    this.#accounts = new LinkAccounts({ nowMs });
    this.#server = new LinkServer({
      log: deps.log,
      nowMs,
      handshake: identity.handshake,
      acceptor: () => identity.acceptor(),
      expects: (origin) => this.#expects(origin),
      refusal: (role, id) => this.#refusal(role, id),
      authenticated: (connection, role, id) =>
        role === 'peer'
          ? this.#peerUp(connection, id as NodeId)
          : this.#clientUp(connection, id as ClientId),
    });
    this.#clients = new ClientLinks({ log: deps.log });
    const { self, configuration } = options;
    const others = configuration.members.filter(({ id }) => id !== self);
    const peers = others.map(({ id, address }): [NodeId, Peer] => {
      const dialer = self < id ? this.#dialer(id, address, identity, nowMs) : null;
      const host = parseAddress(address)?.host ?? '';
      const origins = { listed: isIP(host) === 0 ? null : originOf(host), last: null };
      const peer = { id, dialer, connection: null, origins, lastHeardMs: null };
      return [id, { ...peer, dropped: 0, droppedLogged: 0 }];
    });
    this.#peers = new Map(peers);
  }

  /**
   * Listens, then dials. Frames arrive from now on.
   *
   * @throws ListenError where the address cannot be listened on.
   */
  async start(handlers: LinkHandlers): Promise<void> {
    assert(this.#handlers === null, 'links start once');
    this.#handlers = handlers;
    await this.#server.listen(this.#options.listen);
    this.#sweptMs = this.#deps.clock.now().monotonicMs;
    this.#stopSweep = this.#deps.clock.every(SWEEP_MS, () => this.#sweep());
    for (const peer of this.#peers.values()) peer.dialer?.start();
  }

  /** Sends what is queued, says goodbye and closes everything, within `limits.closeTimeoutMs` or so. */
  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#stopSweep?.();
    this.#server.close();
    for (const { dialer, connection } of this.#peers.values()) {
      dialer?.stop();
      connection?.close(CLOSE.leaving, 'stopping');
    }
    this.#clients.closeAll('stopping');
    if (this.#open > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
  }

  /** Where this node listens; the port is the real one where 0 was asked for. */
  get address(): Address {
    return this.#server.address;
  }

  /** Connections now, for operators. */
  get counts(): { readonly clients: number; readonly unauthenticated: number } {
    return {
      clients: this.#clients.connections,
      unauthenticated: this.#server.counts.unauthenticated,
    };
  }

  sendToPeer(peer: NodeId, frame: Uint8Array): boolean {
    const connection = this.#peers.get(peer)?.connection;
    return connection?.send(frame, limits.peerQueueBytesMax) ?? false;
  }

  sendToClient(client: ClientId, frame: Uint8Array): number {
    return this.#clients.send(client, frame);
  }

  isClientConnected(client: ClientId): boolean {
    return this.#clients.has(client);
  }

  closePeer(id: NodeId, reason: string): void {
    const peer = this.#peers.get(id);
    if (peer === undefined || peer.connection === null) return;
    this.#deps.log('warn', 'peer-closed', reason, { peer: id });
    peer.connection.close(CLOSE.policy, printable(reason));
  }

  closeClient(client: ClientId, reason: string): void {
    this.#clients.close(client, reason);
  }

  peers(): ReadonlyMap<
    NodeId,
    { readonly connected: boolean; readonly lastHeardMs: number | null }
  > {
    return new Map(
      [...this.#peers].map(([id, { connection, lastHeardMs }]) => [
        id,
        {
          connected: connection !== null,
          lastHeardMs: connection?.lastHeardMs ?? lastHeardMs,
        },
      ]),
    );
  }

  /** A peer that dials this node is not linked, and has been known at that address. */
  #expects(origin: string): boolean {
    for (const { dialer, connection, origins } of this.#peers.values()) {
      if (dialer !== null || connection !== null) continue;
      if (origins.listed === origin || origins.last === origin) return true;
    }
    return false;
  }

  #refusal(role: LinkRole, id: string): Refusal | null {
    const opened = this.#accounts.open(id);
    if (opened !== 'opened') {
      const reason = 'links are opened too often with this key; wait a little';
      return { type: opened === 'flood' ? 'flood' : 'full', reason };
    }
    const full = role === 'client' ? this.#clients.full(id as ClientId) : null;
    return full === null ? null : { type: 'full', reason: full };
  }

  #peerUp(connection: Connection, id: NodeId): void {
    const peer = this.#peers.get(id);
    assert(peer !== undefined, 'a proven peer is a voter');
    const older = peer.connection;
    peer.connection = connection;
    peer.origins.last = connection.origin;
    connection.pace({
      frames: this.#accounts.framesOf(id),
      heard: (bytes) => this.#handlers?.peerHeard(id, bytes) ?? 0,
    });
    this.#open++;
    connection.handlers = {
      frame: (bytes) => this.#handlers?.peerFrame(id, bytes),
      text: () => this.closePeer(id, 'a text frame; all frames are binary'),
      closed: (closed) => this.#peerDown(peer, connection, closed),
    };
    older?.terminate('a newer link took its place');
    this.#deps.log('info', 'peer-up', `linked to ${id}`, { peer: id, remote: connection.remote });
    this.#handlers?.peerConnected(id);
  }

  #peerDown(peer: Peer, connection: Connection, closed: Closed): void {
    peer.lastHeardMs = Math.max(peer.lastHeardMs ?? 0, connection.lastHeardMs);
    peer.dropped += connection.dropped;
    if (peer.connection === connection) {
      peer.connection = null;
      const detail = { peer: peer.id, code: closed.code };
      const reason = printable(closed.reason);
      this.#deps.log('info', 'peer-down', `link to ${peer.id} ended: ${reason}`, detail);
      peer.dialer?.ended();
    }
    this.#closed();
  }

  #clientUp(connection: Connection, client: ClientId): void {
    this.#open++;
    connection.pace({
      frames: this.#accounts.framesOf(client),
      heard: (bytes) => this.#handlers?.clientHeard(client, bytes) ?? 0,
    });
    this.#clients.add(client, connection, {
      frame: (bytes) => this.#handlers?.clientFrame(client, bytes),
      closed: (last) => {
        if (last) this.#handlers?.clientDisconnected(client);
        this.#closed();
      },
    });
  }

  #closed(): void {
    this.#open--;
    if (this.#open === 0) this.#idle?.();
  }

  #sweep(): void {
    const now = this.#deps.clock.now().monotonicMs;
    const late = now - this.#sweptMs > 2 * SWEEP_MS;
    this.#sweptMs = now;
    this.#server.sweep();
    // A process that stood still heard nobody, and has not yet read what arrived meanwhile: it judges at the next one.
    if (late) return;
    for (const peer of this.#peers.values()) {
      peer.connection?.check(PEER_WATCH);
      const dropped = peer.dropped + (peer.connection?.dropped ?? 0);
      const more = dropped - peer.droppedLogged;
      peer.droppedLogged = dropped;
      const text = `${more} frames to ${peer.id} dropped: its queue is full`;
      if (more > 0) this.#deps.log('warn', 'peer-queue-full', text, { peer: peer.id, dropped });
    }
    this.#clients.check();
  }

  #dialer(peer: NodeId, listed: string, identity: LinkIdentity, nowMs: () => number): Dialer {
    const { log, chance, addressOf } = this.#deps;
    const parsed = parseAddress(listed);
    assert(parsed !== null || addressOf !== undefined, `${listed} is an address`);
    return new Dialer(
      { peer, address: () => addressOf?.(peer) ?? (parsed as Address) },
      {
        log,
        nowMs,
        chance,
        handshake: identity.handshake,
        initiator: (acceptor) => identity.initiator(acceptor),
        authenticated: (connection, id) => this.#peerUp(connection, id),
      },
    );
  }
}
