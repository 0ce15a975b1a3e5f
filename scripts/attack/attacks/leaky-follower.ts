/** Who has no right to the log tries to join, to listen and to fetch it. */
import type { LabAttack } from '../attack.ts';
import { EARLY } from './leaky-follower/early-frames.ts';
import { SNOOPING } from './leaky-follower/snooping-client.ts';
import { SQUATTER } from './leaky-follower/squatter.ts';
import { STRANGERS } from './leaky-follower/strangers.ts';

export const LEAKY_FOLLOWER: readonly LabAttack[] = [
  ...STRANGERS,
  ...EARLY,
  ...SQUATTER,
  ...SNOOPING,
];
