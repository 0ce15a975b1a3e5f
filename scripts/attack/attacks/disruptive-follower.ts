/** A follower in the attacker's hands, that wants the cluster to elect for ever, or honest nodes to be blamed. */
import type { AttackKind } from '../../../test/sim/adversary/attack.ts';
import { inflateOnly } from '../../../test/sim/adversary/attacks/leader-resign.ts';
import { attackOf } from '../../../test/sim/adversary/catalogue.ts';
import { takeBack } from '../../../test/sim/raft/adversary/attacks/dictators.ts';
import { abdicate } from '../../../test/sim/raft/adversary/attacks/rulers.ts';
import { raftAttackOf } from '../../../test/sim/raft/adversary/catalogue.ts';
import type { RaftAttackKind } from '../../../test/sim/raft/adversary/traitor.ts';
import type { MemberAttack } from '../attack.ts';

function disturber(
  told: Pick<MemberAttack, 'name' | 'tries' | 'holds'> & Partial<Pick<MemberAttack, 'evidence'>>,
  tangaroa: AttackKind['make'],
  raft: RaftAttackKind['make'] | null,
): MemberAttack {
  const { name, tries } = told;
  return {
    evidence: 'may',
    ...told,
    group: 'disruptive-follower',
    by: 'follower',
    tangaroa: [{ name, tries, make: tangaroa }],
    raft: raft === null ? null : [{ name, tries, make: raft }],
  };
}

export const DISRUPTIVE_FOLLOWER: readonly MemberAttack[] = [
  disturber(
    {
      name: 'vote-flood',
      tries: 'a member asks for votes in ever higher terms, fifty times a second',
      holds:
        'a term opens only when a quorum has signed that it wants it (S2); who asks without that is hung up on (L2)',
    },
    attackOf('vote-flood').make,
    raftAttackOf('vote-flood').make,
  ),
  disturber(
    {
      name: 'suspect-flood',
      tries: 'a member demands a new leader two hundred times a second, each time a higher term',
      holds: 'wishes count by signer: f of them move nobody (S1, S2)',
    },
    attackOf('suspect-flood').make,
    raftAttackOf('incite').make,
  ),
  disturber(
    {
      name: 'absurd-terms',
      tries: 'a member speaks of the highest term there is in every kind of message that names one',
      holds:
        'a node’s term is the highest that was proven to it, never one that it was told (M4, S2)',
    },
    attackOf('far-terms').make,
    raftAttackOf('far-terms').make,
  ),
  disturber(
    {
      name: 'rush-in',
      tries: 'a member runs for its next terms before anybody wants them, with made-up support',
      holds:
        'the candidate of a term is fixed (E1), a quorum opens it (S2), and votes need a base that ranks high enough (E3)',
    },
    attackOf('rush-in').make,
    takeBack,
  ),
  disturber(
    {
      name: 'resignations',
      tries: 'a member resigns terms, its own and others’, in favour of absurd ones, over and over',
      holds: 'only the leader resigns its term, and not to where no quorum wants to go (S1, S2)',
    },
    inflateOnly,
    abdicate,
  ),
  disturber(
    {
      name: 'false-evidence',
      tries:
        'a member accuses honest nodes with what they really signed, and misquotes their leader',
      holds:
        'evidence is two statements that no honest node makes, checked by everybody (V1, V3); who sends other is hung up on (L2)',
    },
    attackOf('false-evidence').make,
    null,
  ),
  disturber(
    {
      name: 'contradict',
      tries: 'a member signs two Responses for one index, one for each ear',
      holds:
        'a voter counts once, and quorums share an honest one (N4, section 6); the two Responses are evidence (V1)',
      evidence: 'must',
    },
    attackOf('contradict').make,
    raftAttackOf('kingmaker').make,
  ),
];
