import type { Naming } from '../consensus/model/entry.ts';
import type { ClusterId, Digest } from '../consensus/model/ids.ts';

/** What decoding needs beside the bytes: derived values (hashes, request digests) are computed, never believed. */
export interface WireContext {
  readonly clusterId: ClusterId;
  readonly digest: Digest;
  readonly naming: Naming;
}

/** What is enough where no entries travel: between clients and nodes. */
export type ClientContext = Omit<WireContext, 'naming'>;
