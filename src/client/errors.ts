/** What an operation fails with. A failed comparison of a transaction is a result, never an error. */
import type { NodeId } from '../consensus/model/ids.ts';

/** Stable: programs may switch on it. */
export type TangaroaErrorCode =
  /** Fewer nodes than a quorum could be reached until the deadline; `missing` names the others. */
  | 'no-quorum'
  /** Enough nodes are linked, but no f+1 of them answered until the deadline. */
  | 'timeout'
  /** The caller's signal fired. */
  | 'aborted'
  /** The cluster, or this client's own queue, has no room now (S4). */
  | 'overloaded'
  /** C2: the session moved past the request: another process uses the same key. */
  | 'too-old'
  /** C2: another request used one of the numbers: another process uses the same key. */
  | 'sequence-reused'
  /** A value, or all of a command, above what is allowed: never sent. */
  | 'value-too-large'
  /** A key, range or transaction outside the limits: never sent. */
  | 'invalid-argument'
  /** The machine read the stored value otherwise than the command needs, as an increment of a text does. */
  | 'wrong-type'
  /** C1: the client's role does not allow it. */
  | 'forbidden'
  /** C1: the configuration does not list this client's key. */
  | 'unknown-client'
  /** The nodes belong to another cluster than the given genesis. */
  | 'wrong-cluster'
  /** One node that was asked for cannot be reached; `missing` names it and says why. */
  | 'unreachable'
  /** `close` was called. */
  | 'closed'
  /** f+1 nodes agreed on an answer that this version cannot read, or refused a request it made. */
  | 'incompatible';

/**
 * What is known of the operation's effect: `applied` and `not-applied` are certain. After `unknown` it may have been
 * applied, or still be until a later operation of this client succeeded (its session then voids what was abandoned).
 */
export type ErrorOutcome = 'applied' | 'not-applied' | 'unknown';

/** A node that does not serve this client, and why. */
export interface MissingNode {
  readonly node: NodeId;
  readonly address: string;
  /** For a person: `connection refused`, `rejected: cluster …`, `silent for 3 s`. */
  readonly reason: string;
}

export interface TangaroaErrorDetail {
  readonly outcome: ErrorOutcome;
  readonly retryable: boolean;
  readonly missing?: readonly MissingNode[];
  readonly cause?: unknown;
}

export class TangaroaError extends Error {
  override readonly name = 'TangaroaError';
  readonly code: TangaroaErrorCode;
  readonly outcome: ErrorOutcome;
  /** Whether the same operation may succeed later. After `unknown`, mind that it may then be applied twice. */
  readonly retryable: boolean;
  /** For `no-quorum` and `unreachable`; else empty. */
  readonly missing: readonly MissingNode[];

  constructor(code: TangaroaErrorCode, message: string, detail: TangaroaErrorDetail) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.code = code;
    this.outcome = detail.outcome;
    this.retryable = detail.retryable;
    this.missing = detail.missing ?? [];
  }
}

/** `n2 at 127.0.0.1:7002 (connection refused), n4 at …`. */
export function describeMissing(missing: readonly MissingNode[]): string {
  return missing.map(({ node, address, reason }) => `${node} at ${address} (${reason})`).join(', ');
}
