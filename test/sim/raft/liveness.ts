/** How long a healed cluster of plain Raft may take. */
import type { Parameters } from '../../../src/consensus/model/configuration.ts';
import type { Plan } from '../plan.ts';

/**
 * Elections in a row of which none is won. A second candidate may split the votes if it begins before it hears of the
 * first: within three delays and a sync, 110 ms of the 400 over which timeouts are spread. Of seven nodes another one does
 * in at most six of seven elections, and in so many one after another in less than one of a million.
 */
const ELECTIONS = 100;
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
