/** Members that lead astray who has to fetch what it missed, while an honest follower has to. */
import { attackOf } from '../../../../test/sim/adversary/catalogue.ts';
import type { AttackKind } from '../../../../test/sim/adversary/attack.ts';
import type { Inside, MemberAttack } from '../../attack.ts';
import { Patient } from '../../lab/patient.ts';

/** An honest follower crashes, misses much, and comes back: every entry that it lacks it has to ask for. */
async function missMuch(inside: Inside): Promise<void> {
  const patient = new Patient(inside);
  await patient.kill();
  await patient.wait(0.5);
  await patient.recovers('an honest follower missed much and came back');
}

/** A kind of attack under the name that it is counted by here. */
function called(name: string, kind: string): AttackKind {
  return { ...attackOf(kind), name };
}

export const FETCHES: readonly MemberAttack[] = [
  {
    name: 'poisoned-fetch',
    group: 'corruption',
    tries:
      'a follower answers the fetches of one that was down with garbage, other forks and wrong proofs, and hints at what nobody has',
    holds:
      'an answer counts only as far as its hashes reach a proven position, and peers take turns (N2, D3, E3)',
    by: 'follower',
    tangaroa: [called('poisoned-fetch', 'poison')],
    raft: null,
    evidence: 'may',
    meanwhile: missMuch,
  },
  {
    name: 'poisoned-leader',
    group: 'corruption',
    tries:
      'a leader answers the fetches of a follower that was down with garbage, and leads well otherwise',
    holds:
      'who answers with nothing new is not asked alone: any peer serves what is committed (E3, N2, D3)',
    by: 'leader',
    tangaroa: [called('poisoned-leader', 'poison')],
    raft: null,
    evidence: 'may',
    meanwhile: missMuch,
  },
  {
    name: 'dark',
    group: 'corruption',
    tries:
      'a leader leaves f honest voters out of everything, one of which was down and is far behind',
    holds:
      'who hears of commits fetches them from anybody (N2, D3); what it is owed makes it suspect (S1)',
    by: 'leader',
    tangaroa: [attackOf('dark')],
    raft: null,
    evidence: 'may',
    meanwhile: missMuch,
  },
];
