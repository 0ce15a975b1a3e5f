/**
 * Arbitrary values of the model, for property tests; messages are in `arbitrary-messages.ts`. They are well formed
 * (what the codec takes), but nothing about them is true: signatures are random bytes, hashes link nothing. Who needs
 * truth signs and chains.
 */
import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { toHex } from '../src/base/bytes.ts';
import { limits } from '../src/base/limits.ts';
import { baseOf } from '../src/consensus/model/certificate.ts';
import type {
  Base,
  Certificate,
  SuspicionCertificate,
  VoteBundle,
} from '../src/consensus/model/certificate.ts';
import { DEFAULT_PARAMETERS } from '../src/consensus/model/configuration.ts';
import type { Configuration, Parameters } from '../src/consensus/model/configuration.ts';
import { ENTRY_KINDS, hashChain, hashHeader, makeEntry } from '../src/consensus/model/entry.ts';
import type { Content, Entry, Header } from '../src/consensus/model/entry.ts';
import type {
  ClientId,
  ClusterId,
  Epoch,
  Hash,
  LogIndex,
  NodeId,
  PublicKey,
  Sequence,
  Signature,
  Term,
} from '../src/consensus/model/ids.ts';
import type { Position, Rank } from '../src/consensus/model/position.ts';
import type { ClientRequest } from '../src/consensus/model/request.ts';
import { SUSPECT_REASONS } from '../src/consensus/model/statement.ts';
import type {
  AppendEntriesStatement,
  NodeStatement,
  RequestVoteStatement,
  ResponseStatement,
  Signed,
  SuspectStatement,
  TransferLeadershipStatement,
  VoteRefusalStatement,
  VoteStatement,
} from '../src/consensus/model/statement.ts';
import { portableDigest } from '../src/crypto/digest.ts';
import { CLIENT_ROLES, deriveClientId } from '../src/wire/configuration.ts';
import type { WireContext } from '../src/wire/context.ts';
import { encodeContent } from '../src/wire/payload.ts';
import { encodeCommands, makeRequest } from '../src/wire/request.ts';

/** Of which cluster the values are, and how they are hashed. */
export const context: WireContext = {
  clusterId: 'c1'.repeat(32) as ClusterId,
  digest: portableDigest,
  naming: hashChain(portableDigest),
};

/** At most so many bytes of a blob and items of a list: enough to show each layout, and quick. */
const BLOB = 40;
const LIST = 4;

export const bytes = (maxLength: number = BLOB): Arbitrary<Uint8Array> =>
  fc.uint8Array({ maxLength });
const exactly = (length: number): Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
/** `length` random bytes in hexadecimal. */
export const hex = (length: number): Arbitrary<string> => exactly(length).map(toHex);

export const hash: Arbitrary<Hash> = hex(32).map((text) => text as Hash);
export const clientId: Arbitrary<ClientId> = hex(32).map((text) => text as ClientId);
export const signature: Arbitrary<Signature> = exactly(64);
export const nodeId: Arbitrary<NodeId> = fc
  .stringMatching(/^[a-z0-9]([a-z0-9-]{0,6}[a-z0-9])?$/u)
  .map((text) => text as NodeId);

/** Small ones collide, large ones show the width. */
const number = fc.oneof(fc.nat({ max: 5 }), fc.maxSafeNat());
export const epoch: Arbitrary<Epoch> = number.map((value) => value as Epoch);
export const term: Arbitrary<Term> = fc
  .oneof(fc.nat({ max: 5 }), fc.nat({ max: limits.termMax }))
  .map((value) => value as Term);
export const index: Arbitrary<LogIndex> = number.map((value) => value as LogIndex);
const sequence: Arbitrary<Sequence> = number.map((value) => value as Sequence);
export const u64: Arbitrary<bigint> = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });

export const position: Arbitrary<Position> = fc.record({ index, hash });
export const rank: Arbitrary<Rank> = fc.record({ epoch, term, index });

const kind = <K extends string>(name: K): Arbitrary<K> => fc.constant(name);

export const appendEntriesStatement: Arbitrary<AppendEntriesStatement> = fc.record({
  kind: kind('append-entries'),
  epoch,
  term,
  previous: position,
  head: position,
  sequence,
});
export const responseStatement: Arbitrary<ResponseStatement> = fc.record({
  kind: kind('append-entries-response'),
  epoch,
  term,
  accepted: position,
  prepared: position,
});
export const suspectStatement: Arbitrary<SuspectStatement> = fc.record({
  kind: kind('suspect'),
  epoch,
  wanted: term,
  reason: fc.constantFrom(...SUSPECT_REASONS),
});
const base = { epoch, term, baseRank: rank, base: position };
export const requestVoteStatement: Arbitrary<RequestVoteStatement> = fc.record({
  kind: kind('request-vote'),
  ...base,
});
export const voteStatement: Arbitrary<VoteStatement> = fc.record({ kind: kind('vote'), ...base });
export const voteRefusalStatement: Arbitrary<VoteRefusalStatement> = fc.record({
  kind: kind('vote-refusal'),
  ...base,
});
export const transferStatement: Arbitrary<TransferLeadershipStatement> = fc.record({
  kind: kind('transfer-leadership'),
  epoch,
  term,
  wanted: term,
});

