/** Floods: by strangers, by a client whose key was stolen, by members. Each names the limits that it runs into. */
import type { LabAttack } from '../attack.ts';
import { CLIENTS } from './exhaustion/clients.ts';
import { MEMBERS } from './exhaustion/members.ts';
import { PROVEN } from './exhaustion/proven.ts';
import { STRANGERS } from './exhaustion/strangers.ts';

export const EXHAUSTION: readonly LabAttack[] = [...STRANGERS, ...CLIENTS, ...PROVEN, ...MEMBERS];
