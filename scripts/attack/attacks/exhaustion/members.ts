/** Floods by a member whose key was stolen: signatures, bodies and questions without end (M6, L2, L3). */
import { createHash, randomBytes } from 'node:crypto';
import { limits } from '../../../../src/base/limits.ts';
import { utf8 } from '../../../../src/base/bytes.ts';
import { attackOf } from '../../../../test/sim/adversary/catalogue.ts';
import type { Epoch, Hash, LogIndex, Term } from '../../../../src/consensus/model/ids.ts';
import type { PeerMessage } from '../../../../src/consensus/model/message.ts';
import type { Position } from '../../../../src/consensus/model/position.ts';
import { NONE } from '../../../../src/consensus/model/position.ts';
import type { Signed, SuspectStatement } from '../../../../src/consensus/model/statement.ts';
import { STATEMENT_CODE } from '../../../../src/consensus/model/statement.ts';
import { encodeCommand } from '../../../../src/machine/command.ts';
import { decodeClientMessage } from '../../../../src/wire/client.ts';
import type { ClientRequest } from '../../../../src/consensus/model/request.ts';
import type { LabAttack, MemberAttack, OutsiderAttack, Outside } from '../../attack.ts';
import { Mallory } from '../../rogue/flood-client.ts';
import { Captive } from '../../rogue/flood-member.ts';
import { cofactoredPen } from '../../rogue/flood-signature.ts';
import { paced } from '../../rogue/flood.ts';
import { hostileEncodings } from './encodings.ts';

const EPOCH = 0 as Epoch;
/** To each node, as much as an honest leader under load. */
const MESSAGES_PER_SECOND = 500;
/** Of hundreds of signatures, or megabytes, each. */
const LARGE_PER_SECOND = 10;
const ODDITIES_PER_SECOND = 50;

type Deed = (captive: Captive, number: number) => Promise<void>;

/** At its own rate each, all at once, from the beginning of the attack to its end. */
async function floods(
  outside: Outside,
  captive: Captive,
  deeds: readonly { readonly perSecond: number; readonly deed: Deed }[],
): Promise<void> {
  await captive.lurk();
  await Promise.all(
    deeds.map(({ perSecond, deed }) =>
      paced(outside.stop, { perSecond, atOnce: 32 }, (number) => deed(captive, number)),
    ),
  );
}

function madeUp(what: string): Hash {
  return createHash('sha256').update(what).digest('hex') as Hash;
}

function nowhere(index: LogIndex): Position {
  return { index, hash: madeUp(`entry ${index}`) };
}

