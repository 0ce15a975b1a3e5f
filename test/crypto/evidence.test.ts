/** V1, V3: evidence convicts who contradicted himself, and nobody else. Each case changes one thing. */
import { expect, describe, it } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { positionOf } from '../../src/consensus/model/entry.ts';
import type { Entry, Header } from '../../src/consensus/model/entry.ts';
import type { Epoch, Hash, LogIndex, NodeId, Term } from '../../src/consensus/model/ids.ts';
import { ZERO_HASH } from '../../src/consensus/model/ids.ts';
import type { EvidenceBody, Testimony } from '../../src/consensus/model/message.ts';
import type { Position } from '../../src/consensus/model/position.ts';
import { NONE } from '../../src/consensus/model/position.ts';
import {
  appendStatement,
  batchOf,
  chainOf,
  entryOn,
  makeTestCluster,
  requestOf,
  responseOf,
  item,
} from '../fixtures-crypto.ts';

const cluster = makeTestCluster(4);
const [culprit, other] = cluster.nodes as [NodeId, NodeId];
const trunk = chainOf(cluster, 1);
const branch = (seed: bigint): readonly Entry[] => {
  const entries: Entry[] = [];
  for (let i = 0; i < 3; i++) {
    const request = requestOf(cluster, { first: seed + BigInt(i), acknowledged: seed });
    entries.push(entryOn(entries.at(-1) ?? item(trunk, -1), batchOf(request)));
  }
  return entries;
};
const small = requestOf(cluster);
const left = branch(10n);
const right = branch(20n);
const fork = item(left, 0).header.index;
const headersOf = (entries: readonly Entry[]): readonly Header[] =>
  entries.map(({ header }) => header);

const appended = (
  entries: readonly Entry[],
  headers: readonly Header[],
  signer: NodeId = culprit,
): Testimony => ({ signed: appendStatement(cluster, signer, entries), headers });
const responded = (
  accepted: Position,
  prepared: Position = NONE,
  term = 1,
  signer: NodeId = culprit,
): Testimony => ({ signed: responseOf(cluster, signer, term, accepted, prepared), headers: [] });

const good: EvidenceBody = {
  culprit,
  epoch: 0 as Epoch,
  index: fork,
  first: appended(left, headersOf(left)),
  second: appended(right.slice(0, 1), []),
};

function reasonOf(change: Partial<EvidenceBody>): string {
  const verdict = cluster.makeVerifier().evidence({ ...good, ...change });
  return 'reason' in verdict ? verdict.reason : verdict.type;
}

