/** Positions and ranks (section 1). */
import type { Epoch, Hash, LogIndex, Term } from './ids.ts';
import { ZERO_HASH } from './ids.ts';

/** A log prefix: one hash names all that is below it. */
export interface Position {
  readonly index: LogIndex;
  readonly hash: Hash;
}

/** No prefix: never a base. */
export const NONE: Position = { index: 0 as LogIndex, hash: ZERO_HASH };

export function samePosition(a: Position, b: Position): boolean {
  return a.index === b.index && a.hash === b.hash;
}

/** Of a prepare certificate: (epoch, term, index), lexicographic. */
export interface Rank {
  readonly epoch: Epoch;
  readonly term: Term;
  readonly index: LogIndex;
}

export function compareRank(a: Rank, b: Rank): number {
  if (a.epoch !== b.epoch) return a.epoch - b.epoch;
  return a.term !== b.term ? a.term - b.term : a.index - b.index;
}
