/** How long a healed cluster of plain Raft may take. */
import type { Parameters } from '../../../src/consensus/model/configuration.ts';
import type { Plan } from '../plan.ts';

/**
 * Elections in a row of which none is won. Two that begin within the time that the first needs may split the votes, and
 * each waits between T and 2T for the next: of seven nodes one comes that soon in at most four of five elections, and
 * of this many one after another in less than one of ten million.
 */
const ELECTIONS = 72;
/** Message delays and syncs one after another: a question beforehand, the question itself, the first entry. */
const LEGS = 6;

/** Nobody leads for so many elections; then what is behind is sent again, and clients ask once more. */
export function livenessBoundMs(
  { electionTimeoutMs, requestTimeoutMs }: Parameters,
  { healedDelayMsMax, syncMsMax }: Plan,
): number {
  const winMs = LEGS * (healedDelayMsMax + syncMsMax);
  return ELECTIONS * (2 * electionTimeoutMs + winMs) + 8 * requestTimeoutMs;
}