describe('V1: evidence', () => {
  it('is two AppendEntries of one term with different hashes at one index', () => {
    expect(reasonOf({})).toBe('verified');
    expect(reasonOf({ first: good.second, second: good.first })).toBe('verified');
    expect(reasonOf({ second: appended(right, headersOf(right)) })).toBe('verified');
  });

  it('takes the previous position of an AppendEntries as it takes the head', () => {
    const previous = appended(right.slice(1), []);
    expect(reasonOf({ second: previous })).toBe('verified');
  });

  it('is two Responses of one term with different hashes at one index, accepted or prepared', () => {
    const [a, b] = [positionOf(item(left, 0)), positionOf(item(right, 0))];
    expect(reasonOf({ first: responded(a), second: responded(b) })).toBe('verified');
    const later = responded(positionOf(item(right, 2)), b);
    expect(reasonOf({ first: responded(a), second: later })).toBe('verified');
    expect(reasonOf({ first: responded(a), second: responded(a) })).toMatch(
      /without a contradiction/u,
    );
  });

  it('V3: holds a Response to the indexes that it names itself', () => {
    // N2's exception: the voter accepted left[0], then a certificate of the term proved right[2].
    const switched = responded(positionOf(item(right, 2)));
    const linked = { ...switched, headers: headersOf(right) };
    expect(reasonOf({ first: responded(positionOf(item(left, 0))), second: linked })).toMatch(
      /do not link/u,
    );
    expect(reasonOf({ first: responded(positionOf(item(left, 0))), second: switched })).toMatch(
      /do not link/u,
    );
  });

  it('does not mix the two kinds', () => {
    expect(reasonOf({ second: responded(positionOf(item(right, 0))) })).toMatch(/two kinds/u);
  });

  it('is signed twice by the culprit', () => {
    expect(reasonOf({ second: appended(right.slice(0, 1), [], other) })).toMatch(/somebody else/u);
    expect(reasonOf({ first: appended(left, headersOf(left), other) })).toMatch(/somebody else/u);
    expect(reasonOf({ culprit: other })).toMatch(/somebody else/u);
    for (const which of ['first', 'second'] as const) {
      const testimony = good[which];
      const signed = { ...testimony.signed, signature: new Uint8Array(64) };
      expect(reasonOf({ [which]: { ...testimony, signed } })).toMatch(
        /bad append-entries signature/u,
      );
    }
  });

  it('is against a voter', () => {
    const stranger = 'n99' as NodeId;
    const verdict = cluster.verifier.evidence({
      ...good,
      culprit: stranger,
      first: appended(left, headersOf(left), stranger),
      second: appended(right.slice(0, 1), [], stranger),
    });
    expect(verdict.type).toBe('unknown');
  });

  it('is of one term', () => {
    const signed = appendStatement(cluster, culprit, right.slice(0, 1), { term: 2 as Term });
    expect(reasonOf({ second: { signed, headers: [] } })).toMatch(/two terms/u);
  });

  it('is of one epoch, the one it says, and of this one to be judged', () => {
    const epoch = 1 as Epoch;
    const signed = appendStatement(cluster, culprit, right.slice(0, 1), { epoch });
    expect(reasonOf({ second: { signed, headers: [] } })).toMatch(/two terms/u);
    const first = {
      signed: appendStatement(cluster, culprit, left, { epoch }),
      headers: headersOf(left),
    };
    expect(reasonOf({ first })).toMatch(/two terms/u);
    expect(reasonOf({ epoch })).toBe('other-epoch');
  });

  it('contradicts itself', () => {
    expect(reasonOf({ second: appended(left.slice(0, 2), headersOf(left.slice(0, 2))) })).toMatch(
      /without a contradiction/u,
    );
    // Different heads of one chain are how a leader goes on.
    expect(
      reasonOf({ first: appended(left, headersOf(left)), second: appended(left.slice(0, 1), []) }),
    ).toMatch(/without a contradiction/u);
  });

  it('may be about the first index there is', () => {
    const [a, b] = ['ab', 'cd'].map((byte) => byte.repeat(32) as Hash);
    const at = (hash = '' as Hash): Testimony => responded({ index: 1 as LogIndex, hash });
    expect(reasonOf({ index: 1 as LogIndex, first: at(a), second: at(b) })).toBe('verified');
  });

  it(`links at most ${limits.fetchHeadersMax} headers`, () => {
    const long = (count: number): Testimony => {
      const entries = [item(left, 0)];
      while (entries.length < count) entries.push(entryOn(item(entries, -1), batchOf(small)));
      return appended(entries, headersOf(entries));
    };
    expect(reasonOf({ first: long(limits.fetchHeadersMax) })).toBe('verified');
    expect(reasonOf({ first: long(limits.fetchHeadersMax + 1) })).toMatch(/do not link/u);
  });

  it('names no prefix at index 0', () => {
    const odd = { index: 0 as LogIndex, hash: 'ab'.repeat(32) as Hash };
    const none = { index: 0 as LogIndex, hash: ZERO_HASH };
    expect(
      reasonOf({ index: 0 as LogIndex, first: responded(odd), second: responded(none) }),
    ).toMatch(/no index/u);
  });

  it.each([
    ['headers of another chain', headersOf(right)],
    ['headers that end early', headersOf(left.slice(0, 2))],
    ['headers that begin above the index', headersOf(left.slice(1))],
    ['headers that begin below the index', headersOf([item(trunk, 1), ...left])],
    ['a header missing', headersOf([item(left, 0), item(left, 2)])],
    ['no headers', []],
    [
      'a header changed',
      headersOf(left).map((header, i) => (i === 0 ? { ...header, timestamp: 5 } : header)),
    ],
  ] as const)('proves nothing with %s', (_, headers) => {
    expect(reasonOf({ first: { ...good.first, headers } })).toMatch(/do not link/u);
  });
});
