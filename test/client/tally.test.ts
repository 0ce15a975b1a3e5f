/** C3: f+1 equal replies of distinct voters of one epoch, every field checked. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countReply } from '../../src/client/tally.ts';
import type { Tally } from '../../src/client/tally.ts';
import type { Check } from '../../src/client/trust.ts';
import type { VoterSets } from '../../src/consensus/model/configuration.ts';
import type { ClientId, Epoch, Hash, LogIndex, NodeId } from '../../src/consensus/model/ids.ts';
import type { ClientReply } from '../../src/consensus/model/message.ts';
import { faultsTolerated, nobodyLies } from '../../src/consensus/model/quorum.ts';
import type { ReplyStatement } from '../../src/consensus/model/request.ts';

const FOUR = [['n1', 'n2', 'n3', 'n4'] as NodeId[]] as const satisfies VoterSets;
const SEVEN = [['a', 'b', 'c', 'd', 'e', 'f', 'g'] as NodeId[]] as const satisfies VoterSets;
const good = (): Check => 'valid';

function reply(signer: string, change: Partial<ReplyStatement> = {}): ClientReply {
  const statement: ReplyStatement = {
    kind: 'client-reply',
    epoch: 0 as Epoch,
    client: 'aa' as ClientId,
    first: 1n,
    requestDigest: 'bb' as Hash,
    index: 7 as LogIndex,
    resultsDigest: 'cc' as Hash,
    ...change,
  };
  const signed = { signer: signer as NodeId, statement, signature: new Uint8Array(64) };
  return { kind: 'client-reply', signed, results: [] };
}

function feed(
  sets: VoterSets,
  replies: readonly ClientReply[],
  check: (reply: ClientReply) => Check,
  faults = faultsTolerated,
) {
  const tally: Tally = new Map();
  return replies.map((each) => countReply(tally, sets, each, { check, faults }));
}

const believes = (sets: VoterSets, replies: readonly ClientReply[], check = good): boolean =>
  feed(sets, replies, check).some(({ believed }) => believed !== null);

describe('C3', () => {
  test('C3: f+1 equal replies are believed, f are not', () => {
    expect(believes(FOUR, [reply('n1')])).toBe(false);
    expect(believes(FOUR, [reply('n1'), reply('n2')])).toBe(true);
    expect(believes(SEVEN, [reply('a'), reply('b')])).toBe(false);
    expect(believes(SEVEN, [reply('a'), reply('b'), reply('c')])).toBe(true);
  });

  test('C3: a signer counts once, however often it speaks and whatever it says', () => {
    const other = { index: 8 as LogIndex };
    expect(believes(FOUR, [reply('n1'), reply('n1'), reply('n1')])).toBe(false);
    expect(believes(FOUR, [reply('n1'), reply('n1', other), reply('n1')])).toBe(false);
    expect(believes(FOUR, [reply('n1', other), reply('n1'), reply('n2')])).toBe(true);
    // What it said first is taken back by what it said last.
    expect(believes(FOUR, [reply('n1'), reply('n1', other), reply('n2')])).toBe(false);
  });

  test('C3: no voter, no voice', () => {
    expect(believes(FOUR, [reply('n1'), reply('n9'), reply('m1')])).toBe(false);
  });

  const changes: [string, Partial<ReplyStatement>][] = [
    ['epoch', { epoch: 1 as Epoch }],
    ['client', { client: 'ab' as ClientId }],
    ['first number', { first: 2n }],
    ['request digest', { requestDigest: 'bc' as Hash }],
    ['index', { index: 8 as LogIndex }],
    ['results', { resultsDigest: 'cd' as Hash }],
  ];
  test.each(changes)('C3: replies that differ in the %s are not equal', (_, change) => {
    expect(believes(FOUR, [reply('n1'), reply('n2', change)])).toBe(false);
    expect(believes(FOUR, [reply('n1'), reply('n2', change), reply('n3')])).toBe(true);
  });

  test('where nobody lies, one reply is believed, of a voter', () => {
    const counted = feed(SEVEN, [reply('m1'), reply('b')], good, nobodyLies);
    expect(counted.map(({ believed }) => believed?.signed.signer ?? null)).toEqual([null, 'b']);
  });

  test('C3: a joint configuration needs a blocking set of each of its voter sets', () => {
    const joint = [FOUR[0], SEVEN[0]] as const satisfies VoterSets;
    expect(believes(joint, [reply('n1'), reply('n2')])).toBe(false);
    expect(
      believes(
        joint,
        ['n1', 'n2', 'a', 'b'].map((id) => reply(id)),
      ),
    ).toBe(false);
    expect(
      believes(
        joint,
        ['n1', 'n2', 'a', 'b', 'c'].map((id) => reply(id)),
      ),
    ).toBe(true);
  });

  test('M6: no signature is checked before enough equal replies are there', () => {
    const checked: string[] = [];
    const check = ({ signed }: ClientReply): Check => {
      checked.push(signed.signer);
      return 'valid';
    };
    const different = { index: 9 as LogIndex };
    feed(FOUR, [reply('n1'), reply('n2', different)], check);
    expect(checked).toEqual([]);
    feed(FOUR, [reply('n1'), reply('n2', different), reply('n3')], check);
    expect(checked).toEqual(['n1', 'n3']);
  });

  test('C3: a forged reply is not counted, and its link is to blame', () => {
    const check = ({ signed }: ClientReply): Check =>
      signed.signer === 'n1' ? { invalid: 'forged' } : 'valid';
    const [first, second, third] = feed(FOUR, [reply('n1'), reply('n2'), reply('n3')], check);
    expect(first).toEqual({ believed: null, invalid: [] });
    expect(second).toEqual({ believed: null, invalid: [{ node: 'n1', reason: 'forged' }] });
    expect(third?.believed?.signed.signer).toBe('n2');
  });

  test('C3: what is signed under keys of another epoch is not counted, and nobody is to blame', () => {
    const check = ({ signed }: ClientReply): Check =>
      signed.statement.epoch === 1 ? 'uncheckable' : 'valid';
    const later = { epoch: 1 as Epoch };
    const counted = feed(FOUR, [reply('n1', later), reply('n2', later)], check);
    expect(counted[1]).toEqual({ believed: null, invalid: [] });
  });

  test('C3: whatever f liars say, in whatever order, only the truth is believed', () => {
    const truth = 7 as LogIndex;
    const index = fc.constantFrom(truth, 8 as LogIndex, 9 as LogIndex);
    const honest = fc
      .shuffledSubarray(['c', 'd', 'e', 'f', 'g'])
      .map((ids) => ids.map((id) => reply(id, { index: truth })));
    const lies = fc.array(
      fc.tuple(fc.constantFrom('a', 'b'), index).map(([id, said]) => reply(id, { index: said })),
      { maxLength: 12 },
    );
    const order = fc.infiniteStream(fc.boolean());
    fc.assert(
      fc.property(honest, lies, order, (truths, untruths, coin) => {
        const mixed: ClientReply[] = [];
        const [left, right] = [[...truths], [...untruths]];
        for (const first of coin) {
          const next = first ? (left.shift() ?? right.shift()) : (right.shift() ?? left.shift());
          if (next === undefined) break;
          mixed.push(next);
        }
        const believed = feed(SEVEN, mixed, good).flatMap((counted) => counted.believed ?? []);
        expect(believed.every(({ signed }) => signed.statement.index === truth)).toBe(true);
        if (truths.length >= 3) expect(believed.length).toBeGreaterThan(0);
      }),
    );
  });
});
