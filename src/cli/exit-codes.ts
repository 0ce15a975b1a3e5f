/** Exit codes are part of the interface: scripts branch on them, so a number never changes its meaning. */
export const EXIT_CODES = {
  /** Done. */
  ok: 0,
  /** A bug of ours, or an error nobody foresaw. TANGAROA_DEBUG=1 prints where. */
  internal: 1,
  /** The command line: unknown command or flag, missing or malformed argument. */
  usage: 2,
  /** What was read is not as it should be: a bad line, bad JSON, a value above the limit. Nothing of it was written. */
  input: 3,
  /** `get`: there is no such key. `evidence`: there is no such evidence. */
  'not-found': 4,
  /** `txn`: a compare did not hold; the else operations were applied. */
  'condition-failed': 5,
  /** No quorum, or overloaded: try again later. The message says whether a write may still be applied. */
  unavailable: 6,
  /** The cluster refused: unknown key, missing role, another cluster. */
  refused: 7,
  /** This machine: a port taken, a directory not writable, a file that exists already, a key or directory in use. */
  environment: 8,
  /** Files that are damaged or do not belong together: key, genesis, log. */
  damaged: 9,
  /** Nodes at the same index have different state digests. */
  diverged: 10,
  /** A quorum is there but did not answer in time: the write may or may not have been applied. */
  'outcome-unknown': 11,
  /** A node process died under `dev`. */
  'node-died': 12,
  /** `evidence`: what a file says is not proven by what stands in it. */
  'not-proven': 13,
  /** Stopped by SIGINT or SIGTERM before the work was done. */
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitName = keyof typeof EXIT_CODES;
