/** Ends whose key proves nothing: of nobody, of another cluster, of another role, of a configuration that is past. */
import { toHex } from '../../../../src/base/bytes.ts';
import type { Epoch, NodeId } from '../../../../src/consensus/model/ids.ts';
import { nativeDigest, nodeEd25519 } from '../../../../src/node/native-crypto.ts';
import { deriveClientId } from '../../../../src/wire/configuration.ts';
import { makeGenesis } from '../../../../src/wire/genesis.ts';
import type { Genesis } from '../../../../src/wire/genesis.ts';
import type { Outside, OutsiderAttack } from '../../attack.ts';
import { again, honestTargets, knock } from '../../rogue/link-knock.ts';
import { freshKey, freshNonce, penOf } from '../../rogue/link-proof.ts';
import type { Claim, Pen } from '../../rogue/link-proof.ts';

/** So many attempts at a time, one after another, each at the next node: a scanner that does not mind being seen. */
const LANES = 6;
const KNOCK_EVERY_MS = 100;

const EPOCH = 0 as Epoch;

/** A claim, and who makes it, for the report. */
type Try = readonly [what: string, claim: Claim];

/** All tries in turn, each at the next node, over and over. */
async function knockAll(outside: Outside, tries: readonly Try[]): Promise<void> {
  const targets = honestTargets(outside);
  let at = 0;
  const next = async (): Promise<void> => {
    const target = targets[at % targets.length];
    const one = tries[Math.floor(at / targets.length) % tries.length];
    at++;
    if (target !== undefined && one !== undefined) await knock(outside, target, one[1], one[0]);
  };
  const lanes = Array.from({ length: LANES }, () => again(outside.stop, KNOCK_EVERY_MS, next));
  await Promise.all(lanes);
}

function peer({ clusterId }: Genesis, id: string, pen: Pen): Claim {
  return { clusterId, role: 'peer', id, epoch: EPOCH, pen };
}

function client({ clusterId }: Genesis, id: string, pen: Pen): Claim {
  return { clusterId, role: 'client', id, epoch: EPOCH, pen };
}

function clientIdOf(secretKey: Uint8Array): string {
  return deriveClientId(nodeEd25519().publicKey(secretKey), EPOCH, nativeDigest);
}

/** Names that no node of the lab has, one of them lower than all, so that it may dial. */
const NO_NAMES = ['aaaa', 'node', 'node0', 'node99'];

const stranger: OutsiderAttack = {
  name: 'stranger',
  group: 'leaky-follower',
  tries:
    'somebody with a key of his own joins under the name of a member, of a client, and of nobody',
  holds: 'a link is proven with a key of the configuration before a byte of the log is sent (L1)',
  by: 'outsider',
  protocols: ['tangaroa', 'raft'],
  hasMembers: false,
  act: async (outside) => {
    const { genesis } = outside;
    const { members, clients } = genesis.configuration;
    const own = freshKey();
    const pen = penOf(own.secretKey);
    await knockAll(outside, [
      ...members.map(({ id }): Try => ["a stranger under a member's name", peer(genesis, id, pen)]),
      ...NO_NAMES.map((id): Try => ['a stranger under a name of nobody', peer(genesis, id, pen)]),
      ...clients.map(({ id }): Try => [
        "a stranger under a client's name",
        client(genesis, id, pen),
      ]),
      ['a client that is not listed', client(genesis, clientIdOf(own.secretKey), pen)],
    ]);
  },
};

/** A cluster with the names and addresses of this one, and other keys; of whichever `differing` says. */
function otherCluster(
  { document }: Genesis,
  createdMs: number,
): { readonly genesis: Genesis; readonly pens: ReadonlyMap<NodeId, Pen> } {
  const keys = new Map(document.voters.map(({ id }) => [id, freshKey()]));
  const voters = document.voters.map((voter) => {
    const key = keys.get(voter.id);
    return key === undefined ? voter : { ...voter, publicKey: toHex(key.publicKey) };
  });
  const genesis = makeGenesis(
    { ...document, nonce: freshNonce(), createdMs, voters },
    nativeDigest,
  );
  return {
    genesis,
    pens: new Map([...keys].map(([id, { secretKey }]) => [id, penOf(secretKey)])),
  };
}

/** How long ago the cluster was made under the same name before: a day. */
const EARLIER_MS = 86_400_000;

const otherMember: OutsiderAttack = {
  name: 'other-member',
  group: 'leaky-follower',
  tries:
    'members of another cluster of the same names, and of an earlier `init` of this one whose keys are not listed any more, join',
  holds: 'both ends name the clusterId, which is the hash of the genesis, and sign it (L1, M1)',
  by: 'outsider',
  protocols: ['tangaroa', 'raft'],
  hasMembers: false,
  act: async (outside) => {
    const { genesis } = outside;
    const { createdMs } = genesis.document;
    const others = [
      ['another cluster', otherCluster(genesis, createdMs)],
      ['an earlier init', otherCluster(genesis, Math.max(0, createdMs - EARLIER_MS))],
    ] as const;
    await knockAll(
      outside,
      others.flatMap(([which, other]) =>
        [...other.pens].flatMap(([id, pen]): readonly Try[] => [
          [`a member of ${which}, as such`, peer(other.genesis, id, pen)],
          [`a member of ${which}, as one of this`, peer(genesis, id, pen)],
        ]),
      ),
    );
  },
};

const wrongRole: OutsiderAttack = {
  name: 'wrong-role',
  group: 'leaky-follower',
  tries:
    "a client's key in a node's place, a node's key in a client's, and a member that dials whom it should not",
  holds: 'a key is listed for one role and one name, and only the lower id dials (L1)',
  by: 'outsider',
  protocols: ['tangaroa', 'raft'],
  hasMembers: true,
  act: async (outside) => {
    const { genesis, clientKey, memberKeys } = outside;
    const clientPen = penOf(clientKey);
    const ownId = clientIdOf(clientKey);
    const asNode = "a client's key in a node's place";
    const asClient = "a node's key in a client's place";
    const lowest = genesis.configuration.members.map(({ id }) => id).sort()[0] ?? ownId;
    const captured = [...memberKeys].map(([id, key]) => ({ id, key, pen: penOf(key) }));
    await knockAll(outside, [
      ...genesis.configuration.members.map(({ id }): Try => [asNode, peer(genesis, id, clientPen)]),
      [asNode, peer(genesis, ownId, clientPen)],
      [asNode, peer(genesis, ownId.slice(0, 32), clientPen)],
      ...captured.flatMap(({ id, key, pen }): readonly Try[] => [
        [asClient, client(genesis, ownId, pen)],
        [asClient, client(genesis, clientIdOf(key), pen)],
        [asClient, client(genesis, id, pen)],
        ['a member that dials a lower id', peer(genesis, id, pen)],
        ["a member's key under another member's name", peer(genesis, lowest, pen)],
      ]),
    ]);
  },
};

export const STRANGERS: readonly OutsiderAttack[] = [stranger, otherMember, wrongRole];
