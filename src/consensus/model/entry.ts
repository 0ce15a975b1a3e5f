/** Entries, headers and the hash chain (section 1). */
import { Writer } from '../../base/binary.ts';
import type { Digest, Epoch, Hash, LogIndex, Term } from './ids.ts';
import type { Configuration } from './configuration.ts';
import type { ClientRequest } from './request.ts';
import type { Position } from './position.ts';
import type { VoteBundle } from './certificate.ts';

export type EntryKind = 'batch' | 'term' | 'configuration';

/** An entry without its payload but with the payload's digest: enough to compute the hash. */
export interface Header {
  readonly index: LogIndex;
  readonly epoch: Epoch;
  readonly term: Term;
  /** Hash of entry index - 1, so that one hash names a prefix. */
  readonly parent: Hash;
  readonly kind: EntryKind;
  /** Milliseconds since 1970 by the leader's clock, never below the parent's (N1). */
  readonly timestamp: number;
  readonly payloadDigest: Hash;
}

/** What a payload says. `malformed` is kept as a value: the leader who signed it is judged, nothing throws. */
export type Content =
  | { readonly kind: 'batch'; readonly requests: readonly ClientRequest[] }
  | { readonly kind: 'term'; readonly bundle: VoteBundle }
  | { readonly kind: 'configuration'; readonly configuration: Configuration }
  | { readonly kind: 'malformed'; readonly reason: string };

/**
 * How an entry gets the name by which everybody knows it and all below it. Tangaroa's is the hash chain; plain Raft's
 * is index and term, which name a prefix as long as nobody lies (the Log Matching Property).
 */
export interface Naming {
  /** What a header says of its payload. */
  readonly payload: (payload: Uint8Array) => Hash;
  readonly entry: (header: Header) => Hash;
}

/** Every name is a digest over the name before it. */
export function hashChain(digest: Digest): Naming {
  return { payload: digest, entry: (header) => hashHeader(header, digest) };
}

/** Made by `nameEntry` only, so that `hash` and `header.payloadDigest` are always those of these bytes. */
export interface Entry {
  readonly header: Header;
  readonly hash: Hash;
  /** As the leader encoded it; everybody else hashes, stores and forwards these bytes. */
  readonly payload: Uint8Array;
  readonly content: Content;
}

const ENTRY_TAG = 'tangaroa entry 1';
/** Codes on the wire and under the hash, in this order; never reused for another meaning. */
export const ENTRY_KINDS: readonly EntryKind[] = ['configuration', 'term', 'batch'];

/** The 97 bytes of a header, in the one layout that is hashed, stored and sent. */
export function writeHeader(writer: Writer, header: Header): Writer {
  return writer
    .u53(header.index)
    .u53(header.epoch)
    .u53(header.term)
    .hex(header.parent)
    .u8(ENTRY_KINDS.indexOf(header.kind))
    .u53(header.timestamp)
    .hex(header.payloadDigest);
}

/** The hash of an entry: domain tag and every field, the payload by its digest. */
export function hashHeader(header: Header, digest: Digest): Hash {
  return Writer.passing((writer) => writeHeader(writer.text(ENTRY_TAG), header), digest);
}

export function makeEntry(
  fields: Omit<Header, 'payloadDigest'>,
  payload: Uint8Array,
  content: Content,
  digest: Digest,
): Entry {
  return nameEntry(fields, payload, content, hashChain(digest));
}

/** `makeEntry` under any naming. */
export function nameEntry(
  fields: Omit<Header, 'payloadDigest'>,
  payload: Uint8Array,
  content: Content,
  naming: Naming,
): Entry {
  const header: Header = { ...fields, payloadDigest: naming.payload(payload) };
  return { header, hash: naming.entry(header), payload, content };
}

export function positionOf(entry: Entry): Position {
  return { index: entry.header.index, hash: entry.hash };
}
