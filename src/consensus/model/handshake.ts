/**
 * The frames of the handshake of a link (L1), and the numbers both ends must agree on. The logic of the two sides is
 * `crypto/handshake.ts`, their bytes `wire/handshake.ts`.
 *
 *     initiator                                    acceptor
 *     Hello{cluster, role, id, nonce, epoch}  →
 *                                             ←    Challenge{id, nonce, epoch}    or Reject, and the end
 *     Answer{signature, side 'initiator'}     →
 *                                             ←    Welcome{signature, side 'acceptor'}   or Reject, and the end
 *
 * Only then does either end send data. Whoever does not know an id of the configuration sees no more than a Reject,
 * whoever knows one but not its key no more than a nonce.
 */
import type { ClusterId, Epoch, NodeId, Signature } from './ids.ts';

/** Of the frames and messages on a link; a node speaks one. */
export const PROTOCOL_VERSION = 1;

/** Bytes of either side's nonce. */
export const NONCE_BYTES = 32;

export type LinkRole = 'peer' | 'client';

export interface Hello {
  readonly kind: 'hello';
  readonly version: number;
  readonly clusterId: ClusterId;
  readonly role: LinkRole;
  /** A node id or a client id: a claim until the Answer proves it. */
  readonly id: string;
  /** `NONCE_BYTES`, hexadecimal. */
  readonly nonce: string;
  readonly epoch: Epoch;
}

export interface Challenge {
  readonly kind: 'challenge';
  readonly id: NodeId;
  readonly nonce: string;
  readonly epoch: Epoch;
}

export interface Answer {
  readonly kind: 'answer';
  /** Of the initiator's `HandshakeStatement`. */
  readonly signature: Signature;
}

export interface Welcome {
  readonly kind: 'welcome';
  /** Of the acceptor's `HandshakeStatement`. */
  readonly signature: Signature;
}

export type RejectCode =
  /** Not a frame, or not the one that comes next. */
  | 'malformed'
  | 'version'
  | 'cluster'
  /** Nobody of that role has that id in the configuration. */
  | 'unknown-id'
  /** Peers are dialed by the lower id only. */
  | 'direction'
  | 'epoch'
  | 'signature'
  | 'timeout'
  | 'too-many-connections'
  | 'stopping';

/** Codes on the wire, in this order; never reused for another meaning. */
export const REJECT_CODES: readonly RejectCode[] = [
  'malformed',
  'version',
  'cluster',
  'unknown-id',
  'direction',
  'epoch',
  'signature',
  'timeout',
  'too-many-connections',
  'stopping',
];

/** Says what was wrong; the sender then closes. Unsigned, so advice: nobody acts on it but by trying again later. */
export interface Reject {
  readonly kind: 'reject';
  readonly code: RejectCode;
  /** For a person: at most 255 bytes of UTF-8. */
  readonly reason: string;
}

/** What the initiator sends, and what the acceptor sends. */
export type InitiatorFrame = Hello | Answer;
export type AcceptorFrame = Challenge | Welcome | Reject;
export type HandshakeFrame = InitiatorFrame | AcceptorFrame;
