/** Names, frames and certificates of others, passed off for what they are not. */
import type { LabAttack } from '../attack.ts';
import { BORROWED_NAMES } from './impersonation/borrowed-names.ts';
import { MEMBERS } from './impersonation/members.ts';

export const IMPERSONATION: readonly LabAttack[] = [...BORROWED_NAMES, ...MEMBERS];
