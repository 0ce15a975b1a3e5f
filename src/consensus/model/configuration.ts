/** Configurations: who votes, who may ask, and the protocol's parameters (sections 1, 7, 8). */
import type { ClientId, Epoch, NodeId, PublicKey } from './ids.ts';

/** A node as the configuration lists it. */
export interface Member {
  readonly id: NodeId;
  readonly publicKey: PublicKey;
  /** `host:port`, where peers and clients reach it. */
  readonly address: string;
}

export type ClientRole = 'reader' | 'writer' | 'admin';

/** A client as the configuration lists it (C1). */
export interface ClientRecord {
  readonly id: ClientId;
  readonly name: string;
  readonly publicKey: PublicKey;
  readonly role: ClientRole;
  /** The epoch in which the key was listed: part of the id. */
  readonly listed: Epoch;
}

/** Protocol parameters of the genesis document. Times are base values in milliseconds (S3). */
export interface Parameters {
  readonly heartbeatIntervalMs: number;
  readonly electionTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** N2: how far an entry's timestamp may lie ahead of a voter's clock. */
  readonly clockDriftMs: number;
  /** S4: bytes that the slowest leader orders in half the base request timeout. */
  readonly capacityBytes: number;
}

/** One voter set, or the old and the new one while the configuration is joint. */
export type VoterSets =
  readonly [readonly NodeId[]] | readonly [readonly NodeId[], readonly NodeId[]];

export interface Configuration {
  readonly epoch: Epoch;
  readonly sets: VoterSets;
  /** All voters of both sets, sorted by id, each once. */
  readonly members: readonly Member[];
  readonly clients: readonly ClientRecord[];
  readonly parameters: Parameters;
}

export const DEFAULT_PARAMETERS: Parameters = {
  heartbeatIntervalMs: 100,
  electionTimeoutMs: 800,
  requestTimeoutMs: 1200,
  clockDriftMs: 10_000,
  capacityBytes: 32 * 1024 * 1024,
};

/**
 * E1: voters of both sets sorted by id and rotated so that `first` comes first, or whoever follows it in the order
 * if it is no voter any more. Without `first` (genesis) the lowest id leads.
 */
export function candidateOrder(sets: VoterSets, first: NodeId | null): readonly NodeId[] {
  const sorted = [...new Set(sets.flat())].sort();
  const at = first === null ? 0 : sorted.findIndex((id) => id >= first);
  return at <= 0 ? sorted : [...sorted.slice(at), ...sorted.slice(0, at)];
}
