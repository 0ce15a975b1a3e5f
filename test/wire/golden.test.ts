/** The layout, byte for byte: what was signed, hashed and stored yesterday must be readable tomorrow. */
import { expect, test } from 'vitest';
import { toHex } from '../../src/base/bytes.ts';
import { Writer } from '../../src/base/binary.ts';
import { hashHeader, writeHeader } from '../../src/consensus/model/entry.ts';
import type { LogIndex, NodeId } from '../../src/consensus/model/ids.ts';
import { signingBytes, writeStatement } from '../../src/consensus/model/statement.ts';
import type { Statement } from '../../src/consensus/model/statement.ts';
import { encodeHandshake } from '../../src/wire/handshake.ts';
import { encodePeerMessage } from '../../src/wire/peer.ts';
import { encodeAcceptedRecord, encodeEntryRecord } from '../../src/wire/record.ts';
import { context } from '../arbitraries.ts';
import {
  appendEntries,
  at,
  batchOf,
  client,
  epoch,
  hashOf,
  header,
  rank,
  requestOf,
  response,
  sequence,
  signedBy,
  term,
  vote,
} from './build.ts';

const base = { epoch: epoch(1), term: term(3), baseRank: rank(1, 2, 6), base: at(6, 'a6') };
const body = { bodyDigest: hashOf('bd') };

const statements: readonly Statement[] = [
  {
    kind: 'append-entries',
    epoch: epoch(1),
    term: term(3),
    previous: at(6, 'a6'),
    head: at(8, 'a8'),
    sequence: sequence(4),
  },
  response,
  { kind: 'suspect', epoch: epoch(1), wanted: term(4), reason: 'stalled' },
  { kind: 'request-vote', ...base },
  vote,
  { kind: 'vote-refusal', ...base },
  { kind: 'transfer-leadership', epoch: epoch(1), term: term(3), wanted: term(4) },
  { kind: 'fetch-entries', ...body },
  { kind: 'entries', ...body },
  { kind: 'forward', ...body },
  { kind: 'proof', ...body },
  { kind: 'evidence', ...body },
  { kind: 'refusal', ...body },
  {
    kind: 'client-request',
    client,
    first: 2n ** 63n,
    count: 2,
    commandsDigest: hashOf('cd'),
    acknowledged: 5n,
  },
  {
    kind: 'client-reply',
    epoch: epoch(1),
    client,
    first: 9n,
    requestDigest: hashOf('9d'),
    index: 7 as LogIndex,
    resultsDigest: hashOf('5d'),
  },
  { kind: 'read', client, nonce: '0e'.repeat(16), queryDigest: hashOf('9e') },
  {
    kind: 'read-reply',
    epoch: epoch(1),
    nonce: '0e'.repeat(16),
    queryDigest: hashOf('9e'),
    applied: 7 as LogIndex,
    prepared: 8 as LogIndex,
    resultDigest: hashOf('5e'),
  },
  {
    kind: 'handshake',
    role: 'client',
    side: 'acceptor',
    initiator: client,
    acceptor: 'node-2' as NodeId,
    initiatorNonce: '01'.repeat(32),
    acceptorNonce: '02'.repeat(32),
    epoch: epoch(1),
  },
];

const fieldsOf = (statement: Statement): string =>
  toHex(writeStatement(new Writer(), statement).finish());

test('M1: the statement of every kind has its layout', () => {
  const layouts = statements.map((statement) => [statement.kind, fieldsOf(statement)]);
  expect(Object.fromEntries(layouts)).toMatchInlineSnapshot(`
    {
      "append-entries": "000000000000000100000000000000030000000000000006a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a60000000000000008a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a80000000000000004",
      "append-entries-response": "000000000000000100000000000000030000000000000009a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a90000000000000007a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7",
      "client-reply": "0000000000000001cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc00000000000000099d9d9d9d9d9d9d9d9d9d9d9d9d9d9d9d9d9d9d9d9d9d9d9d9d9d9d9d9d9d9d9d00000000000000075d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d",
      "client-request": "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc80000000000000000002cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd0000000000000005",
      "entries": "bdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbd",
      "evidence": "bdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbd",
      "fetch-entries": "bdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbd",
      "forward": "bdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbd",
      "handshake": "01014063636363636363636363636363636363636363636363636363636363636363636363636363636363636363636363636363636363636363636363636363636363066e6f64652d32010101010101010101010101010101010101010101010101010101010101010102020202020202020202020202020202020202020202020202020202020202020000000000000001",
      "proof": "bdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbd",
      "read": "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e",
      "read-reply": "00000000000000010e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e000000000000000700000000000000085e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e",
      "refusal": "bdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbd",
      "request-vote": "000000000000000100000000000000030000000000000001000000000000000200000000000000060000000000000006a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6",
      "suspect": "0000000000000001000000000000000401",
      "transfer-leadership": "000000000000000100000000000000030000000000000004",
      "vote": "000000000000000100000000000000030000000000000001000000000000000200000000000000060000000000000006a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6",
      "vote-refusal": "000000000000000100000000000000030000000000000001000000000000000200000000000000060000000000000006a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6",
    }
  `);
});

