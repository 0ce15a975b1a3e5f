/** A member's real node that passes off what others said, and certificates, for what they are not. */
import { attackOf } from '../../../../test/sim/adversary/catalogue.ts';
import type { MemberAttack } from '../../attack.ts';
import { belowBase } from './below-base.ts';
import { falseClients, parrot, pretender } from './raft-names.ts';

export const MEMBERS: readonly MemberAttack[] = [
  {
    name: 'replayed-frames',
    group: 'impersonation',
    tries:
      'a member says again what anybody said in this and older terms: to others, and to who said it',
    holds:
      'a sequence counts once (M2), a tally counts signers (M3, N4), what is stale costs its receiver nothing (M5, M6)',
    by: 'follower',
    tangaroa: [attackOf('replay'), attackOf('stale-proofs')],
    raft: [parrot],
    evidence: 'may',
  },
  {
    name: 'false-leader',
    group: 'impersonation',
    tries:
      'a member leads, or seems to, in terms that are not its own: without a bundle, with too small a one, with that of another',
    holds:
      'the candidate of a term is fixed, and leads by a quorum of votes that everybody checks (E1, E4, N2)',
    by: 'follower',
    tangaroa: [attackOf('unelected')],
    raft: [pretender],
    evidence: 'may',
  },
  {
    name: 'dead-leader',
    group: 'impersonation',
    tries: 'a leader stops leading, and its last heartbeats go round for ever',
    holds: 'a heartbeat counts for its sequence, once (M2), so the election timeout runs out (S1)',
    by: 'leader',
    tangaroa: [attackOf('ghost')],
    raft: null,
    evidence: 'may',
  },
  {
    name: 'forged-certificates',
    group: 'impersonation',
    tries:
      'certificates of too few, of one signer counted often, of other names, chains, terms and kinds, wherever one is shown',
    holds:
      'a certificate is a quorum of signers over one chain of its own term and phase, checked by everybody (N5, S2, E4, M1)',
    by: 'follower',
    tangaroa: [attackOf('relabel')],
    raft: null,
    evidence: 'may',
  },
  {
    name: 'below-base',
    group: 'impersonation',
    tries: "Responses of a term are offered as a certificate for an index below that term's base",
    holds: "a certificate is valid only if the entry itself is of the certificate's term (N5)",
    by: 'leader',
    tangaroa: [belowBase],
    raft: null,
    evidence: 'may',
  },
  {
    name: 'withheld-certificate',
    group: 'impersonation',
    tries:
      'the leader keeps a prepare certificate to itself, leaves, and shows it late, without the entries behind it',
    holds:
      'what traitors show is optional, what honest voters refuse with can be fetched (E2, E3, E5)',
    by: 'leader',
    tangaroa: [attackOf('withheld')],
    raft: null,
    evidence: 'may',
  },
  {
    name: 'forged-forward',
    group: 'impersonation',
    tries:
      'a member forwards requests that no client made, altered ones, and old ones over and over',
    holds: 'a client signs what it asks for, and a number is executed once (C1, C2)',
    by: 'follower',
    tangaroa: [attackOf('forged-forward')],
    raft: [falseClients],
    evidence: 'may',
  },
];
