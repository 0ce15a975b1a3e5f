/** Numbers have kinds (architecture, habit 7): a term never stands where an index belongs. */
declare const brand: unique symbol;
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** A node's name in the configuration: 1 to 32 characters of `a-z 0-9 -`, sorted as text. */
export type NodeId = Brand<string, 'NodeId'>;
/** C1: hexadecimal SHA-256 of a client's key and the epoch in which it was listed. */
export type ClientId = Brand<string, 'ClientId'>;
/** Hexadecimal SHA-256 of the genesis document. */
export type ClusterId = Brand<string, 'ClusterId'>;
/** The number of the configuration in force, 0 at genesis. */
export type Epoch = Brand<number, 'Epoch'>;
export type Term = Brand<number, 'Term'>;
/** 1 is the genesis entry, 0 is none. */
export type LogIndex = Brand<number, 'LogIndex'>;
/** 32 bytes in lower-case hexadecimal. */
export type Hash = Brand<string, 'Hash'>;
/** Grows with each AppendEntries of a term (M2). */
export type Sequence = Brand<number, 'Sequence'>;
/** A 64-byte Ed25519 signature. */
export type Signature = Uint8Array;
/** A 32-byte Ed25519 public key. */
export type PublicKey = Uint8Array;
/** SHA-256, given to whoever hashes: native on a node, portable in a browser. */
export type Digest = (bytes: Uint8Array) => Hash;

export const ZERO_HASH: Hash = '0'.repeat(64) as Hash;

const NODE_ID = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/u;

export function isNodeId(text: string): text is NodeId {
  return NODE_ID.test(text);
}

/** Order of (epoch, term): negative, zero, positive. They compare lexicographically (section 1). */
export function compareEpochTerm(
  a: { readonly epoch: Epoch; readonly term: Term },
  b: { readonly epoch: Epoch; readonly term: Term },
): number {
  return a.epoch !== b.epoch ? a.epoch - b.epoch : a.term - b.term;
}
