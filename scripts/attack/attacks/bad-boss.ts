/** A leader in the attacker's hands. Against plain Raft each of them leads whenever it wants to. */
import { toHex } from '../../../src/base/bytes.ts';
import type { ClientId } from '../../../src/consensus/model/ids.ts';
import type { Genesis } from '../../../src/wire/genesis.ts';
import type { AttackKind } from '../../../test/sim/adversary/attack.ts';
import { claiming } from '../../../test/sim/adversary/attacks/leader-claims.ts';
import { equivocationIn } from '../../../test/sim/adversary/attacks/leader-equivocation.ts';
import { mangling } from '../../../test/sim/adversary/attacks/leader-mangle.ts';
import {
  censoring,
  leaveFaultsOut,
  stalling,
  starving,
} from '../../../test/sim/adversary/attacks/leader-neglect.ts';
import { quitAtOnce } from '../../../test/sim/adversary/attacks/leader-resign.ts';
import { misreport, pretend } from '../../../test/sim/adversary/attacks/voter-lies.ts';
import { attackOf } from '../../../test/sim/adversary/catalogue.ts';
import * as dictators from '../../../test/sim/raft/adversary/attacks/dictators.ts';
import * as rulers from '../../../test/sim/raft/adversary/attacks/rulers.ts';
import type { RaftAttackKind } from '../../../test/sim/raft/adversary/traitor.ts';
import type { MemberAttack } from '../attack.ts';
import { VICTIM } from '../lab/cluster.ts';
import { keyOf } from '../load/ledger.ts';

/** Of the request timeout: what is left is for the others to hear of it in time. */
const STALL_PER_MILLE = 900;

function victimOf({ document, configuration }: Genesis): ClientId {
  const listed = document.clients.find(({ name }) => name === VICTIM);
  const record = configuration.clients.find(
    ({ publicKey }) => toHex(publicKey) === listed?.publicKey,
  );
  if (record === undefined) throw new Error(`the cluster has no client ${VICTIM}`);
  return record.id;
}

/** An attack by one deed on each protocol; null where plain Raft has nothing of the kind. */
function boss(
  told: Pick<MemberAttack, 'name' | 'tries' | 'holds'> & Partial<Pick<MemberAttack, 'evidence'>>,
  tangaroa: AttackKind['make'],
  raft: RaftAttackKind['make'] | null,
): MemberAttack {
  const { name, tries } = told;
  return {
    evidence: 'may',
    ...told,
    group: 'bad-boss',
    by: 'leader',
    tangaroa: [{ name, tries, make: tangaroa }],
    raft: raft === null ? null : [{ name, tries, make: raft }],
  };
}

/** Beside an equivocating leader every traitor, the leader too, names whatever anybody names. */
function withEcho(attack: MemberAttack): MemberAttack {
  return { ...attack, tangaroa: [...attack.tangaroa, attackOf('echo')] };
}

const EQUIVOCATION: readonly MemberAttack[] = [
  withEcho(
    boss(
      {
        name: 'equivocate',
        tries: 'the leader signs two chains in one term and shows each to some of the voters',
        holds:
          'voters accept one chain a term and quorums share an honest voter (N2, section 6); both statements are evidence (V1)',
        evidence: 'must',
      },
      equivocationIn({
        chains: 1,
        flavour: 'others',
        common: 0,
        company: 'drawn',
        redrawMs: 0,
        prepares: 'all',
      }),
      dictators.twoFaces,
    ),
  ),
  boss(
    {
      name: 'equivocate-one',
      tries: 'the leader shows one single voter another chain than everybody else',
      holds:
        'that voter accepts it, is shown the certificates of the others and moves to their chain (N2); both statements are evidence (V1)',
      evidence: 'must',
    },
    equivocationIn({
      chains: 1,
      flavour: 'others',
      common: 0,
      company: 'alone',
      redrawMs: 0,
      prepares: 'all',
    }),
    dictators.singleOut,
  ),
  boss(
    {
      name: 'rewrite-history',
      tries:
        'the leader shows everybody one chain, and when it is committed another of the same term',
      holds:
        'what a voter accepted in a term it never drops for its leader (N2, E5), who is rogue (S1); both statements are evidence (V1)',
      evidence: 'must',
    },
    attackOf('rewrite').make,
    dictators.takeBack,
  ),
];

