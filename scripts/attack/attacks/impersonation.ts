import type { LabAttack } from '../attack.ts';

export const IMPERSONATION: readonly LabAttack[] = [];
