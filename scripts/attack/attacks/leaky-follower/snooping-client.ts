/** Stolen client keys: a proven link, and over it what only peers may say, and what the role does not allow. */
import { randomBytes } from 'node:crypto';
import { toHex, utf8 } from '../../../../src/base/bytes.ts';
import { TangaroaError } from '../../../../src/client/errors.ts';
import type { ClientId, Epoch } from '../../../../src/consensus/model/ids.ts';
import { STATEMENT_CODE } from '../../../../src/consensus/model/statement.ts';
import { makeClientSigner } from '../../../../src/crypto/sign.ts';
import { encodeCommand } from '../../../../src/machine/command.ts';
import { encodeQuery } from '../../../../src/machine/query.ts';
import { openClient } from '../../../../src/node/client-transport.ts';
import { nativeDigest, nodeEd25519 } from '../../../../src/node/native-crypto.ts';
import { encodeClientMessage } from '../../../../src/wire/client.ts';
import { deriveClientId } from '../../../../src/wire/configuration.ts';
import { encodeCommands, makeRequest } from '../../../../src/wire/request.ts';
import { READ_NONCE_BYTES } from '../../../../src/wire/statement.ts';
import type { Outside, OutsiderAttack } from '../../attack.ts';
import { keyOf } from '../../load/ledger.ts';
import { again, honestTargets } from '../../rogue/link-knock.ts';
import type { Target } from '../../rogue/link-knock.ts';
import { introduce, penOf } from '../../rogue/link-proof.ts';
import { RawLink } from '../../rogue/link.ts';
import { peerFrames } from './peer-frames.ts';

const SPEAK_EVERY_MS = 100;
const WRITE_EVERY_MS = 250;
/** How long an answer is waited for, and the end of the link behind it. */
const ANSWER_MS = 1_500;
const CLOSE_MS = 200;

const EPOCH = 0 as Epoch;

/** What a client may be told: of itself, and nothing that peers say. */
const CLIENTS_FRAMES: ReadonlySet<number | undefined> = new Set([
  STATEMENT_CODE.handshake,
  STATEMENT_CODE['client-reply'],
  STATEMENT_CODE['read-reply'],
  STATEMENT_CODE.refusal,
]);

/** One thing that a client has no right to say. */
interface Speech {
  readonly what: string;
  readonly frame: Uint8Array;
}

function clientIdOf(secretKey: Uint8Array): ClientId {
  return deriveClientId(nodeEd25519().publicKey(secretKey), EPOCH, nativeDigest);
}

/** A write, and a read, in another client's name under one's own key. */
function inAnothersName({ genesis, clientKey }: Outside): readonly Speech[] {
  const self = clientIdOf(clientKey);
  const other = genesis.configuration.clients.find(
    ({ id, role }) => id !== self && role === 'writer',
  );
  if (other === undefined) throw new Error('no other client writes');
  const { clusterId } = genesis;
  const context = { clusterId, digest: nativeDigest };
  const sign = makeClientSigner(
    { self: other.id, secretKey: clientKey, clusterId },
    { ed25519: nodeEd25519() },
  );
  // A record that the audit would find, and that nobody of the load ever writes.
  const key = utf8(keyOf(other.name, 999_999_999));
  const commands = [encodeCommand({ type: 'put', key, value: utf8('nobody wrote this') })];
  const write = {
    kind: 'client-request',
    client: other.id,
    first: 1n,
    count: 1,
    commandsDigest: nativeDigest(encodeCommands(commands)),
    acknowledged: 0n,
  } as const;
  const request = makeRequest(write, sign(write), commands, context);
  const query = encodeQuery({ type: 'session' });
  const nonce = toHex(new Uint8Array(randomBytes(READ_NONCE_BYTES)));
  const read = { kind: 'read', client: other.id, nonce, queryDigest: nativeDigest(query) } as const;
  return [
    {
      what: "a write in another client's name",
      frame: encodeClientMessage({ kind: 'client-request', request }),
    },
    {
      what: "a read of another client's session",
      frame: encodeClientMessage({ kind: 'read', statement: read, signature: sign(read), query }),
    },
  ];
}