const FALSE_WORDS: readonly MemberAttack[] = [
  boss(
    {
      name: 'commit-early',
      tries:
        'the leader calls entries committed that no quorum has, with too few Responses or with those that only accept',
      holds: 'followers believe certificates, never their leader (N5, N6)',
    },
    claiming(['premature', 'too few', 'too few']),
    dictators.commitEarly,
  ),
  boss(
    {
      name: 'forge-requests',
      tries: 'the leader orders writes that a client never signed',
      holds:
        'every request carries its client’s signature, which every voter checks (C1, N2); the leader is rogue (S1)',
    },
    mangling('forged request'),
    (me) => rulers.forging(() => victimOf(me.genesis), keyOf(VICTIM, 0))(me),
  ),
  boss(
    {
      name: 'alter-requests',
      tries: 'the leader orders other values than clients wrote',
      holds:
        'a request’s signature covers its commands (C1, N2); the leader that signs another is rogue (S1)',
    },
    mangling('altered request'),
    rulers.alter,
  ),
  boss(
    {
      name: 'wrong-results',
      tries: 'the leader executes everything and tells clients other results',
      holds: 'a client believes what f+1 voters signed alike (C3)',
    },
    misreport,
    rulers.misreport,
  ),
  boss(
    {
      name: 'false-acknowledgement',
      tries: 'the leader tells clients at once that their writes are done, and throws them away',
      holds:
        'a client believes f+1 voters, and sends to all when they do not agree in time (C3, C4); who starves clients is left (S1)',
    },
    pretend,
    rulers.pretend,
  ),
  boss(
    {
      name: 'future-timestamps',
      tries: 'the leader dates its entries an hour ahead',
      holds:
        'voters accept nothing that is further ahead of their own clocks than the drift (N2), and leave who orders nothing (S1)',
    },
    mangling('timestamp from the future'),
    null,
  ),
  boss(
    {
      name: 'past-timestamps',
      tries: 'the leader dates an entry before the one below it',
      holds: 'time in the log never goes back (N2); the leader is rogue (S1)',
    },
    mangling('timestamp of the past'),
    null,
  ),
];

const NEGLECT: readonly MemberAttack[] = [
  boss(
    {
      name: 'withhold',
      tries: 'the leader sends nothing to f of the voters',
      holds: 'who is left out hears the others’ Responses and fetches from them (N2, N4, D3)',
    },
    leaveFaultsOut,
    rulers.leaveOneOut,
  ),
  boss(
    {
      name: 'censor',
      tries: 'the leader never orders the requests of one client, and serves all others',
      holds:
        'every voter times the requests that it was sent, whoever’s they are, and leaves who lets one wait too long (S1, S4)',
    },
    (me) => censoring(() => victimOf(me.mind.genesis))(me),
    (me) => rulers.censoring(() => victimOf(me.genesis))(me),
  ),
  boss(
    {
      name: 'stall',
      tries:
        'the leader orders what waits just before the others would leave it, with heartbeats all the while',
      holds:
        'a request waits no longer than the request timeout: slow, and never stopped (S1, S3, S4)',
    },
    stalling(() => STALL_PER_MILLE),
    rulers.stalling(STALL_PER_MILLE),
  ),
  boss(
    {
      name: 'idle',
      tries: 'the leader orders nothing at all, with heartbeats all the while',
      holds: 'heartbeats are no work: requests have a timer of their own (S1 stalled)',
    },
    starving(() => 'heartbeats'),
    rulers.stalling(0),
  ),
  boss(
    {
      name: 'quit',
      tries: 'the leader resigns whenever it leads, as soon as it does',
      holds: 'the next term is the next candidate’s, and costs no timeout (S1 resigned, E1)',
    },
    quitAtOnce,
    rulers.abdicate,
  ),
];

export const BAD_BOSS: readonly MemberAttack[] = [...EQUIVOCATION, ...FALSE_WORDS, ...NEGLECT];
