import type { LabAttack } from '../attack.ts';

export const EXHAUSTION: readonly LabAttack[] = [];
