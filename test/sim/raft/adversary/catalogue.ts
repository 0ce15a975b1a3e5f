/**
 * Every attack on plain Raft, by its name. One liar with any of them breaks a cluster of a size at which Tangaroa stands
 * one: that is what Tangaroa's certificates are for.
 */
import { assert } from '../../../../src/base/assert.ts';
import { CLIENTS } from './attacks/clients.ts';
import { FLOODS } from './attacks/floods.ts';
import { LEADERS } from './attacks/leaders.ts';
import { VOTERS } from './attacks/voters.ts';
import type { RaftAttackKind } from './traitor.ts';

export const RAFT_ATTACKS: readonly RaftAttackKind[] = [
  ...LEADERS,
  ...VOTERS,
  ...CLIENTS,
  ...FLOODS,
];

const BY_NAME = new Map(RAFT_ATTACKS.map((kind) => [kind.name, kind]));
assert(BY_NAME.size === RAFT_ATTACKS.length, 'an attack has a name of its own, or it never runs');

/** The attack of that name; throws for one that does not exist. */
export function raftAttackOf(name: string): RaftAttackKind {
  const kind = BY_NAME.get(name);
  if (kind !== undefined) return kind;
  throw new Error(`no attack ${name}: there are ${RAFT_ATTACKS.map((one) => one.name).join(', ')}`);
}

/** Attacks that do more together than apart. */
export const RAFT_PLOTS: readonly (readonly string[])[] = [
  ['usurp'],
  ['two-faced'],
  ['usurp', 'yes-man'],
  ['forger', 'false-word'],
];
