/** A leader in the attacker's hands. */
import { attackOf } from '../../../test/sim/adversary/catalogue.ts';
import { raftAttackOf } from '../../../test/sim/raft/adversary/catalogue.ts';
import type { MemberAttack } from '../attack.ts';

export const BAD_BOSS: readonly MemberAttack[] = [
  {
    name: 'equivocate',
    group: 'bad-boss',
    tries: 'the leader signs several chains in one term and shows each to some of the voters',
    holds:
      'voters accept one chain a term and quorums share an honest voter (N2, section 6); both statements are evidence (V1)',
    by: 'leader',
    tangaroa: [attackOf('equivocate')],
    raft: [raftAttackOf('two-faced')],
    evidence: 'must',
  },
];
