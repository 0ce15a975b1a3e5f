/** Names, frames and certificates of others, passed off for what they are not. */
import type { LabAttack } from '../attack.ts';
import { BORROWED_NAMES } from './impersonation/borrowed-names.ts';
import { MAN_IN_THE_MIDDLE } from './impersonation/man-in-the-middle.ts';
import { MEMBERS } from './impersonation/members.ts';
import { REPLAYED_HANDSHAKES } from './impersonation/replayed-handshakes.ts';

export const IMPERSONATION: readonly LabAttack[] = [
  ...BORROWED_NAMES,
  ...REPLAYED_HANDSHAKES,
  ...MAN_IN_THE_MIDDLE,
  ...MEMBERS,
];
