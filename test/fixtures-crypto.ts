/**
 * True values of the model: keys, a configuration with its genesis, signers for every node, and builders of entries,
 * certificates and bundles that verify. What is false is made from them by changing one thing.
 */
import { assert } from '../src/base/assert.ts';
import { fromHex, utf8 } from '../src/base/bytes.ts';
import type {
  Base,
  Certificate,
  SuspicionCertificate,
  VoteBundle,
} from '../src/consensus/model/certificate.ts';
import type { Configuration, VoterSets } from '../src/consensus/model/configuration.ts';
import { DEFAULT_PARAMETERS } from '../src/consensus/model/configuration.ts';
import type { Content, Entry, Header } from '../src/consensus/model/entry.ts';
import { hashChain, makeEntry, positionOf } from '../src/consensus/model/entry.ts';
import type {
  ClusterId,
  Epoch,
  Hash,
  LogIndex,
  NodeId,
  Sequence,
  Term,
} from '../src/consensus/model/ids.ts';
import { ZERO_HASH } from '../src/consensus/model/ids.ts';
import type { Position } from '../src/consensus/model/position.ts';
import { NONE } from '../src/consensus/model/position.ts';
import { quorumSize } from '../src/consensus/model/quorum.ts';
import type { ClientRequest, RequestStatement } from '../src/consensus/model/request.ts';
import type {
  AppendEntriesStatement,
  ResponseStatement,
  Signed,
  VoteStatement,
} from '../src/consensus/model/statement.ts';
import { portableDigest } from '../src/crypto/digest.ts';
import type { Ed25519 } from '../src/crypto/ed25519.ts';
import { Keyring } from '../src/crypto/keyring.ts';
import type { Signer } from '../src/crypto/sign.ts';
import { makeClientSigner, makeSigner } from '../src/crypto/sign.ts';
import { makeVerifier } from '../src/crypto/verify.ts';
import type { Verifier } from '../src/crypto/verify.ts';
import { encodeBody } from '../src/wire/body.ts';
import { encodeResults } from '../src/wire/client.ts';
import { deriveClientId } from '../src/wire/configuration.ts';
import { encodeContent } from '../src/wire/payload.ts';
import { encodeCommands, makeRequest } from '../src/wire/request.ts';
import { fakeEd25519 } from './fake-ed25519.ts';

export { fakeEd25519 };

/** A secret key that everybody can guess: `seed` spread over 32 bytes. */
export function testSecretKey(seed: number): Uint8Array {
  const key = new Uint8Array(32).fill(7);
  new DataView(key.buffer).setUint32(0, seed);
  return key;
}

/** What must be there, from the end where `i` is negative. */
export function item<T>(list: readonly T[], i: number): T {
  const value = list.at(i);
  assert(value !== undefined, `no item ${i} in a list of ${list.length}`);
  return value;
}

export function hex(text: string): Uint8Array {
  const bytes = fromHex(text);
  assert(bytes !== null, `not hexadecimal: ${text}`);
  return bytes;
}

export function nodeName(i: number): NodeId {
  return `n${String(i).padStart(2, '0')}` as NodeId;
}

export interface TestClusterOptions {
  readonly ed25519?: Ed25519;
  readonly epoch?: number;
  /** The genesis of the epoch: its entry's index and term. */
  readonly genesis?: { readonly index: number; readonly term: number };
  /** Two voter sets: numbers of nodes. One set of all of them without it. */
  readonly sets?: readonly [readonly number[], readonly number[]];
}

export type TestCluster = ReturnType<typeof makeTestCluster>;

