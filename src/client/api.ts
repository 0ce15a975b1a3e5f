/** What the client is asked for and what it answers. 64-bit numbers are bigint. */
import type { NodeId } from '../consensus/model/ids.ts';
import type { Relation } from '../machine/command.ts';
import type { Value } from '../machine/value.ts';
import type { CallOptions } from './ports.ts';

export type { Relation } from '../machine/command.ts';
export type { Value } from '../machine/value.ts';

/** Bytes, or a text that stands for its UTF-8. */
export type Bytes = Uint8Array | string;

/**
 * `linearizable`: ordered in the log and confirmed by f+1 nodes; in a Raft cluster, ordered all the same and told by
 * one. `local`: the applied state of one node: fast, perhaps stale, and only that node's word.
 */
export type Consistency = 'linearizable' | 'local';

export interface ReadOptions extends CallOptions {
  /** Default `linearizable`. */
  readonly consistency?: Consistency | undefined;
  /** `local` only: which node to ask; default is any that is linked. */
  readonly node?: NodeId | undefined;
}

/** Where an answer comes from. */
export interface Provenance {
  /** Log index: of the entry that executed it, or, of a local read, the last that the node had applied. */
  readonly index: bigint;
  /** Whether f+1 voters signed it (C3). A local read never is verified, nor is any answer of a Raft cluster. */
  readonly verified: boolean;
  /** Whose word an answer is that is not verified; null for a verified one. */
  readonly node: NodeId | null;
}

/**
 * A revision names the write that made an item: `index * 2^32 + place within the entry`, so that later writes have
 * higher revisions. 0n stands for a key that does not exist. See `revisionIndex`.
 */
export type Revision = bigint;

export interface PutAnswer extends Provenance {
  readonly revision: Revision;
}

export interface GetAnswer extends Provenance {
  /** Null where the key does not exist. */
  readonly value: Value | null;
  readonly revision: Revision;
}

export interface DeleteAnswer extends Provenance {
  readonly existed: boolean;
}

export interface IncrementAnswer extends Provenance {
  /** After the increment. */
  readonly value: bigint;
  readonly revision: Revision;
}

export interface Item {
  readonly key: Uint8Array;
  readonly value: Value;
  readonly revision: Revision;
}

/** Either `prefix`, or `start` (inclusive) and `end` (exclusive); nothing at all means every key. */
export interface ScanRange {
  readonly prefix?: Bytes | undefined;
  readonly start?: Bytes | undefined;
  readonly end?: Bytes | undefined;
}

export interface ScanOptions extends ReadOptions {
  /** Items in all; default: no end. */
  readonly limit?: number | undefined;
  /** Items of one page; default 256. Each page is one operation, and sees the state at its own index. */
  readonly pageSize?: number | undefined;
}

export interface PageOptions extends ReadOptions {
  /** Items at most, 1 to `limits.scanLimitMax`; default 256. An answer also stops at its byte bound. */
  readonly limit?: number | undefined;
}

export interface ScanPage extends Provenance {
  readonly items: readonly Item[];
  /** `start` of the next page, null at the end of the range. `items` may be empty before that. */
  readonly next: Uint8Array | null;
}

/** `not-equal` is the exact opposite of `equal`; `less` and `greater` hold only between comparable things that exist. */
export type Compare =
  | {
      readonly type: 'value';
      readonly key: Bytes;
      readonly relation: Relation;
      readonly value: Bytes | bigint;
    }
  | {
      readonly type: 'revision';
      readonly key: Bytes;
      readonly relation: Relation;
      readonly revision: Revision;
    }
  | { readonly type: 'exists'; readonly key: Bytes; readonly exists: boolean };

export type Operation =
  | { readonly type: 'put'; readonly key: Bytes; readonly value: Bytes | bigint }
  | { readonly type: 'get'; readonly key: Bytes }
  | { readonly type: 'delete'; readonly key: Bytes }
  | { readonly type: 'increment'; readonly key: Bytes; readonly by: bigint };

/** If every compare holds, all of `then`, otherwise all of `else`: together or, if one fails, not at all. */
export interface Transaction {
  readonly compares?: readonly Compare[] | undefined;
  readonly then?: readonly Operation[] | undefined;
  readonly else?: readonly Operation[] | undefined;
}

export type OperationAnswer =
  | { readonly type: 'put'; readonly revision: Revision }
  | { readonly type: 'get'; readonly value: Value | null; readonly revision: Revision }
  | { readonly type: 'delete'; readonly existed: boolean }
  | { readonly type: 'increment'; readonly value: bigint; readonly revision: Revision };

export interface TransactionAnswer extends Provenance {
  /** Whether all compares held, so that `then` ran. */
  readonly succeeded: boolean;
  /** Of the operations that ran, in their order. */
  readonly results: readonly OperationAnswer[];
}

/** The log index of the entry that made a revision. */
export function revisionIndex(revision: Revision): bigint {
  return revision >> 32n;
}

/** The place of the write among the writes of its entry, from 0. */
export function revisionOrder(revision: Revision): number {
  return Number(revision & 0xffff_ffffn);
}
