/** Every attack of the lab, by its name. */
import type { Group, LabAttack } from './attack.ts';
import { GROUPS } from './attack.ts';
import { BAD_BOSS } from './attacks/bad-boss.ts';
import { CONTROL } from './attacks/control.ts';
import { CORRUPTION } from './attacks/corruption.ts';
import { DISRUPTIVE_FOLLOWER } from './attacks/disruptive-follower.ts';
import { EXHAUSTION } from './attacks/exhaustion.ts';
import { IMPERSONATION } from './attacks/impersonation.ts';
import { LEAKY_FOLLOWER } from './attacks/leaky-follower.ts';

export const ATTACKS: readonly LabAttack[] = [
  ...CONTROL,
  ...LEAKY_FOLLOWER,
  ...DISRUPTIVE_FOLLOWER,
  ...BAD_BOSS,
  ...IMPERSONATION,
  ...CORRUPTION,
  ...EXHAUSTION,
];

/** @throws RangeError for a name that is none */
export function attackNamed(name: string): LabAttack {
  const attack = ATTACKS.find((one) => one.name === name);
  if (attack === undefined) throw new RangeError(`there is no attack '${name}'`);
  return attack;
}

/**
 * One attack, all of a group, or `all`.
 *
 * @throws RangeError that names what there is
 */
export function attacksFor(name: string): readonly LabAttack[] {
  if (name === 'all') return ATTACKS;
  if ((GROUPS as readonly string[]).includes(name))
    return ATTACKS.filter(({ group }) => group === (name as Group));
  const found = ATTACKS.find((one) => one.name === name);
  if (found !== undefined) return [found];
  throw new RangeError(
    `there is no attack '${name}': --list names them; all of them are 'all', groups are ${GROUPS.join(', ')}`,
  );
}