function speechesOf(outside: Outside): readonly Speech[] {
  const [node] = outside.addresses.keys();
  if (node === undefined) return [];
  const peers = peerFrames(outside, node, outside.clientKey);
  return [
    ...peers.map(({ kind, frame }) => ({ what: `${kind} of a peer`, frame })),
    ...inAnothersName(outside),
  ];
}

/** The kinds of frames that come, up to a refusal; L2: a link that carried what it must not may end without one. */
async function heardOn(link: RawLink): Promise<ReadonlySet<number | undefined>> {
  const kinds = new Set<number | undefined>();
  while (!kinds.has(STATEMENT_CODE.refusal)) {
    const frame = await link.next(ANSWER_MS);
    if (frame === null) break;
    kinds.add(frame[1]);
  }
  return kinds;
}

/** On a proven link of its own; what comes back is told, and whether the node went on talking to it. */
async function speak(outside: Outside, target: Target, { what, frame }: Speech): Promise<void> {
  const { genesis, clientKey } = outside;
  const link = await RawLink.dial(target.address);
  if (link === null) return outside.did(`${what}: not let in`);
  try {
    const id = clientIdOf(clientKey);
    const pen = penOf(clientKey);
    const claim = { clusterId: genesis.clusterId, role: 'client', id, epoch: EPOCH, pen } as const;
    const { type } = await introduce(link, claim);
    if (type !== 'welcomed') return outside.did(`${what}: the link was ${type}`);
    link.send(frame);
    const kinds = await heardOn(link);
    const ended = await link.end(CLOSE_MS);
    for (const kind of kinds)
      if (!CLIENTS_FRAMES.has(kind))
        outside.broke(`${target.node} answered ${what} over a client's link with kind ${kind}`);
    if (kinds.has(STATEMENT_CODE['read-reply']) || kinds.has(STATEMENT_CODE['client-reply']))
      outside.broke(`${target.node} served ${what}`);
    outside.did(`${what}: ${ended === null ? 'refused' : `refused, closed: ${ended.code}`}`);
  } finally {
    await link.close();
  }
}

/** C1: a reader's write is ordered like any other, and changes nothing. */
async function writeAsReader({ genesis, readerKey, stop, did, broke }: Outside): Promise<void> {
  await using reader = openClient({ genesis, secretKey: readerKey, timeoutMs: 10_000 });
  let number = 0;
  await again(stop, WRITE_EVERY_MS, async () => {
    try {
      await reader.put(keyOf('reader', number++), utf8('a reader wrote this'));
      broke('a write of a reader was acknowledged');
    } catch (error) {
      if (stop.aborted) return;
      did(`a reader's write: ${error instanceof TangaroaError ? error.code : String(error)}`);
    }
  });
}

export const SNOOPING: readonly OutsiderAttack[] = [
  {
    name: 'snooping-client',
    group: 'leaky-follower',
    tries:
      "stolen keys of a writer and of a reader: peers' messages over a client's link, other clients' names, a reader's writes",
    holds:
      "what a link may carry is what its proven role may say, a request is its own client's, and a role permits or not at every node alike (L1, L2, C1)",
    by: 'outsider',
    protocols: ['tangaroa', 'raft'],
    hasMembers: false,
    act: async (outside) => {
      const speeches = speechesOf(outside);
      const targets = honestTargets(outside);
      let at = 0;
      const speaks = again(outside.stop, SPEAK_EVERY_MS, async () => {
        const speech = speeches[at % speeches.length];
        const target = targets[Math.floor(at / speeches.length) % targets.length];
        at++;
        if (speech !== undefined && target !== undefined) await speak(outside, target, speech);
      });
      await Promise.all([speaks, writeAsReader(outside)]);
    },
  },
];
