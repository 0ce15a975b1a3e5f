/** Connections of clients: several per client, all bounded, the newest before the oldest (L2). */
import { assert } from '../base/assert.ts';
import { limits } from '../base/limits.ts';
import type { ClientId } from '../consensus/model/ids.ts';
import { printable } from '../crypto/handshake.ts';
import type { Log } from '../host/ports.ts';
import { CLOSE } from './connection.ts';
import type { Connection, Watch } from './connection.ts';

export interface ClientHandlers {
  readonly frame: (bytes: Uint8Array) => void;
  /** `last`: this client has no connection any more. */
  readonly closed: (last: boolean) => void;
}

const WATCH: Watch = {
  pingIntervalMs: limits.clientPingIntervalMs,
  silenceMs: limits.clientSilenceMs,
};

export class ClientLinks {
  readonly #log: Log;
  /** Connections in order of arrival; no client without one. */
  readonly #clients = new Map<ClientId, Set<Connection>>();
  #connections = 0;

  constructor(deps: { readonly log: Log }) {
    this.#log = deps.log;
  }

  get connections(): number {
    return this.#connections;
  }

  has(client: ClientId): boolean {
    return this.#clients.has(client);
  }

  /** Why there is no place for another connection of the client, or null. */
  full(client: ClientId): string | null {
    if (this.#connections < limits.connectionsMax) return null;
    // L2: whoever holds most makes room for who holds less.
    const own = this.#clients.get(client)?.size ?? 0;
    if (own >= limits.connectionsPerClientMax || own + 1 < this.#fullest()[1].size) return null;
    return `this node serves ${this.#connections} connections already; try another`;
  }

  #fullest(): readonly [ClientId, Set<Connection>] {
    const [first, ...others] = this.#clients;
    assert(first !== undefined, 'somebody holds the connections');
    return others.reduce((most, one) => (one[1].size > most[1].size ? one : most), first);
  }

  add(client: ClientId, connection: Connection, handlers: ClientHandlers): void {
    const known = this.#clients.get(client)?.size ?? 0;
    // An honest client that left connections half open needs this one more than those.
    if (known >= limits.connectionsPerClientMax) this.#evictOldest(client);
    else if (this.#connections >= limits.connectionsMax) this.#evictOldest(this.#fullest()[0]);
    const connections = this.#clients.get(client) ?? new Set();
    connections.add(connection);
    this.#clients.set(client, connections);
    this.#connections++;
    connection.handlers = {
      frame: handlers.frame,
      text: () => this.close(client, 'a text frame; all frames are binary'),
      closed: (closed) => {
        this.#remove(client, connection);
        const reason = printable(closed.reason);
        this.#log('debug', 'client-down', `connection ended: ${reason}`, { client });
        handlers.closed(!this.#clients.has(client));
      },
    };
    this.#log('debug', 'client-up', 'client connected', { client, remote: connection.remote });
  }

  /**
   * To every connection of the client; how many took it. All clients together queue at most
   * `clientQueuesBytesMax` and one frame each: an empty queue takes any frame.
   */
  send(client: ClientId, frame: Uint8Array): number {
    const share = Math.floor(limits.clientQueuesBytesMax / Math.max(1, this.#connections));
    const bound = Math.max(frame.length, Math.min(share, limits.clientQueueBytesMax));
    let taken = 0;
    for (const connection of this.#clients.get(client) ?? [])
      if (connection.send(frame, bound)) taken++;
    return taken;
  }

  close(client: ClientId, reason: string): void {
    const connections = this.#clients.get(client);
    if (connections === undefined) return;
    this.#log('info', 'client-closed', reason, { client });
    for (const connection of connections) connection.close(CLOSE.policy, printable(reason));
  }

  closeAll(reason: string): void {
    for (const connections of this.#clients.values())
      for (const connection of connections) connection.close(CLOSE.leaving, reason);
  }

  /** Pings who is silent, gives up who is dead or reads nothing, or who is slowest to finish what it began. */
  check(): void {
    const all = [...this.#clients.values()].flatMap((connections) => [...connections]);
    for (const connection of all) connection.check(WATCH);
    let partial = all.reduce((sum, { partialBytes }) => sum + partialBytes, 0);
    if (partial <= limits.partialBytesMax) return;
    all.sort((one, other) => heldFor(other) - heldFor(one));
    for (const connection of all) {
      if (partial <= limits.partialBytesMax) return;
      partial -= connection.partialBytes;
      connection.terminate('too much that was never finished');
    }
  }

  #evictOldest(client: ClientId): void {
    const [oldest] = this.#clients.get(client) ?? [];
    assert(oldest !== undefined, 'no client is listed without a connection');
    this.#remove(client, oldest);
    oldest.terminate('a newer connection took its place');
  }

  #remove(client: ClientId, connection: Connection): void {
    const connections = this.#clients.get(client);
    if (connections?.delete(connection) !== true) return;
    this.#connections--;
    if (connections.size === 0) this.#clients.delete(client);
  }
}

/** Seconds in which it sends what it holds here, at its pace of late: long where it stands still, and holds much. */
function heldFor({ partialBytes, progressBytes }: Connection): number {
  return partialBytes / (progressBytes + 1);
}
