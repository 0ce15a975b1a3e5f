/** C2: the highest sequence number that a client's session is known to have used. */
import type { VoterSets } from '../consensus/model/configuration.ts';
import type { NodeId } from '../consensus/model/ids.ts';
import { blockingSize, isBlockingSet, isQuorum } from '../consensus/model/quorum.ts';
import { decodeQueryResult, encodeQuery } from '../machine/query.ts';
import type { Reads } from './reads.ts';
import type { Trust } from './trust.ts';

const SESSION_QUERY: Uint8Array = encodeQuery({ type: 'session' });
/** How long one round waits for more than f+1 answers. */
const ROUND_MS = 1_000;

interface Voters {
  readonly sets: VoterSets;
  readonly faults: Trust['faults'];
}

/**
 * Asks all voters until a quorum answered, or f+1 did and the others let a round pass. The (f+1)-th highest report is
 * one that an honest node reaches, so a liar cannot raise it; where honest nodes lag it may be too low, which the
 * opening request then finds out.
 */
export async function highestUsed(
  reads: Reads,
  nodes: readonly NodeId[],
  { sets, faults }: Voters,
  isClosed: () => boolean,
): Promise<bigint> {
  const reports = new Map<NodeId, bigint>();
  while (!isClosed()) {
    await round(reads, nodes, reports, () => isQuorum(sets, new Set(reports.keys()), faults));
    if (isBlockingSet(sets, new Set(reports.keys()), faults))
      return believable(reports, { sets, faults });
  }
  return 0n;
}

/** Resolves once `enough`, or when every node has answered or let the round pass. */
function round(
  reads: Reads,
  nodes: readonly NodeId[],
  reports: Map<NodeId, bigint>,
  enough: () => boolean,
): Promise<void> {
  return new Promise((resolve) => {
    const asked = nodes.map(async (node) => {
      const answer = await reads.ask(node, SESSION_QUERY, { timeoutMs: ROUND_MS });
      const decoded = decodeQueryResult(answer.result);
      if (!decoded.ok || decoded.value.type !== 'session') return;
      const { acknowledged, executed } = decoded.value;
      reports.set(node, acknowledged > executed ? acknowledged : executed);
      if (enough()) resolve();
    });
    void Promise.allSettled(asked).then(() => resolve());
  });
}

function believable(reports: ReadonlyMap<NodeId, bigint>, { sets, faults }: Voters): bigint {
  const ofSet = (set: readonly NodeId[]): bigint => {
    const values = set.flatMap((node) => reports.get(node) ?? []);
    values.sort((a, b) => (a < b ? 1 : a > b ? -1 : 0));
    return values[blockingSize(set.length, faults) - 1] ?? 0n;
  };
  return sets.map(ofSet).reduce((a, b) => (a > b ? a : b), 0n);
}
