/** What is known of a node that never said anything. */
import type { CoreStatus } from '../../src/consensus/core.ts';
import type { NodeId } from '../../src/consensus/model/ids.ts';

export function noStatus(id: NodeId): CoreStatus {
  const nothing = { index: 0, hash: '0'.repeat(64) } as CoreStatus['accepted'];
  return {
    id,
    role: 'follower',
    epoch: 0 as CoreStatus['epoch'],
    term: 0 as CoreStatus['term'],
    leader: null,
    accepted: nothing,
    prepared: nothing,
    committed: nothing,
    applied: 0 as CoreStatus['applied'],
    pending: 0,
    pendingBytes: 0,
    evidence: [],
    suspicions: [],
    backoff: 0,
  };
}
