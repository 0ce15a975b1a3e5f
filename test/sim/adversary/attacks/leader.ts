/** Every attack of a leader or a candidate. */
import type { AttackKind } from '../attack.ts';
import { LEADER_CLAIMS } from './leader-claims.ts';
import { LEADER_EQUIVOCATION } from './leader-equivocation.ts';
import { LEADER_FLOOD } from './leader-flood.ts';
import { LEADER_MANGLE } from './leader-mangle.ts';
import { LEADER_NEGLECT } from './leader-neglect.ts';
import { LEADER_RESIGN } from './leader-resign.ts';

export const LEADER: readonly AttackKind[] = [
  ...LEADER_EQUIVOCATION,
  ...LEADER_CLAIMS,
  ...LEADER_FLOOD,
  ...LEADER_MANGLE,
  ...LEADER_NEGLECT,
  ...LEADER_RESIGN,
];
