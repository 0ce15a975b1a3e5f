/**
 * C3: a result counts when f+1 voters of one epoch replied with the same request digest, index and results. Counts
 * signers, never messages; a signature is checked only once enough equal replies are there (M6). Where nobody lies
 * (f = 0) the first reply is enough.
 */
import type { VoterSets } from '../consensus/model/configuration.ts';
import type { NodeId } from '../consensus/model/ids.ts';
import type { ClientReply } from '../consensus/model/message.ts';
import { isBlockingSet, isVoter } from '../consensus/model/quorum.ts';
import type { ReplyStatement } from '../consensus/model/request.ts';
import type { Check, Trust } from './trust.ts';

/** The replies to one request: at most one for each voter. */
export type Tally = Map<NodeId, { readonly reply: ClientReply; verified: boolean }>;

export interface Counted {
  /** Verified, and equal to what f other voters of its epoch replied; null while there are not enough. */
  readonly believed: ClientReply | null;
  /** Voters under whose name something invalid came. */
  readonly invalid: readonly { readonly node: NodeId; readonly reason: string }[];
}

/** As much of a client's trust as counting needs. */
interface Judge {
  readonly check: (reply: ClientReply) => Check;
  readonly faults: Trust['faults'];
}

const NOTHING: Counted = { believed: null, invalid: [] };

/**
 * Counts one reply, whose request digest the caller has matched. `check` verifies the signature and that
 * the results are those of the signed digest. What cannot be checked is not counted, but its signer is not to blame.
 */
export function countReply(
  tally: Tally,
  sets: VoterSets,
  reply: ClientReply,
  { check, faults }: Judge,
): Counted {
  const { signer, statement } = reply.signed;
  if (!isVoter(sets, signer)) return NOTHING;
  const earlier = tally.get(signer);
  if (earlier !== undefined && sameReply(earlier.reply.signed.statement, statement)) return NOTHING;
  // A voter that changed its mind (it signs anew in a new epoch) still counts once.
  tally.set(signer, { reply, verified: false });
  if (!isBlockingSet(sets, signersOf(tally, statement), faults)) return NOTHING;

  const invalid: { readonly node: NodeId; readonly reason: string }[] = [];
  for (const [node, counted] of tally) {
    if (counted.verified || !sameReply(counted.reply.signed.statement, statement)) continue;
    const result = check(counted.reply);
    if (result === 'valid') counted.verified = true;
    else tally.delete(node);
    if (typeof result === 'object') invalid.push({ node, reason: result.invalid });
  }
  const signers = signersOf(tally, statement);
  if (!isBlockingSet(sets, signers, faults)) return { believed: null, invalid };
  const [any] = signers;
  return { believed: tally.get(any as NodeId)?.reply ?? null, invalid };
}

function signersOf(tally: Tally, statement: ReplyStatement): Set<NodeId> {
  const signers = new Set<NodeId>();
  for (const [signer, { reply }] of tally)
    if (sameReply(reply.signed.statement, statement)) signers.add(signer);
  return signers;
}

/** Every field that has to agree (C3). */
function sameReply(a: ReplyStatement, b: ReplyStatement): boolean {
  return (
    a.epoch === b.epoch &&
    a.client === b.client &&
    a.first === b.first &&
    a.requestDigest === b.requestDigest &&
    a.index === b.index &&
    a.resultsDigest === b.resultsDigest
  );
}
