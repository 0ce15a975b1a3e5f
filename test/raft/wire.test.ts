/** Plain Raft on the wire; what all codecs have in common `test/wire/codec.test.ts` shows. */
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/base/bytes.ts';
import { Writer } from '../../src/base/binary.ts';
import { limits } from '../../src/base/limits.ts';
import type { Entry } from '../../src/consensus/model/entry.ts';
import type { LogIndex, Term } from '../../src/consensus/model/ids.ts';
import type { RaftAppendEntries, RaftMessage } from '../../src/consensus/raft/message.ts';
import { decodePeerMessage, encodePeerMessage } from '../../src/wire/peer.ts';
import { decodeRaftMessage, encodeRaftMessage } from '../../src/wire/raft.ts';
import { context } from '../arbitraries.ts';
import { requestOf, signedBy, vote } from '../wire/build.ts';
import { raftContext } from './arbitrary.ts';
import { entriesOf, positionAt } from './entries.ts';

const term = (value: number): Term => value as Term;
const place = (index: number, of: number) => ({ index: index as LogIndex, term: term(of) });

function append(
  terms: readonly number[],
  { previousTerm = 1, leader = 3, from = 6 } = {},
): RaftAppendEntries {
  return {
    kind: 'append-entries',
    term: term(leader),
    previous: positionAt(from - 1, previousTerm),
    previousTerm: term(previousTerm),
    entries: entriesOf(from, terms, previousTerm),
    committed: 4 as LogIndex,
  };
}

const read = (message: RaftMessage): string => {
  const decoded = decodeRaftMessage(encodeRaftMessage(message), raftContext);
  return decoded.ok ? 'accepted' : decoded.reason;
};

const golden: readonly (readonly [RaftMessage, string])[] = [
  [
    append([]),
    '0140' +
      '0000000000000003' +
      '0000000000000005' +
      '0'.repeat(47) +
      '5' +
      '0'.repeat(15) +
      '1' +
      '0000000000000001' +
      '0000000000000004' +
      '00000000',
  ],
  [
    { kind: 'append-entries-response', term: term(3), matched: null, hint: null },
    '0141' + '0000000000000003' + '00',
  ],
  [
    { kind: 'append-entries-response', term: term(3), matched: positionAt(5, 1), hint: null },
    '0141' +
      '0000000000000003' +
      '01' +
      '0000000000000005' +
      '0'.repeat(47) +
      '5' +
      '0'.repeat(15) +
      '1',
  ],
  [
    { kind: 'append-entries-response', term: term(3), matched: null, hint: place(5, 2) },
    '0141' + '0000000000000003' + '02' + '0000000000000005' + '0000000000000002',
  ],
  [
    { kind: 'request-vote', term: term(3), isPreVote: true, isTransfer: false, last: place(5, 2) },
    '0142' + '0000000000000003' + '0100' + '0000000000000005' + '0000000000000002',
  ],
  [
    { kind: 'vote', term: term(3), isPreVote: false, granted: true },
    '0143' + '0000000000000003' + '0001',
  ],
  [{ kind: 'transfer-leadership', term: term(3) }, '0144' + '0000000000000003'],
];

test.each(golden)('the layout, byte for byte: $0.kind', (message, hex) => {
  expect(toHex(encodeRaftMessage(message))).toBe(hex);
});

test('a forwarded request is the bytes that its client made', () => {
  const request = requestOf([new Uint8Array([7])]);
  const frame = encodeRaftMessage({ kind: 'forward', requests: [request] });
  expect(toHex(frame)).toBe(
    `014500000001${request.bytes.length.toString(16).padStart(8, '0')}${toHex(request.bytes)}`,
  );
});

test('a node of the other protocol refuses the frame by its kind', () => {
  const raft = encodeRaftMessage({ kind: 'vote', term: term(3), isPreVote: false, granted: true });
  expect(decodePeerMessage(raft, context)).toEqual({
    ok: false,
    reason: '67 is no kind of message',
  });
  const tangaroa = encodePeerMessage({ kind: 'vote', signed: signedBy('node-1', vote) });
  expect(decodeRaftMessage(tangaroa, raftContext)).toEqual({
    ok: false,
    reason: '5 is no kind of message',
  });
});

