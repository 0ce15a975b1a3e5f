/** Every attack of a leader or a candidate. */
import type { AttackKind } from '../attack.ts';
import { LEADER_EQUIVOCATION } from './leader-equivocation.ts';
import { LEADER_NEGLECT } from './leader-neglect.ts';
import { LEADER_RESIGN } from './leader-resign.ts';

export const LEADER: readonly AttackKind[] = [
  ...LEADER_EQUIVOCATION,
  ...LEADER_NEGLECT,
  ...LEADER_RESIGN,
];
