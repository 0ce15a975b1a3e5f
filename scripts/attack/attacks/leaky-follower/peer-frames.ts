/** What only peers say to each other, signed with whatever key there is. */
import type {
  Epoch,
  LogIndex,
  NodeId,
  Sequence,
  Term,
} from '../../../../src/consensus/model/ids.ts';
import { positionOf } from '../../../../src/consensus/model/entry.ts';
import { NONE } from '../../../../src/consensus/model/position.ts';
import { makeSigner } from '../../../../src/crypto/sign.ts';
import { nativeDigest, nodeEd25519 } from '../../../../src/node/native-crypto.ts';
import { encodeBody } from '../../../../src/wire/body.ts';
import { encodePeerMessage } from '../../../../src/wire/peer.ts';
import { encodeRaftMessage } from '../../../../src/wire/raft.ts';
import type { Outside } from '../../attack.ts';

export interface PeerFrame {
  readonly kind: string;
  readonly frame: Uint8Array;
}

/** In the name of `self`. A node that believed it would serve the log, follow a new leader, or count a voter. */
export function peerFrames(
  { genesis, protocol }: Outside,
  self: NodeId,
  secretKey: Uint8Array,
): readonly PeerFrame[] {
  const { clusterId, entry } = genesis;
  const [term, epoch, sequence] = [1 as Term, 0 as Epoch, 1 as Sequence];
  const head = positionOf(entry);
  if (protocol === 'raft') {
    const previousTerm = entry.header.term;
    const committed = entry.header.index;
    const last = { index: committed, term: previousTerm };
    return [
      {
        kind: 'append-entries',
        term,
        previous: head,
        previousTerm,
        entries: [],
        committed,
      } as const,
      { kind: 'request-vote', term, isPreVote: true, isTransfer: false, last } as const,
      { kind: 'append-entries-response', term, matched: head, hint: null } as const,
    ].map((message) => ({ kind: message.kind, frame: encodeRaftMessage(message) }));
  }
  const signer = makeSigner(
    { self, secretKey, clusterId, digest: nativeDigest },
    { ed25519: nodeEd25519(), encodeBody },
  );
  const append = { kind: 'append-entries', epoch, term, previous: head, head, sequence } as const;
  const response = {
    kind: 'append-entries-response',
    epoch,
    term,
    accepted: head,
    prepared: NONE,
  } as const;
  return [
    signer.signBody({ kind: 'fetch-entries', body: { from: 1 as LogIndex, head } }),
    signer.signBody({
      kind: 'entries',
      body: { entries: [entry], headers: [], leader: null, commit: null },
    }),
    { kind: 'append-entries', signed: signer.sign(append), entries: [], commit: null } as const,
    { kind: 'append-entries-response', signed: signer.sign(response) } as const,
  ].map((message) => ({ kind: message.kind, frame: encodePeerMessage(message) }));
}
