/** N2, S1: what a leader signed, and who is to blame for what. Each case changes one thing. */
import { describe, expect, it } from 'vitest';
import type { Certificate } from '../../src/consensus/model/certificate.ts';
import type { Entry } from '../../src/consensus/model/entry.ts';
import { positionOf } from '../../src/consensus/model/entry.ts';
import type { Epoch, Hash, LogIndex, NodeId, Term } from '../../src/consensus/model/ids.ts';
import type { AppendEntries } from '../../src/consensus/model/message.ts';
import { RecheckBudget } from '../../src/crypto/recheck-budget.ts';
import { withNative } from '../../src/crypto/ed25519.ts';
import { nodeCryptoEd25519 } from '../../src/node/native-crypto.ts';
import {
  appendStatement,
  batchOf,
  bundleOf,
  chainOf,
  entryOn,
  makeTestCluster,
  responseOf,
  termEntryOn,
  item,
} from '../fixtures-crypto.ts';
import {
  cluster,
  leader,
  server,
  chain,
  commit,
  append,
  verify,
  matching,
  accusation,
  last,
  request,
  bad,
} from './bad-entries.ts';

describe('N2: AppendEntries', () => {
  it('with entries, as a heartbeat, with a commit certificate: verified', () => {
    expect(verify(append(chain)).type).toBe('verified');
    expect(verify(append(chain.slice(2))).type).toBe('verified');
    expect(verify(append(chain, {}, { commit })).type).toBe('verified');
    expect(verify(append(chain, { previous: positionOf(last) }, { entries: [] })).type).toBe(
      'verified',
    );
  });

  it('N1: two entries of one timestamp are in order', () => {
    const { timestamp } = last.header;
    const same = entryOn(last, batchOf(request), { timestamp });
    expect(verify(append([...chain, same])).type).toBe('verified');
  });

  it('may be signed by any voter: who leads the term is the core`s to say', () => {
    const signed = appendStatement(cluster, item(cluster.nodes, 2), chain);
    expect(verify({ ...append(chain), signed }).type).toBe('verified');
  });

  it('is signed, by a voter', () => {
    const message = append(chain);
    const signature = message.signed.signature.toReversed();
    expect(verify({ ...message, signed: { ...message.signed, signature } })).toMatchObject({
      type: 'invalid',
      reason: matching(/bad append-entries signature/u),
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
    ['an entry twice', append(chain, {}, { entries: chain.toSpliced(2, 0, item(chain, 2)) })],
    [
      'another head',
      append(chain, { head: { ...positionOf(last), hash: 'ab'.repeat(32) as Hash } }),
    ],
    [
      'a head of another index',
      append(chain, { head: { ...positionOf(last), index: (last.header.index + 1) as LogIndex } }),
    ],
    [
      'a heartbeat of two indexes',
      append(chain, { previous: { ...positionOf(last), index: 1 as LogIndex } }, { entries: [] }),
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
      reason: matching(/do not lead/u),
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
  const content = item(entries, 1).content;
  refused = content.kind === 'batch' ? item(content.requests, 0).signature : null;
  const message: AppendEntries = {
    kind: 'append-entries',
    signed: appendStatement(real, item(real.nodes, 0), entries),
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
