/** Client requests and replies (section 7). */
import type { ClientId, Epoch, Hash, LogIndex, Signature } from './ids.ts';

/** The signed statement of a client's request (C1, C2). Sequence numbers are 64-bit. */
export interface RequestStatement {
  readonly kind: 'client-request';
  readonly client: ClientId;
  /** Sequence number of the first command; the others follow it without a gap. */
  readonly first: bigint;
  /** How many commands. */
  readonly count: number;
  /** Digest of `encodeCommands(commands)`. */
  readonly commandsDigest: Hash;
  /** The client needs no reply at or below this number any more. */
  readonly acknowledged: bigint;
}

/** A request: one signature over several commands, one unit for the session (C2). */
export interface ClientRequest {
  readonly statement: RequestStatement;
  readonly signature: Signature;
  /** Opaque to consensus; the replicated machine decodes them. */
  readonly commands: readonly Uint8Array[];
  /** The whole request as received: encoded once, by the client. */
  readonly bytes: Uint8Array;
  /** Identifies it: digest of the statement's signing bytes (M1: never of signature bytes). */
  readonly digest: Hash;
}

export function lastNumber(statement: RequestStatement): bigint {
  return statement.first + BigInt(statement.count) - 1n;
}

/** The signed statement of a node's reply (C3). */
export interface ReplyStatement {
  readonly kind: 'client-reply';
  readonly epoch: Epoch;
  readonly client: ClientId;
  readonly first: bigint;
  readonly requestDigest: Hash;
  /** Index of the entry that executed it; 0 for a request that is void (too old, sequence reused). */
  readonly index: LogIndex;
  readonly resultsDigest: Hash;
}
