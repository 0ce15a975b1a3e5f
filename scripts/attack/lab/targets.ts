/** What holds whoever attacks with at most f members; `docs/fault-model.md` has the rules behind it. */
export const TARGETS = {
  /** Of the throughput that an attack by a follower or an outsider may take. */
  takenMax: 0.15,
  /** By the median of so many rounds at least: one round is noise. */
  takenRounds: 3,
  /** After a leader's attack writes go on within so many election timeouts. */
  timeoutsMax: 3,
  /**
   * Nor does one client wait longer alone: until it sends to all (C4), the request timeout of the voters that then have its
   * request (S1), an election, and what waited before it.
   */
  victimTimeoutsMax: 5,
  /** Of each honest node. */
  peakBytesMax: 512 * 2 ** 20,
} as const;
