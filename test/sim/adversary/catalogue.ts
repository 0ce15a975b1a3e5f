/** Every attack on Tangaroa, by its name. */
import { assert } from '../../../src/base/assert.ts';
import type { AttackKind } from './attack.ts';
import { CERTIFICATES } from './attacks/certificates.ts';
import { CERTIFICATES_SHOWN } from './attacks/certificates-shown.ts';
import { ELECTION } from './attacks/election.ts';
import { FLOODS } from './attacks/floods.ts';
import { LEADER } from './attacks/leader.ts';
import { SILENCE } from './attacks/silence.ts';
import { SUSPICION } from './attacks/suspicion.ts';
import { SUSPICION_EVIDENCE } from './attacks/suspicion-evidence.ts';
import { REPLAY } from './attacks/replay.ts';
import { REQUESTS } from './attacks/replay-requests.ts';
import { VOTER_LIES } from './attacks/voter-lies.ts';
import { FETCH } from './attacks/fetch.ts';
import { CERTIFICATES_BUNDLES } from './attacks/certificates-bundles.ts';
import { VOTER } from './attacks/voter.ts';

export const ATTACKS: readonly AttackKind[] = [
  ...SILENCE,
  ...VOTER,
  ...CERTIFICATES_BUNDLES,
  ...FETCH,
  ...VOTER_LIES,
  ...REQUESTS,
  ...REPLAY,
  ...SUSPICION_EVIDENCE,
  ...SUSPICION,
  ...CERTIFICATES,
  ...CERTIFICATES_SHOWN,
  ...LEADER,
  ...ELECTION,
  ...FLOODS,
];

const BY_NAME = new Map(ATTACKS.map((kind) => [kind.name, kind]));
assert(BY_NAME.size === ATTACKS.length, 'an attack has a name of its own, or it never runs');

/** The attack of that name; throws for one that does not exist. */
export function attackOf(name: string): AttackKind {
  const kind = BY_NAME.get(name);
  if (kind !== undefined) return kind;
  throw new Error(`no attack ${name}: there are ${ATTACKS.map((one) => one.name).join(', ')}`);
}

/** Attacks that do more together than apart: half of all traitors begin with one of these. */
export const TANGAROA_PLOTS: readonly (readonly string[])[] = [
  ['silent'],
  ['equivocate', 'echo'],
  ['stall', 'quit'],
  ['two-bases', 'echo'],
  ['inflate', 'starve'],
  ['off-base', 'want-terms'],
  ['equivocate', 'echo', 'false-evidence'],
  ['withheld', 'want-terms'],
  ['withheld', 'other-bundle'],
  ['below-base', 'want-terms'],
  ['dark', 'poison'],
];