test('M1: tag, cluster, kind, signer and statement are signed', () => {
  expect(
    toHex(signingBytes(context.clusterId, 'node-1', statements[2] as Statement)),
  ).toMatchInlineSnapshot(
    `"1474616e6761726f612073746174656d656e742031c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c103066e6f64652d310000000000000001000000000000000401"`,
  );
});

test('M1: every kind has its code under the signature', () => {
  const code = (statement: Statement): number =>
    signingBytes(context.clusterId, 'n', statement)[1 + 20 + 32] as number;
  expect(statements.map((each) => `${code(each)} ${each.kind}`)).toMatchInlineSnapshot(`
    [
      "1 append-entries",
      "2 append-entries-response",
      "3 suspect",
      "4 request-vote",
      "5 vote",
      "6 vote-refusal",
      "7 transfer-leadership",
      "8 fetch-entries",
      "9 entries",
      "10 forward",
      "11 proof",
      "12 evidence",
      "13 refusal",
      "14 client-request",
      "15 client-reply",
      "16 read",
      "17 read-reply",
      "18 handshake",
    ]
  `);
});

test('section 1: a header has its 97 bytes and its hash', () => {
  const bytes = writeHeader(new Writer(), header).finish();
  expect(bytes.length).toBe(97);
  expect(toHex(bytes)).toMatchInlineSnapshot(
    `"000000000000000700000000000000010000000000000003aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa020000018bcfe56800bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"`,
  );
  expect(hashHeader(header, context.digest)).toMatchInlineSnapshot(
    `"600281531712d926e9951fac3f830c021deb4ea9366c2a918229400bff6b7cd0"`,
  );
});

test('C1: a request has its bytes and its digest', () => {
  const request = requestOf([Uint8Array.of(1, 2, 3), Uint8Array.of()]);
  expect(toHex(request.bytes)).toMatchInlineSnapshot(
    `"cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc00000000000000010002530a36f79c2229565fa0e60a39edea40d764cc65ac70e56871bf1bacdbce630300000000000000005c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c000000020000000301020300000000"`,
  );
  expect(request.digest).toMatchInlineSnapshot(
    `"783f03f6f2c1244c23f42f1bdef1ed407e6457739de8be438bba9b59b2a769d7"`,
  );
});

test('a frame between peers begins with version and kind, then signer, statement, signature', () => {
  const entry = batchOf([requestOf([Uint8Array.of(1, 2, 3)])]);
  expect(toHex(encodePeerMessage(appendEntries([entry])))).toMatchInlineSnapshot(
    `"0101066e6f64652d31000000000000000100000000000000030000000000000006a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a60000000000000007a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a800000000000000045a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a00000001000000000000000700000000000000010000000000000003aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa020000018bcfe568007b6340d742069bd543338d7cc52d54f7df9731ec88ca0401891ce4ba4cf09d94000000a5000000010000009dcccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc0000000000000001000160fa2bdeb9867cf84d62ab779c1a3c53f2f84a540812edd07fe4cefa491c4cd300000000000000005c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c000000010000000301020300"`,
  );
});

test('a vote is a frame without anything beside it', () => {
  const message = { kind: 'vote', signed: signedBy('node-2', vote) } as const;
  expect(toHex(encodePeerMessage(message))).toMatchInlineSnapshot(
    `"0105066e6f64652d32000000000000000100000000000000030000000000000001000000000000000200000000000000060000000000000006a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a65a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"`,
  );
});

test('L1: the frames of the handshake', () => {
  const hello = {
    kind: 'hello',
    version: 1,
    clusterId: context.clusterId,
    role: 'peer',
    id: 'node-1',
    nonce: '01'.repeat(32),
    epoch: epoch(1),
  } as const;
  const reject = { kind: 'reject', code: 'epoch', reason: 'später' } as const;
  expect(toHex(encodeHandshake(hello))).toMatchInlineSnapshot(
    `"011200c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c100066e6f64652d3101010101010101010101010101010101010101010101010101010101010101010000000000000001"`,
  );
  expect(toHex(encodeHandshake(reject))).toMatchInlineSnapshot(`"00120405077370c3a4746572"`);
});

test('D1: the records of an entry and of an accepted position', () => {
  const record = {
    epoch: epoch(1),
    term: term(3),
    position: at(9, 'a9'),
    silentUpTo: 0 as LogIndex,
  };
  expect(toHex(encodeAcceptedRecord(record, context.digest))).toMatchInlineSnapshot(
    `"0103000000000000000100000000000000030000000000000009a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a90000000000000000f6b88ec01b68d6b6"`,
  );
  const entry = batchOf([requestOf([Uint8Array.of(1)])]);
  expect(context.digest(encodeEntryRecord(entry))).toMatchInlineSnapshot(
    `"35c10e2ad00450ab82d6adf0bc660a780ac43af16bb2d0e9f3578f4153578b0e"`,
  );
});
