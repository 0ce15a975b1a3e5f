import type { LabAttack } from '../attack.ts';

export const LEAKY_FOLLOWER: readonly LabAttack[] = [];
