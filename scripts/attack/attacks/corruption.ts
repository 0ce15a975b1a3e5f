import type { LabAttack } from '../attack.ts';

export const CORRUPTION: readonly LabAttack[] = [];