/** `size` nodes n00, n01 …, two clients, a genesis entry, and everything that signs and verifies for them. */
export function makeTestCluster(size = 4, options: TestClusterOptions = {}) {
  const ed25519 = options.ed25519 ?? fakeEd25519;
  const clusterId = 'c1'.repeat(32) as ClusterId;
  const context = { clusterId, digest: portableDigest, naming: hashChain(portableDigest) };
  const epoch = (options.epoch ?? 0) as Epoch;
  const nodes = Array.from({ length: size }, (_, i) => nodeName(i));
  const secretKeys = new Map(nodes.map((id, i) => [id, testSecretKey(i)]));
  const clients = ['alice', 'bob'].map((name, i) => {
    const secretKey = testSecretKey(1_000 + i);
    const publicKey = ed25519.publicKey(secretKey);
    const id = deriveClientId(publicKey, epoch, portableDigest);
    return { id, name, publicKey, secretKey };
  });
  const sets: VoterSets =
    options.sets === undefined
      ? [nodes]
      : [options.sets[0].map(nodeName), options.sets[1].map(nodeName)];
  const configuration: Configuration = {
    epoch,
    sets,
    members: nodes.map((id, i) => ({
      id,
      publicKey: ed25519.publicKey(testSecretKey(i)),
      address: `127.0.0.1:${7000 + i}`,
    })),
    clients: clients
      .map(({ id, name, publicKey }) => ({
        id,
        name,
        publicKey,
        role: 'writer' as const,
        listed: epoch,
      }))
      .sort((a, b) => (a.id < b.id ? -1 : 1)),
    parameters: DEFAULT_PARAMETERS,
  };
  const genesis = makeEntry(
    {
      index: (options.genesis?.index ?? 1) as LogIndex,
      epoch: Math.max(0, epoch - 1) as Epoch,
      term: (options.genesis?.term ?? 0) as Term,
      parent: ZERO_HASH,
      kind: 'configuration',
      timestamp: 1_000,
    },
    utf8('genesis'),
    { kind: 'configuration', configuration },
    portableDigest,
  );
  const keyring = new Keyring({ configuration, genesis });
  const verifierOf = (): Verifier =>
    makeVerifier(
      { keyring, clusterId, digest: portableDigest },
      { ed25519, encodeBody, encodeResults },
    );
  const signer = (id: NodeId, secretKey?: Uint8Array): Signer =>
    makeSigner(
      {
        self: id,
        secretKey: secretKey ?? secretKeys.get(id) ?? testSecretKey(9_999),
        clusterId,
        digest: portableDigest,
      },
      { ed25519, encodeBody },
    );
  const signers = new Map(nodes.map((id) => [id, signer(id)]));
  return {
    ed25519,
    context,
    clusterId,
    epoch,
    nodes,
    clients,
    secretKeys,
    configuration,
    genesis,
    keyring,
    firstTerm: keyring.firstTerm,
    quorum: nodes.slice(0, quorumSize(size)),
    verifier: verifierOf(),
    makeVerifier: verifierOf,
    signer: (id: NodeId): Signer => signers.get(id) ?? signer(id),
  };
}

export interface EntryFields {
  readonly term?: number;
  readonly epoch?: number;
  readonly timestamp?: number;
  readonly index?: number;
  readonly parent?: Hash;
}

/** An entry on top of `parent`, of its epoch and term unless said otherwise. */
export function entryOn(
  parent: { readonly header: Header; readonly hash: Hash },
  content: Exclude<Content, { kind: 'malformed' }>,
  fields: EntryFields = {},
): Entry {
  const { header } = parent;
  return makeEntry(
    {
      index: (fields.index ?? header.index + 1) as LogIndex,
      epoch: (fields.epoch ?? header.epoch) as Epoch,
      term: (fields.term ?? header.term) as Term,
      parent: fields.parent ?? parent.hash,
      kind: content.kind,
      timestamp: fields.timestamp ?? header.timestamp + 1,
    },
    encodeContent(content),
    content,
    portableDigest,
  );
}

/** A signed request of one of the cluster's clients. */
export function requestOf(
  cluster: TestCluster,
  overrides: Partial<RequestStatement> & {
    readonly from?: number;
    readonly secretKey?: Uint8Array;
  } = {},
  commands: readonly Uint8Array[] = [utf8('put')],
): ClientRequest {
  const { from = 0, secretKey, ...fields } = overrides;
  const client = item(cluster.clients, from);
  const statement: RequestStatement = {
    kind: 'client-request',
    client: client.id,
    first: 1n,
    count: commands.length,
    commandsDigest: portableDigest(encodeCommands(commands)),
    acknowledged: 0n,
    ...fields,
  };
  const sign = makeClientSigner(
    {
      self: statement.client,
      secretKey: secretKey ?? client.secretKey,
      clusterId: cluster.clusterId,
    },
    cluster,
  );
  return makeRequest(statement, sign(statement), commands, cluster.context);
}

