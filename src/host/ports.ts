/** The ports of the host: what a real node and the simulator each provide. */
import type { Level, Now, Recovered, StoreRecord } from '../consensus/core.ts';
import type { CommitCertificate } from '../consensus/model/certificate.ts';
import type { Entry, Header } from '../consensus/model/entry.ts';
import type { ClientId, Hash, LogIndex, NodeId } from '../consensus/model/ids.ts';
import type { Position } from '../consensus/model/position.ts';

/** Links to peers and clients, already past the handshake (L1). Sending never waits: queues are bounded (L2). */
export interface Links {
  /** False where the peer is not connected or its queue is full: the frame is lost, as on any network. */
  sendToPeer(peer: NodeId, frame: Uint8Array): boolean;
  /** To every connection of that client; how many of them took it. */
  sendToClient(client: ClientId, frame: Uint8Array): number;
  isClientConnected(client: ClientId): boolean;
  /** L2: an invalid signature or a malformed frame closes its connection. `reason` is logged at both ends. */
  closePeer(peer: NodeId, reason: string): void;
  closeClient(client: ClientId, reason: string): void;
  /** Peers with a link now, and when each was last heard (monotonic milliseconds). */
  peers(): ReadonlyMap<
    NodeId,
    { readonly connected: boolean; readonly lastHeardMs: number | null }
  >;
}

export interface Clock {
  now(): Now;
  /** Runs `callback` once, after everything that has already arrived could be handed over (setImmediate). */
  defer(callback: () => void): void;
  /** Runs `callback` every `intervalMs` until the returned function is called. */
  every(intervalMs: number, callback: () => void): () => void;
}

/** The durable log. One writer: the host never overlaps two `write`s. */
export interface LogStore {
  /** All records or none, synced when the promise resolves. A failure stops the node (habit 10). */
  write(records: readonly StoreRecord[]): Promise<void>;
  /**
   * Entries of the prefix `to`, whose entries are all stored, from `from` on: at most `entriesMax` and about `bytesMax`
   * (at least one if there is any).
   */
  readCommitted(
    from: LogIndex,
    to: Position,
    entriesMax: number,
    bytesMax: number,
  ): Promise<readonly Entry[]>;
  /** Headers of the prefix `to`, from `from` to `to.index` inclusive. */
  readHeaders(from: LogIndex, to: Position): Promise<readonly { header: Header; hash: Hash }[]>;
  /** The stored commit certificate with the lowest index ≥ `from`, or null. */
  readCertificate(from: LogIndex): Promise<CommitCertificate | null>;
}

/** How a store is opened: checks the chain from the genesis up (D1). */
export interface LoadedLog {
  readonly store: LogStore;
  readonly recovered: Recovered;
}
/** Lines for operators. */
export type Log = (
  level: Level,
  code: string,
  text: string,
  detail?: Readonly<Record<string, unknown>>,
) => void;
