/** The ports of the client: what Node, a browser and the tests each provide. */
import type { Ed25519 } from '../crypto/ed25519.ts';
import type { Digest } from '../consensus/model/ids.ts';
import type { MakeTrust } from './trust.ts';

/** One connection to one node. */
export interface Connection {
  /** Never waits, never throws; after the end it does nothing. */
  send(frame: Uint8Array): void;
  /** Bytes that `send` took and the network did not yet. */
  readonly bufferedBytes: number;
  /** Ends it; `closed` follows, now or later. */
  close(): void;
}

/** What a connection tells: `opened`, any number of `received`, and in every case one `closed`. */
export interface ConnectionEvents {
  opened(): void;
  /** One whole frame, at most `limits.frameBytesMax`. */
  received(frame: Uint8Array): void;
  /** `reason` is for a person. */
  closed(reason: string): void;
}

/** Begins to connect to `address` (`host:port` of the configuration). No event comes before it returned. */
export type Transport = (address: string, events: ConnectionEvents) => Connection;

export interface ClientClock {
  /** Only goes forward. */
  monotonicMs(): number;
  /** Milliseconds since 1970; may be wrong, may jump. */
  wallMs(): number;
  /** Runs `callback` every `intervalMs` until the returned function is called. */
  every(intervalMs: number, callback: () => void): () => void;
  /** Runs `callback` once, soon, after what runs now has ended: what was asked for until then is bundled. */
  defer(callback: () => void): void;
}

export interface ClientDeps {
  readonly transport: Transport;
  readonly clock: ClientClock;
  /** Cryptographically random. */
  readonly randomBytes: (count: number) => Uint8Array;
  readonly digest: Digest;
  readonly ed25519: Ed25519;
  /** Default: what the protocol of the genesis asks for. */
  readonly makeTrust?: MakeTrust | undefined;
}

/** The part of the platform's AbortSignal that is used. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

export interface CallOptions {
  /** Milliseconds until the operation gives up; default `ClientOptions.timeoutMs`. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignalLike | undefined;
}
