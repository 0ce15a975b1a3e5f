/** Frames between peers, and between clients and nodes, in both directions. */
import type { PeerMessage } from '../../../src/consensus/model/message.ts';
import { Keyring } from '../../../src/crypto/keyring.ts';
import { RecheckBudget } from '../../../src/crypto/recheck-budget.ts';
import { makeVerifier } from '../../../src/crypto/verify.ts';
import type { Verifier } from '../../../src/crypto/verify.ts';
import { encodeBody } from '../../../src/wire/body.ts';
import {
  decodeClientMessage,
  decodeNodeToClientMessage,
  encodeClientMessage,
  encodeNodeToClientMessage,
  encodeResults,
} from '../../../src/wire/client.ts';
import { decodePeerMessage, encodePeerMessage } from '../../../src/wire/peer.ts';
import { decodeRaftMessage, encodeRaftMessage } from '../../../src/wire/raft.ts';
import { clientMessages, nodeToClientMessages, peerMessages } from '../../arbitrary-messages.ts';
import { fakeEd25519 } from '../../fixtures-crypto.ts';
import { raftMessages } from '../../raft/arbitrary.ts';
import { groundOf, samples } from '../ground.ts';
import type { Ground } from '../ground.ts';
import { resealFrame, resealing } from '../reseal.ts';
import type { Target } from '../target.ts';
import { spread, trafficOf } from '../traffic.ts';
import { untruth } from '../truth.ts';
import { codecTarget } from './codec.ts';

const OF_EACH_KIND = 10;
const ARBITRARY = 3;

function verifierOf({ genesis, context }: Ground): Verifier {
  const { configuration, entry } = genesis;
  const { clusterId, digest } = context;
  return makeVerifier(
    { keyring: new Keyring({ configuration, genesis: entry }), clusterId, digest },
    { ed25519: fakeEd25519, encodeBody, encodeResults },
  );
}

/** Decoded, and judged as a node judges it: signatures, quorums, chains. */
function peerFrames(): Target {
  const ground = groundOf('tangaroa');
  const { context, keys } = ground;
  const verifier = verifierOf(ground);
  const judge = (message: PeerMessage): string => {
    const verdict = verifier.peerMessage(message, new RecheckBudget());
    return 'reason' in verdict ? `${verdict.type} ${verdict.reason}` : verdict.type;
  };
  return codecTarget({
    name: 'peer-frames',
    takes: 'Tangaroa: `decodePeerMessage`, then the verifier',
    seeds: async () => [
      ...spread((await trafficOf('tangaroa')).peers, OF_EACH_KIND),
      ...Object.values(peerMessages).flatMap((each) =>
        samples(each, ARBITRARY).map(encodePeerMessage),
      ),
    ],
    mutations: [resealing((bytes) => resealFrame(bytes, keys)), untruth(context, keys)],
    decode: (bytes) => decodePeerMessage(bytes, context),
    encode: encodePeerMessage,
    describe: (message) =>
      `${message.kind}: ${judge(message).replaceAll(/\d+|[0-9a-f]{16,}/gu, '#')}`,
  });
}

function raftFrames(): Target {
  const { context } = groundOf('raft');
  return codecTarget({
    name: 'raft-frames',
    takes: 'plain Raft: `decodeRaftMessage`',
    seeds: async () => [
      ...spread((await trafficOf('raft')).peers, OF_EACH_KIND),
      ...Object.values(raftMessages).flatMap((each) =>
        samples(each, ARBITRARY).map(encodeRaftMessage),
      ),
    ],
    decode: (bytes) => decodeRaftMessage(bytes, context),
    encode: encodeRaftMessage,
    describe: ({ kind }) => kind,
  });
}

function clientFrames(): Target {
  const ground = groundOf('tangaroa');
  const { context, keys } = ground;
  const verifier = verifierOf(ground);
  return codecTarget({
    name: 'client-frames',
    takes: 'client to node: `decodeClientMessage`, then the verifier',
    seeds: async () => [
      ...spread((await trafficOf('tangaroa')).toNodes, 4 * OF_EACH_KIND),
      ...Object.values(clientMessages).flatMap((each) =>
        samples(each, ARBITRARY).map(encodeClientMessage),
      ),
    ],
    mutations: [resealing((bytes) => resealFrame(bytes, keys))],
    decode: (bytes) => decodeClientMessage(bytes, context),
    encode: encodeClientMessage,
    describe: (message) => {
      const budget = new RecheckBudget();
      const verdict =
        message.kind === 'read'
          ? verifier.read(message, budget)
          : verifier.request(message.request, budget);
      return `${message.kind}: ${verdict.type}`;
    },
  });
}

function nodeToClientFrames(): Target {
  const { context, keys } = groundOf('tangaroa');
  return codecTarget({
    name: 'node-to-client-frames',
    takes: 'node to client: `decodeNodeToClientMessage`',
    seeds: async () => [
      ...spread((await trafficOf('tangaroa')).toClients, 4 * OF_EACH_KIND),
      ...Object.values(nodeToClientMessages).flatMap((each) =>
        samples(each, ARBITRARY).map(encodeNodeToClientMessage),
      ),
    ],
    mutations: [resealing((bytes) => resealFrame(bytes, keys))],
    decode: (bytes) => decodeNodeToClientMessage(bytes, context),
    encode: encodeNodeToClientMessage,
    describe: ({ kind }) => kind,
  });
}

export const FRAME_TARGETS: readonly (() => Target)[] = [
  peerFrames,
  raftFrames,
  clientFrames,
  nodeToClientFrames,
];
