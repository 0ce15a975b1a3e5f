/** N2, S1: what a leader signed, and who is to blame for what. Each case changes one thing. */
import { describe, expect, it } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import type { Certificate } from '../../src/consensus/model/certificate.ts';
import { baseOf } from '../../src/consensus/model/certificate.ts';
import type { Entry } from '../../src/consensus/model/entry.ts';
import { makeEntry, positionOf } from '../../src/consensus/model/entry.ts';
import type {
  ClientId,
  Epoch,
  Hash,
  LogIndex,
  NodeId,
  Term,
} from '../../src/consensus/model/ids.ts';
import type { AppendEntries, EntriesBody, PeerMessage } from '../../src/consensus/model/message.ts';
import type { AppendEntriesStatement } from '../../src/consensus/model/statement.ts';
import { portableDigest } from '../../src/crypto/digest.ts';
import { RecheckBudget } from '../../src/crypto/recheck-budget.ts';
import { withNative } from '../../src/crypto/ed25519.ts';
import { nodeCryptoEd25519 } from '../../src/node/native-crypto.ts';
import { makeRequest } from '../../src/wire/request.ts';
import {
  appendStatement,
  batchOf,
  bundleOf,
  certificateOf,
  chainOf,
  entryOn,
  makeTestCluster,
  requestOf,
  responseOf,
  termEntryOn,
} from '../fixtures-crypto.ts';

const cluster = makeTestCluster(4);
const leader = cluster.nodes[0]!;
const server = cluster.nodes[3]!;
const chain = chainOf(cluster, 4);
const commit = certificateOf(cluster, 'commit', chain.slice(1, 3));

function append(
  entries: readonly Entry[],
  overrides: Partial<AppendEntriesStatement> = {},
  beside: Partial<AppendEntries> = {},
): AppendEntries {
  const signed = appendStatement(cluster, leader, entries, overrides);
  return { kind: 'append-entries', signed, entries, commit: null, ...beside };
}

function verify(message: PeerMessage): { readonly type: string; readonly reason?: string } {
  return cluster.makeVerifier().peerMessage(message);
}

const accusation = (reason: RegExp): object => ({
  type: 'accused',
  culprit: leader,
  epoch: 0,
  term: 1,
  reason: expect.stringMatching(reason),
});

/** Content that a leader should not have signed, on top of `chain`, by what is wrong with it. */
const last = chain.at(-1)!;
const request = requestOf(cluster, { first: 9n, acknowledged: 8n });
const forged = makeRequest(
  request.statement,
  new Uint8Array(64),
  request.commands,
  cluster.context,
);
const malformed = makeEntry(
  { ...entryOn(last, batchOf(request)).header },
  utf8('rubbish'),
  { kind: 'malformed', reason: 'ends early' },
  portableDigest,
);
const bundle = bundleOf(cluster, 1, { ...baseOf(commit), position: positionOf(last) });
const bad: readonly (readonly [string, Entry, RegExp])[] = [
  ['a malformed payload', malformed, /malformed: ends early/u],
  [
    'a request with a bad signature',
    entryOn(last, batchOf(request, forged)),
    /bad client-request/u,
  ],
  [
    'a request signed by another client',
    entryOn(last, batchOf(requestOf(cluster, { secretKey: cluster.clients[1]!.secretKey }))),
    /bad client-request/u,
  ],
  [
    'a request of an unknown client',
    entryOn(last, batchOf(requestOf(cluster, { client: 'ee'.repeat(32) as ClientId }))),
    /not in the configuration/u,
  ],
  [
    'C2: a request beyond the window of its session',
    entryOn(
      last,
      batchOf(requestOf(cluster, { first: 257n, acknowledged: 0n }, [utf8('a'), utf8('b')])),
    ),
    /beyond the window/u,
  ],
  [
    "N1: a timestamp below its parent's",
    entryOn(last, batchOf(request), { timestamp: last.header.timestamp - 1 }),
    /timestamp/u,
  ],
  ['a term that begins twice', entryOn(last, { kind: 'term', bundle }), /has begun/u],
];