describe('entries of an AppendEntries', () => {
  const swapped = (change: (entries: Entry[]) => void): string => {
    const message = append([1, 2, 3]);
    const entries = [...message.entries];
    change(entries);
    return read({ ...message, entries });
  };

  test('follow each other from `previous` on', () => {
    expect(read(append([1, 2, 3]))).toBe('accepted');
    expect(swapped((entries) => entries.shift())).toBe('entry 7 does not follow entry 5');
    expect(swapped((entries) => entries.splice(1, 1))).toBe('entry 8 does not follow entry 6');
    expect(swapped((entries) => entries.splice(1, 1, ...entriesOf(7, [2], 2)))).toBe(
      'entry 7 does not follow entry 6',
    );
  });

  test('have terms that ascend, up to their leader’s', () => {
    expect(read(append([2, 1]))).toBe('the term of entry 7 is below the one before it');
    expect(read(append([1], { previousTerm: 2 }))).toBe(
      'the term of entry 6 is below the one before it',
    );
    expect(read(append([4]))).toBe('entries of term 4 from a leader of 3');
    expect(read(append([], { previousTerm: 4 }))).toBe('entries of term 4 from a leader of 3');
  });

  test('stand above the genesis', () => {
    expect(read(append([], { from: 1 }))).toBe('there is no entry 0');
  });
});

describe('bounds', () => {
  test('terms', () => {
    const vote_ = { kind: 'vote', isPreVote: false, granted: false } as const;
    expect(read({ ...vote_, term: term(limits.termMax) })).toBe('accepted');
    expect(read({ ...vote_, term: term(limits.termMax + 1) })).toBe(
      'term 4503599627370497 is beyond all terms',
    );
  });

  test('flags, answers and lists', () => {
    const reasonOf = (writer: Writer): string => {
      const decoded = decodeRaftMessage(writer.finish(), raftContext);
      return decoded.ok ? 'accepted' : decoded.reason;
    };
    const begin = (code: number): Writer => new Writer().u8(1).u8(code);
    expect(reasonOf(begin(67).u53(3).u8(2).u8(0))).toBe('2 is neither no (0) nor yes (1)');
    expect(reasonOf(begin(65).u53(3).u8(3))).toBe('3 is no answer');
    expect(reasonOf(begin(66).u53(3).u8(1).u8(1).u53(5).u53(2))).toBe(
      'who was told to campaign asks no pre-vote',
    );
    expect(reasonOf(begin(69).u32(0))).toBe('0 requests, where 1 to 512 are allowed');
    const head = append([]);
    const many = begin(64).u53(3).u53(5).hex(head.previous.hash).u53(1).u53(4).u32(1_025);
    expect(reasonOf(many)).toBe('1025 entries, where 0 to 1024 are allowed');
  });

  test('no frame is above its bound', () => {
    expect(decodeRaftMessage(new Uint8Array(limits.frameBytesMax + 1), raftContext).ok).toBe(false);
  });
});

test('what is kept of a frame does not keep the frame', () => {
  const request = requestOf([new Uint8Array([7])]);
  const message = append([3], {});
  const frames = [
    encodeRaftMessage({ ...message, entries: message.entries }),
    encodeRaftMessage({ kind: 'forward', requests: [request] }),
  ];
  for (const frame of frames) {
    const decoded = decodeRaftMessage(frame, raftContext);
    if (!decoded.ok) throw new Error(decoded.reason);
    const { value } = decoded;
    const views =
      value.kind === 'append-entries'
        ? value.entries.map(({ payload }) => payload)
        : value.kind === 'forward'
          ? value.requests.flatMap(({ bytes, signature }) => [bytes, signature])
          : [];
    expect(views.length).toBeGreaterThan(0);
    for (const view of views) expect(view.buffer).not.toBe(frame.buffer);
  }
});
