/** N2, D3: what a server of entries shows, and who is to blame for what. Each case changes one thing. */
import { describe, expect, it } from 'vitest';
import { baseOf } from '../../src/consensus/model/certificate.ts';
import type { Entry } from '../../src/consensus/model/entry.ts';
import type { Epoch, Hash, NodeId, Term } from '../../src/consensus/model/ids.ts';
import type { EntriesBody } from '../../src/consensus/model/message.ts';
import {
  appendStatement,
  batchOf,
  certificateOf,
  entryOn,
  makeTestCluster,
  requestOf,
  termEntryOn,
} from '../fixtures-crypto.ts';
import {
  cluster,
  leader,
  server,
  chain,
  commit,
  verify,
  matching,
  accusation,
  last,
  request,
  forged,
  bad,
} from './bad-entries.ts';

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
        reason: matching(/chain|without/u),
      });
  });

  it('carry a signed leader statement of this epoch', () => {
    const signed = appendStatement(cluster, leader, chain);
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
    const blame = { type: 'invalid', reason: matching(reason) };
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
    const known = requestOf(later);
    const send = (list: readonly Entry[]): string =>
      later.makeVerifier().peerMessage(
        later.signer(server).signBody({
          kind: 'entries',
          body: { entries: list, headers: [], leader: null, commit: null },
        }),
      ).type;
    expect(send([later.genesis, first])).toBe('verified');
    expect(send([entryOn(first, batchOf(known))])).toBe('verified');
    expect(send([later.genesis, first, entryOn(first, batchOf(known), { epoch: 0 })])).toBe(
      'invalid',
    );
    expect(send([entryOn(first, batchOf(known), { epoch: 0 })])).toBe('invalid');
    expect(send([later.genesis, first, entryOn(first, batchOf(known), { epoch: 2 })])).toBe(
      'other-epoch',
    );
  });
});
