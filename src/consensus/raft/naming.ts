/** Plain Raft names an entry by index and term. */
import type { Naming } from '../model/entry.ts';
import { ZERO_HASH } from '../model/ids.ts';
import type { Hash, LogIndex, Term } from '../model/ids.ts';

/** 32 bytes, as every name: zeros, the index, the term, both big-endian in 8 bytes. */
export function termName(index: LogIndex, term: Term): Hash {
  return (index.toString(16).padStart(48, '0') + term.toString(16).padStart(16, '0')) as Hash;
}

/** The Log Matching Property holds without digests while nobody lies; damage on disk is LevelDB's checksums' to find. */
export const termNaming: Naming = {
  payload: () => ZERO_HASH,
  entry: ({ index, term }) => termName(index, term),
};