export function batchOf(
  ...requests: readonly ClientRequest[]
): Extract<Content, { kind: 'batch' }> {
  return { kind: 'batch', requests };
}

/** The first term of the epoch opened on its genesis, then `count` batches: a chain, the genesis not in it. */
export function chainOf(cluster: TestCluster, count: number, term?: number): readonly Entry[] {
  const entries = [termEntryOn(cluster, cluster.genesis, term ?? cluster.firstTerm)];
  for (let i = 0; i < count; i++) {
    const request = requestOf(cluster, { first: BigInt(i + 1), acknowledged: BigInt(i) });
    entries.push(entryOn(item(entries, -1), batchOf(request)));
  }
  return entries;
}

/** E4's entry: the bundle of `term` on `parent`, which is the genesis of the epoch or what `base` proves. */
export function termEntryOn(
  cluster: TestCluster,
  parent: Entry,
  term: number,
  base: Base = cluster.keyring.genesis,
): Entry {
  return entryOn(
    parent,
    { kind: 'term', bundle: bundleOf(cluster, term, base) },
    { term, epoch: cluster.epoch },
  );
}

export function responseOf(
  cluster: TestCluster,
  voter: NodeId,
  term: number,
  accepted: Position,
  prepared: Position = NONE,
  epoch: number = cluster.epoch,
): Signed<ResponseStatement> {
  return cluster.signer(voter).sign({
    kind: 'append-entries-response',
    epoch: epoch as Epoch,
    term: term as Term,
    accepted,
    prepared,
  });
}

/** N5: that `chain[0]` is prepared or committed; voter i counts `chain[reach[i]]`, a quorum counts its end without. */
export function certificateOf<Phase extends 'prepare' | 'commit'>(
  cluster: TestCluster,
  phase: Phase,
  chain: readonly Entry[],
  reach: readonly number[] = cluster.quorum.map(() => chain.length - 1),
): Certificate<Phase> {
  const first = item(chain, 0);
  const responses = reach.map((at, i) => {
    const position = positionOf(item(chain, at));
    return responseOf(
      cluster,
      item(cluster.nodes, i),
      first.header.term,
      position,
      phase === 'commit' ? position : NONE,
    );
  });
  return { phase, headers: chain.map(({ header }) => header), hash: first.hash, responses };
}

export function voteOf(
  cluster: TestCluster,
  voter: NodeId,
  term: number,
  { rank, position }: Base,
): Signed<VoteStatement> {
  return cluster.signer(voter).sign({
    kind: 'vote',
    epoch: cluster.epoch,
    term: term as Term,
    baseRank: rank,
    base: position,
  });
}

export function bundleOf(
  cluster: TestCluster,
  term: number,
  base: Base = cluster.keyring.genesis,
  voters: readonly NodeId[] = cluster.quorum,
): VoteBundle {
  return { votes: voters.map((voter) => voteOf(cluster, voter, term, base)) };
}

export function suspicionOf(
  cluster: TestCluster,
  wanted: number,
  voters: readonly NodeId[] = cluster.quorum,
): SuspicionCertificate {
  return {
    suspects: voters.map((voter) =>
      cluster.signer(voter).sign({
        kind: 'suspect',
        epoch: cluster.epoch,
        wanted: wanted as Term,
        reason: 'silent',
      }),
    ),
  };
}

/** The leader's statement over a chain: from the parent of its first entry to its last. */
export function appendStatement(
  cluster: TestCluster,
  leader: NodeId,
  entries: readonly Entry[],
  overrides: Partial<AppendEntriesStatement> = {},
): Signed<AppendEntriesStatement> {
  const first = item(entries, 0);
  const last = item(entries, -1);
  return cluster.signer(leader).sign({
    kind: 'append-entries',
    epoch: cluster.epoch,
    term: last.header.term,
    previous: { index: (first.header.index - 1) as LogIndex, hash: first.header.parent },
    head: positionOf(last),
    sequence: 1 as Sequence,
    ...overrides,
  });
}
