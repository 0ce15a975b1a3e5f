/** Every attack of a candidate. */
import type { AttackKind } from '../attack.ts';
import { ELECTION_BASES } from './election-bases.ts';
import { ELECTION_RUSH } from './election-rush.ts';

export const ELECTION: readonly AttackKind[] = [...ELECTION_BASES, ...ELECTION_RUSH];
