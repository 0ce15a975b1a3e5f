/** Disks that lie, and peers that answer fetches with rubbish. */
import type { LabAttack } from '../attack.ts';
import { DISKS } from './corruption/disk.ts';
import { FETCHES } from './corruption/fetches.ts';
import { TWINS } from './corruption/twins.ts';

export const CORRUPTION: readonly LabAttack[] = [...DISKS, ...TWINS, ...FETCHES];
