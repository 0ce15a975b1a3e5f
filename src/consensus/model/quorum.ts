/** Quorum arithmetic (section 1), for one voter set or two. An island: it knows names and numbers only. */
import type { NodeId } from './ids.ts';
import type { VoterSets } from './configuration.ts';

/** How many of so many voters may lie. */
export type Faults = (voters: number) => number;

/** f = floor((n-1)/3); fewer than four voters run with f = 0. */
export function faultsTolerated(voters: number): number {
  return Math.floor((voters - 1) / 3);
}

/** Plain Raft's f: nodes crash, none lies. A quorum is then a majority, and one voter a blocking set. */
export function nobodyLies(): number {
  return 0;
}

/** q = floor((n+f)/2) + 1: two quorums share f+1 voters, and the honest voters alone are one. */
export function quorumSize(voters: number, faults: Faults = faultsTolerated): number {
  return Math.floor((voters + faults(voters)) / 2) + 1;
}

/** f+1 voters: at least one is honest. */
export function blockingSize(voters: number, faults: Faults = faultsTolerated): number {
  return faults(voters) + 1;
}

/** Whether the signers (each counted once) hold a quorum in every set. */
export function isQuorum(
  sets: VoterSets,
  signers: ReadonlySet<NodeId>,
  faults: Faults = faultsTolerated,
): boolean {
  return sets.every((set) => countIn(set, signers) >= quorumSize(set.length, faults));
}

/** Whether the signers hold a blocking set in every set. */
export function isBlockingSet(
  sets: VoterSets,
  signers: ReadonlySet<NodeId>,
  faults: Faults = faultsTolerated,
): boolean {
  return sets.every((set) => countIn(set, signers) >= blockingSize(set.length, faults));
}

function countIn(set: readonly NodeId[], signers: ReadonlySet<NodeId>): number {
  let count = 0;
  for (const id of set) if (signers.has(id)) count++;
  return count;
}

/** Asked several times for every message: sorted in place as they come, which for a few voters beats `sort`. */
function kthHighest(set: readonly NodeId[], k: number, valueOf: (id: NodeId) => number): number {
  const descending: number[] = [];
  for (const id of set) {
    const value = valueOf(id);
    let at = descending.length;
    for (; at > 0 && (descending[at - 1] as number) < value; at--)
      descending[at] = descending[at - 1] as number;
    descending[at] = value;
  }
  return descending[k - 1] ?? 0;
}

/** The highest value that a quorum reaches: the q-th highest, in a joint configuration the lower of the two. */
export function quorumValue(
  sets: VoterSets,
  valueOf: (id: NodeId) => number,
  faults: Faults = faultsTolerated,
): number {
  let lowest = Infinity;
  for (const set of sets)
    lowest = Math.min(lowest, kthHighest(set, quorumSize(set.length, faults), valueOf));
  return lowest;
}

/** The highest value that a blocking set reaches: the (f+1)-th highest, the lower of two sets'. */
export function blockingValue(
  sets: VoterSets,
  valueOf: (id: NodeId) => number,
  faults: Faults = faultsTolerated,
): number {
  let lowest = Infinity;
  for (const set of sets)
    lowest = Math.min(lowest, kthHighest(set, blockingSize(set.length, faults), valueOf));
  return lowest;
}

export function isVoter(sets: VoterSets, id: NodeId): boolean {
  return sets.some((set) => set.includes(id));
}
