/** What holds whoever attacks with at most f members; `docs/fault-model.md` has the rules behind it. */
export const TARGETS = {
  /** Of the throughput that an attack by a follower or an outsider may take. */
  takenMax: 0.15,
  /** After a leader's attack writes go on within so many election timeouts. */
  timeoutsMax: 3,
  /** Of each honest node. */
  peakBytesMax: 512 * 2 ** 20,
} as const;