describe('N2: AppendEntries', () => {
  it('with entries, as a heartbeat, with a commit certificate: verified', () => {
    expect(verify(append(chain)).type).toBe('verified');
    expect(verify(append(chain.slice(2))).type).toBe('verified');
    expect(verify(append(chain, {}, { commit })).type).toBe('verified');
    expect(verify(append(chain, { previous: positionOf(last) }, { entries: [] })).type).toBe(
      'verified',
    );
  });

  it('may be signed by any voter: who leads the term is the core`s to say', () => {
    const signed = appendStatement(cluster, cluster.nodes[2]!, chain);
    expect(verify({ ...append(chain), signed }).type).toBe('verified');
  });

  it('is signed, by a voter', () => {
    const message = append(chain);
    const signature = message.signed.signature.toReversed();
    expect(verify({ ...message, signed: { ...message.signed, signature } })).toMatchObject({
      type: 'invalid',
      reason: expect.stringMatching(/bad append-entries signature/u),
    });
    const signed = appendStatement(cluster, 'n99' as NodeId, chain);
    expect(verify({ ...message, signed })).toMatchObject({ type: 'unknown' });
  });

  it('of another epoch is not judged', () => {
    expect(verify(append(chain, { epoch: 1 as Epoch }))).toEqual({ type: 'other-epoch', epoch: 1 });
  });

  it.each([
    ['the last entry missing', append(chain, {}, { entries: chain.slice(0, -1) })],
    ['the first entry missing', append(chain, {}, { entries: chain.slice(1) })],
    ['no entries below a new head', append(chain, {}, { entries: [] })],
    ['an entry missing between', append(chain, {}, { entries: chain.toSpliced(2, 1) })],
    ['an entry twice', append(chain, {}, { entries: chain.toSpliced(2, 0, chain[2]!) })],
    [
      'another head',
      append(chain, { head: { ...positionOf(last), hash: 'ab'.repeat(32) as Hash } }),
    ],
    [
      'another previous position',
      append(chain, { previous: { index: 1 as LogIndex, hash: 'ab'.repeat(32) as Hash } }),
    ],
    [
      'a heartbeat of two positions',
      append(
        chain,
        { previous: { ...positionOf(last), hash: 'ab'.repeat(32) as Hash } },
        { entries: [] },
      ),
    ],
    [
      'a head below the previous position',
      append(chain, { previous: { ...positionOf(last), index: 9 as LogIndex } }),
    ],
  ] as const)('%s: the sender lies, nobody else is accused', (_, message) => {
    expect(verify(message)).toMatchObject({
      type: 'invalid',
      reason: expect.stringMatching(/do not lead/u),
    });
  });

  it('beside an invalid commit certificate: the sender lies', () => {
    const forgedCommit: Certificate<'commit'> = { ...commit, responses: commit.responses.slice(1) };
    expect(verify(append(chain, {}, { commit: forgedCommit }))).toMatchObject({
      type: 'invalid',
      reason: 'no quorum',
    });
  });

  it.each(bad)('S1: %s is the doing of the leader who signed it', (_, entry, reason) => {
    expect(verify(append([...chain, entry]))).toEqual(accusation(reason));
  });

  it.each(bad)('S1: %s accuses nobody without the signature', (_, entry) => {
    const message = append([...chain, entry]);
    const signed = { ...message.signed, signature: new Uint8Array(64) };
    expect(verify({ ...message, signed })).toMatchObject({ type: 'invalid' });
  });

  it("S1: an entry of another term or epoch than the statement's", () => {
    expect(verify(append(chain, { term: 2 as Term }))).toEqual({
      ...accusation(/not of the statement's epoch and term/u),
      term: 2,
    });
    const odd = entryOn(last, batchOf(request), { epoch: 1 });
    expect(verify(append([...chain, odd]))).toEqual(accusation(/epoch and term/u));
  });

  it('a configuration entry is left to the core, which knows what justifies it (G3)', () => {
    const { configuration } = cluster;
    const entry = entryOn(last, { kind: 'configuration', configuration });
    expect(verify(append([...chain, entry])).type).toBe('verified');
  });
});

describe('E4: a term entry', () => {
  const on = (entry: Entry): object => verify(append([entry]));
  const { genesis } = cluster;

  it('holds the bundle of its own term', () => {
    const other = entryOn(genesis, { kind: 'term', bundle: bundleOf(cluster, 2) }, { term: 1 });
    expect(on(other)).toEqual(accusation(/votes of another term/u));
  });

  it('stands right above the base of its bundle', () => {
    const entry = termEntryOn(cluster, genesis, 1);
    const parent = 'ab'.repeat(32) as Hash;
    const elsewhere = entryOn(genesis, entry.content as never, { term: 1, parent });
    expect(on(elsewhere)).toEqual(accusation(/does not stand on the base/u));
    const higher = entryOn(genesis, entry.content as never, { term: 1, index: 3 });
    expect(on(higher)).toEqual(accusation(/does not stand on the base/u));
  });

  it('holds a valid bundle', () => {
    const { votes } = bundleOf(cluster, 1);
    const with_ = (kept: typeof votes): Entry =>
      entryOn(genesis, { kind: 'term', bundle: { votes: kept } }, { term: 1 });
    expect(on(with_(votes))).toMatchObject({ type: 'verified' });
    expect(on(with_(votes.slice(1)))).toEqual(accusation(/no quorum/u));
    expect(on(with_([]))).toEqual(accusation(/without votes/u));
    const unsigned = votes.map((vote) => ({ ...vote, signature: new Uint8Array(64) }));
    expect(on(with_(unsigned))).toEqual(accusation(/bad vote signature/u));
  });
});

describe('N2, D3: Entries', () => {
  const body: EntriesBody = {
    entries: chain.slice(1, 3),
    headers: chain.slice(3).map(({ header }) => header),
    leader: appendStatement(cluster, leader, chain),
    commit: null,
  };
  const entries = (change: Partial<EntriesBody>): object =>
    verify(cluster.signer(server).signBody({ kind: 'entries', body: { ...body, ...change } }));
  const all = (tail: Entry): Partial<EntriesBody> => ({
    entries: [...chain, tail],
    headers: [],
    leader: appendStatement(cluster, leader, [...chain, tail]),
  });

  it('with headers up to the leader`s head, without, and up to a commit certificate: verified', () => {
    expect(entries({})).toMatchObject({ type: 'verified' });
    expect(entries({ entries: chain, headers: [] })).toMatchObject({ type: 'verified' });
    expect(entries({ leader: null })).toMatchObject({ type: 'verified' });
    const headers = body.headers.slice(0, 1);
    const atHeader = certificateOf(cluster, 'commit', chain.slice(3));
    expect(entries({ headers, leader: null, commit: atHeader })).toMatchObject({
      type: 'verified',
    });
  });

  it('are a chain: entries, then headers', () => {
    for (const change of [
      { entries: [], headers: [] },
      { entries: chain.slice(0, 2) },
      { entries: chain.toSpliced(1, 1) },
      { headers: body.headers.slice(1) },
      { headers: body.headers.map((header) => ({ ...header, parent: 'ab'.repeat(32) as Hash })) },
    ])
      expect(entries(change)).toMatchObject({
        type: 'invalid',
        reason: expect.stringMatching(/chain|without/u),
      });
  });

  it('carry a signed leader statement of this epoch', () => {
    const signed = body.leader!;
    const unsigned = { ...signed, signature: new Uint8Array(64) };
    expect(entries({ leader: unsigned })).toMatchObject({ type: 'invalid' });
    const stranger = appendStatement(cluster, 'n99' as NodeId, chain);
    expect(entries({ leader: stranger })).toMatchObject({ type: 'unknown' });
    const later = appendStatement(cluster, leader, chain, { epoch: 1 as Epoch });
    expect(entries({ leader: later })).toMatchObject({ type: 'other-epoch' });
  });

  it('carry a valid commit certificate', () => {
    const short = { ...commit, responses: commit.responses.slice(1) };
    expect(entries({ commit: short })).toMatchObject({ type: 'invalid', reason: 'no quorum' });
  });

  it.each(bad)(
    'S1: %s under the leader`s head accuses the leader, not the server',
    (_, entry, reason) => {
      expect(entries(all(entry))).toEqual(accusation(reason));
    },
  );

  it.each(bad)('%s that no leader signed is the server`s doing', (_, entry, reason) => {
    const blame = { type: 'invalid', reason: expect.stringMatching(reason) };
    expect(entries({ ...all(entry), leader: null })).toEqual(blame);
    // A statement that does not reach the chain's end proves nothing about it.
    expect(entries({ ...all(entry), leader: body.leader })).toEqual(blame);
  });

  it('that a commit certificate proves are not judged again: a quorum did', () => {
    const tail = entryOn(last, batchOf(forged));
    const committed = certificateOf(cluster, 'commit', [tail]);
    expect(entries({ ...all(tail), commit: committed })).toMatchObject({ type: 'verified' });
    const above = entryOn(tail, batchOf(forged));
    const further = { entries: [...chain, tail, above], headers: [] };
    expect(entries({ ...further, leader: null, commit: committed })).toMatchObject({
      type: 'invalid',
    });
    // A certificate of another chain proves nothing here.
    const elsewhere = certificateOf(cluster, 'commit', [entryOn(last, batchOf(request))]);
    expect(entries({ ...all(tail), leader: null, commit: elsewhere })).toMatchObject({
      type: 'invalid',
    });
  });

  it('begin each term with its term entry; terms do not fall, none is above the leader`s', () => {
    const base = baseOf(certificateOf(cluster, 'prepare', [last]));
    const second = termEntryOn(cluster, last, 2, base);
    const two = [...chain, second];
    const led = (list: readonly Entry[], term: number): Partial<EntriesBody> => ({
      entries: list,
      headers: [],
      leader: appendStatement(cluster, leader, list, { term: term as Term }),
    });
    expect(entries(led(two, 2))).toMatchObject({ type: 'verified' });
    expect(entries(led(two, 1))).toEqual(accusation(/later term than its leader/u));
    const unproven = entryOn(last, batchOf(request), { term: 2 });
    expect(entries(led([...chain, unproven], 2))).toEqual({
      ...accusation(/proves no election/u),
      term: 2,
    });
    const fallen = entryOn(second, batchOf(request), { term: 1 });
    expect(entries(led([...two, fallen], 2))).toEqual({ ...accusation(/term of entry/u), term: 2 });
  });

  it('of an earlier epoch are taken up to the genesis of this one, and not above', () => {
    const later = makeTestCluster(4, { epoch: 1, genesis: { index: 9, term: 5 } });
    const first = termEntryOn(later, later.genesis, 6);
    const send = (list: readonly Entry[]): string =>
      later.makeVerifier().peerMessage(
        later.signer(server).signBody({
          kind: 'entries',
          body: { entries: list, headers: [], leader: null, commit: null },
        }),
      ).type;
    expect(send([later.genesis, first])).toBe('verified');
    expect(send([later.genesis, first, entryOn(first, batchOf(request), { epoch: 0 })])).toBe(
      'invalid',
    );
    expect(send([later.genesis, first, entryOn(first, batchOf(request), { epoch: 2 })])).toBe(
      'other-epoch',
    );
  });
});

it('L3: a spent budget closes the connection and accuses nobody of what was not judged', () => {
  // A native library that refuses clients' signatures and nothing else.
  const native = nodeCryptoEd25519();
  let refused: Uint8Array | null = null;
  const ed25519 = withNative({
    ...native,
    verify: (signature, message, key) =>
      signature !== refused && native.verify(signature, message, key),
  });
  const real = makeTestCluster(4, { ed25519 });
  const entries = chainOf(real, 1);
  const content = entries[1]!.content;
  refused = content.kind === 'batch' ? content.requests[0]!.signature : null;
  const message: AppendEntries = {
    kind: 'append-entries',
    signed: appendStatement(real, real.nodes[0]!, entries),
    entries,
    commit: null,
  };
  const spent = new RecheckBudget(0);
  expect(real.makeVerifier().peerMessage(message, spent).type).toBe('invalid');
  expect(spent.overdrawn).toBe(true);
  expect(real.makeVerifier().peerMessage(message, new RecheckBudget(1)).type).toBe('verified');
  expect(real.makeVerifier().peerMessage(message).type).toBe('verified');
});

it('a Response names positions of its own term and is judged by its signature alone', () => {
  const signed = responseOf(cluster, server, 1, positionOf(last));
  const message = { kind: 'append-entries-response', signed } as const;
  expect(verify(message).type).toBe('verified');
  expect(verify({ ...message, signed: { ...signed, signer: leader } }).type).toBe('invalid');
  const other = responseOf(cluster, server, 1, positionOf(last), undefined, 1);
  expect(verify({ ...message, signed: other }).type).toBe('other-epoch');
});