export function signed<S extends NodeStatement>(statement: Arbitrary<S>): Arbitrary<Signed<S>> {
  return fc.record({ signer: nodeId, statement, signature });
}

/** One to four signatures, signers ascending. */
export function signatures<S extends NodeStatement>(
  statement: Arbitrary<S>,
): Arbitrary<readonly Signed<S>[]> {
  return fc
    .uniqueArray(signed(statement), { minLength: 1, maxLength: LIST, selector: (s) => s.signer })
    .map((list) => list.sort((a, b) => (a.signer < b.signer ? -1 : 1)));
}

export const header: Arbitrary<Header> = fc.record({
  index,
  epoch,
  term,
  parent: hash,
  kind: fc.constantFrom(...ENTRY_KINDS),
  timestamp: number,
  payloadDigest: hash,
});
export const headers: Arbitrary<readonly Header[]> = fc.array(header, { maxLength: LIST });

export function certificate<P extends Certificate['phase']>(phase: P): Arbitrary<Certificate<P>> {
  return fc
    .record({
      headers: fc.array(header, { minLength: 1, maxLength: LIST }),
      responses: signatures(responseStatement),
    })
    .map(({ headers: list, responses }) => {
      const first = hashHeader(list[0] as Header, context.digest);
      return { phase, headers: list, hash: first, responses };
    });
}
export const anyCertificate: Arbitrary<Certificate> = fc.oneof(
  certificate('prepare'),
  certificate('commit'),
);
export const suspicion: Arbitrary<SuspicionCertificate> = fc.record({
  suspects: signatures(suspectStatement),
});
export const bundle: Arbitrary<VoteBundle> = fc.record({ votes: signatures(voteStatement) });
export const baseValue: Arbitrary<Base> = fc.oneof(
  anyCertificate.map(baseOf),
  fc.record({ rank, position, certificate: fc.constant(null) }),
);

/** A request that decodes; its signature is no signature. */
export const request: Arbitrary<ClientRequest> = fc
  .record({
    client: clientId,
    first: fc.bigInt({ min: 1n, max: (1n << 64n) - 300n }),
    acknowledged: u64,
    signature,
    commands: fc.array(bytes(), { minLength: 1, maxLength: LIST }),
  })
  .map(({ client, first, acknowledged, signature: claimed, commands }) => {
    const commandsDigest = context.digest(encodeCommands(commands));
    const count = commands.length;
    return makeRequest(
      { kind: 'client-request', client, first, count, commandsDigest, acknowledged },
      claimed,
      commands,
      context,
    );
  });

const parameters: Arbitrary<Parameters> = fc.record({
  heartbeatIntervalMs: fc.integer({ min: 1, max: 1_000 }),
  electionTimeoutMs: fc.integer({ min: 2_000, max: 60_000 }),
  requestTimeoutMs: fc.integer({ min: 2_000, max: 60_000 }),
  clockDriftMs: fc.integer({ min: 1, max: 60_000 }),
  capacityBytes: fc.integer({ min: 2 * LIST * limits.requestBytesMax, max: 2 ** 31 }),
});

/** Of one voter set or of two, with clients. */
export const configuration: Arbitrary<Configuration> = fc
  .record({
    ids: fc.uniqueArray(nodeId, { minLength: 1, maxLength: 2 * LIST }),
    joint: fc.boolean(),
    // One seed for all keys: keys are unique, which random bytes are only almost surely.
    seed: fc.nat({ max: 255 }),
    roles: fc.array(fc.constantFrom(...CLIENT_ROLES), { maxLength: LIST }),
    epoch,
    parameters: fc.oneof(parameters, fc.constant(DEFAULT_PARAMETERS)),
  })
  .map(({ ids, joint, seed, roles, epoch: ofEpoch, parameters: chosen }): Configuration => {
    ids.sort();
    const key = (which: number): PublicKey => new Uint8Array(32).fill(seed).fill(which, 0, 1);
    const clients = roles.map((role, i) => {
      const id = deriveClientId(key(100 + i), ofEpoch, portableDigest);
      return { id, name: `client-${i}`, publicKey: key(100 + i), role, listed: ofEpoch };
    });
    const members = ids.map((id, i) => ({
      id,
      publicKey: key(i),
      address: `127.0.0.1:${7000 + i}`,
    }));
    const sets = joint ? ([ids.slice(0, -1), ids.slice(-LIST)] as const) : ([ids] as const);
    const whole = joint && ids.length <= LIST ? ([ids, ids.slice(-1)] as const) : sets;
    return { epoch: ofEpoch, sets: whole, members, clients, parameters: chosen };
  });

/** What a payload can say, except `malformed`. */
export const content: Arbitrary<Exclude<Content, { kind: 'malformed' }>> = fc.oneof(
  fc.record({
    kind: kind('batch'),
    requests: fc.array(request, { minLength: 1, maxLength: LIST }),
  }),
  fc.record({ kind: kind('term'), bundle }),
  fc.record({ kind: kind('configuration'), configuration }),
);

export const entry: Arbitrary<Entry> = fc
  .record({ index, epoch, term, parent: hash, timestamp: number, content })
  .map(({ content: said, ...fields }) =>
    makeEntry({ ...fields, kind: said.kind }, encodeContent(said), said, portableDigest),
  );
export const entries: Arbitrary<readonly Entry[]> = fc.array(entry, { maxLength: 3 });
