/** Attacks with vote bundles: voters vote for every base that ranks high enough, so a term may have more than one. */
import type { NodeId } from '../../../../src/consensus/model/ids.ts';
import type { AttackKind } from '../attack.ts';
import type { NamedBase } from '../forge.ts';

/**
 * Makes a bundle of the votes for each base that a candidate asked with, traitors' votes among them, and shows it before
 * the candidate has one, or after it won on another base.
 */
const otherBundle: AttackKind = {
  name: 'other-bundle',
  tries:
    'proves a leader by the bundle of a base that it does not build on (E4, E5: two bundles in a term)',
  make: (me) => {
    const shown = new Set<string>();
    const aside = me.random.chance(1, 2);
    return {
      // Its own vote is for the bundles that it makes itself.
      says: (out) => (aside && out.message.kind === 'vote' ? [] : [out]),
      overhears: (_, __, message) => {
        if (message.kind !== 'vote' || me.mind.isTraitor(message.signed.signer)) return;
        const { term, baseRank, base } = message.signed.statement;
        const key = `${term} ${base.hash}`;
        const named: NamedBase = { rank: baseRank, position: base, certificate: null };
        const bundle = shown.has(key) ? null : me.forge.bundleFor(term, named);
        if (bundle === null) return;
        shown.add(key);
        const who: NodeId | 'all' = me.random.chance(1, 2) ? 'all' : me.random.pick(me.mind.honest);
        me.note(`shows ${who} a bundle of term ${term} for the base ${base.index}`);
        const body = { term: { type: 'bundle', bundle }, commit: null } as const;
        me.send(who, me.forge.body(me.id, { kind: 'proof', body }));
      },
    };
  },
};

export const CERTIFICATES_BUNDLES: readonly AttackKind[] = [otherBundle];
