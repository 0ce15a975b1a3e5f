import type { LabAttack } from '../attack.ts';

export const DISRUPTIVE_FOLLOWER: readonly LabAttack[] = [];