/** Requests of a client whose key was stolen as well, signed with a pen. */
function requestsOf(outside: Outside, pen: ReturnType<typeof cofactoredPen>, count: number) {
  const { identity } = new Mallory(outside, pen);
  const command = encodeCommand({ type: 'get', key: utf8('mallory') });
  const ctx = {
    clusterId: outside.genesis.clusterId,
    digest: (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex') as Hash,
  };
  return Array.from({ length: count }, (_, at): ClientRequest => {
    const { frame } = identity.request(BigInt(1 + at), 0n, [command]);
    const decoded = decodeClientMessage(frame, ctx);
    if (!decoded.ok || decoded.value.kind !== 'client-request') throw new Error('not a request');
    return decoded.value.request;
  });
}

/** The dearest list that a message may hold: as many Suspects as there are voters, all of them false. */
function falseSuspicion(outside: Outside, captive: Captive): readonly Signed<SuspectStatement>[] {
  return [...outside.addresses.keys()].sort().map((signer): Signed<SuspectStatement> => {
    const statement = {
      kind: 'suspect',
      epoch: EPOCH,
      wanted: (captive.term + 1) as Term,
      reason: 'silent',
    } as const;
    return {
      signer,
      statement,
      signature: new Uint8Array(randomBytes(64)),
    };
  });
}

const falseSignatures: OutsiderAttack = {
  name: 'member-signatures',
  group: 'exhaustion',
  tries:
    'a member sends Forwards full of signatures that only noble accepts, proofs of false signatures, and false Responses, and dials again each time',
  holds:
    'a Forward’s requests are never asked of noble, what is, is asked within a budget that time alone refills (L3: recheckBudgetMax), and a turn checks so many (drainPeerSignaturesMax)',
  by: 'outsider',
  protocols: ['tangaroa'],
  hasMembers: true,
  dials: true,
  lurks: true,
  act: async (outside) => {
    const captive = new Captive(outside);
    const pen = cofactoredPen(outside.clientKey);
    const requests = requestsOf(outside, pen, limits.sessionWindow);
    const mine = cofactoredPen([...outside.memberKeys.values()][0] as Uint8Array);
    await floods(outside, captive, [
      {
        perSecond: LARGE_PER_SECOND,
        deed: async () => {
          outside.did('Forwards full of signatures that only noble accepts');
          await captive.tell(captive.body({ kind: 'forward', body: { requests } }));
        },
      },
      {
        perSecond: ODDITIES_PER_SECOND,
        deed: async () => {
          outside.did('proofs full of false signatures');
          const certificate = { suspects: falseSuspicion(outside, captive) };
          const body = { term: { type: 'suspicion', certificate }, commit: null } as const;
          await captive.tell(captive.body({ kind: 'proof', body }));
        },
      },
      {
        perSecond: ODDITIES_PER_SECOND,
        deed: async (_, number) => {
          outside.did('Responses that only noble accepts');
          const accepted = nowhere(captive.above(1 + (number % limits.window)));
          const { term } = captive;
          const kind = 'append-entries-response';
          const statement = { kind, epoch: EPOCH, term, accepted, prepared: NONE } as const;
          await captive.tell({ kind, signed: captive.sign(statement, mine) });
        },
      },
    ]);
  },
};

const nothings: OutsiderAttack = {
  name: 'empty-signatures',
  group: 'exhaustion',
  tries:
    'a member signs, rightly, thousands of Responses, Suspects and questions that mean nothing to anybody',
  holds:
    'a signature is checked only if its message could change something (M6), what cannot be placed is kept in small number (unplacedPerVoterMax), and what a peer makes a node check is counted (peerChecksPerSecond)',
  by: 'outsider',
  protocols: ['tangaroa'],
  hasMembers: true,
  dials: true,
  lurks: true,
  act: async (outside) => {
    const captive = new Captive(outside);
    await floods(outside, captive, [
      {
        perSecond: MESSAGES_PER_SECOND,
        deed: async (_, number) => {
          outside.did('Responses about entries that nobody has');
          const accepted = nowhere((1_000_000 + number) as LogIndex);
          const { term } = captive;
          const kind = 'append-entries-response';
          const statement = { kind, epoch: EPOCH, term, accepted, prepared: NONE } as const;
          await captive.tell({ kind, signed: captive.sign(statement) });
        },
      },
      {
        perSecond: MESSAGES_PER_SECOND,
        deed: async (_, number) => {
          outside.did('Suspects of ever higher terms');
          const wanted = (captive.term + 1 + number) as Term;
          const statement = { kind: 'suspect', epoch: EPOCH, wanted, reason: 'silent' } as const;
          await captive.tell({
            kind: 'suspect',
            signed: captive.sign(statement),
            certificate: null,
          });
        },
      },
      {
        perSecond: MESSAGES_PER_SECOND,
        deed: async (_, number) => {
          outside.did('questions for entries');
          const from = (1 + (number % Math.max(1, captive.head.index))) as LogIndex;
          const head = number % 2 === 0 ? captive.head : nowhere(captive.above(number % 64));
          await captive.tell(captive.body({ kind: 'fetch-entries', body: { from, head } }));
        },
      },
      {
        perSecond: MESSAGES_PER_SECOND,
        deed: async (_, number) => {
          outside.did('messages of terms that are over, which are answered with proofs');
          const statement = {
            kind: 'append-entries-response',
            epoch: EPOCH,
            term: 1 as Term,
            accepted: nowhere((2_000_000 + number) as LogIndex),
            prepared: NONE,
          } as const;
          await captive.tell({ kind: statement.kind, signed: captive.sign(statement) });
        },
      },
    ]);
  },
};

const forwards: OutsiderAttack = {
  name: 'forward-flood',
  group: 'exhaustion',
  tries:
    'a member forwards the same hundreds of valid requests of a stolen client to everybody, again and again',
  holds:
    'a Forward beyond its sender’s share is not verified (M6, S4: pendingPerClientMax), requests that are kept or executed are known (C2), and who has a node read in vain waits (L2: peerChecksPerSecond)',
  by: 'outsider',
  protocols: ['tangaroa'],
  hasMembers: true,
  dials: true,
  lurks: true,
  act: async (outside) => {
    const captive = new Captive(outside);
    const { identity } = new Mallory(outside);
    const fill = (count: number): PeerMessage => {
      const requests = requestsOf(outside, identity.sign, count);
      return captive.body({ kind: 'forward', body: { requests } });
    };
    const [window, most] = [fill(limits.sessionWindow), fill(limits.requestsPerBatchTarget)];
    await floods(outside, captive, [
      {
        perSecond: ODDITIES_PER_SECOND,
        deed: async () => {
          outside.did('Forwards of one window of requests');
          await captive.tell(window);
        },
      },
      {
        perSecond: LARGE_PER_SECOND,
        deed: async () => {
          outside.did('Forwards of as many requests as there may be');
          await captive.tell(most);
        },
      },
    ]);
  },
};

/** Every kind that peers may send. */
const PEER_KINDS: readonly number[] = [
  STATEMENT_CODE['append-entries'],
  STATEMENT_CODE['append-entries-response'],
  STATEMENT_CODE.suspect,
  STATEMENT_CODE['request-vote'],
  STATEMENT_CODE['vote-refusal'],
  STATEMENT_CODE['fetch-entries'],
  STATEMENT_CODE.entries,
  STATEMENT_CODE.forward,
  STATEMENT_CODE.proof,
  STATEMENT_CODE.evidence,
];

const frames: OutsiderAttack = {
  name: 'member-frames',
  group: 'exhaustion',
  tries:
    'a member sends frames of endless lists, garbage of every kind, and garbage of four megabytes, and dials again each time',
  holds:
    'nothing is allocated for a count (base/limits.ts), a malformed frame costs the link, of which a key opens few a second (L2: linksOpenedPerSecond), and who has nodes read in vain is read later (peerChecksPerSecond)',
  by: 'outsider',
  protocols: ['tangaroa', 'raft'],
  hasMembers: true,
  dials: true,
  lurks: true,
  act: async (outside) => {
    const captive = new Captive(outside);
    const hostile = hostileEncodings(PEER_KINDS, captive.id);
    const giant = new Uint8Array(randomBytes(limits.frameBytesMax));
    giant.set(hostile[1]?.frame.subarray(0, 2) ?? []);
    await floods(outside, captive, [
      {
        perSecond: ODDITIES_PER_SECOND,
        deed: async () => {
          const { what, frame } = outside.random.pick(hostile);
          outside.did(what);
          await captive.tell(frame);
        },
      },
      {
        perSecond: 2,
        deed: async () => {
          outside.did('four megabytes of garbage');
          await captive.tell(giant);
        },
      },
    ]);
  },
};

/** What the simulator's traitors do as well, here on real disks and links. */
const SIMULATED: readonly MemberAttack[] = [
  {
    name: 'fetch-flood',
    group: 'exhaustion',
    tries:
      'a follower asks every node for entries faster than they are served, and for what does not exist',
    holds:
      'a peer is served one answer at a time, not too often, and what it was served before from a small allowance (D3, L2: serveIntervalMs, serveAgainBytesPerSecond)',
    by: 'follower',
    tangaroa: [attackOf('fetch-flood')],
    raft: null,
    evidence: 'may',
  },
  {
    name: 'leader-flood',
    group: 'exhaustion',
    tries: 'a leader proposes far more than a voter holds above what is committed',
    holds:
      'a voter accepts and holds so much of one leader (D3: acceptAheadMax, acceptAheadBytesMax, heldBytesMax)',
    by: 'leader',
    tangaroa: [{ ...attackOf('flood'), name: 'leader-flood' }],
    raft: null,
    evidence: 'may',
  },
];

export const MEMBERS: readonly LabAttack[] = [
  falseSignatures,
  nothings,
  forwards,
  frames,
  ...SIMULATED,
];
