/** Every size has a bound, checked before anything is allocated for it; at the bound it still works. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Writer } from '../../src/base/binary.ts';
import { concatBytes } from '../../src/base/bytes.ts';
import type { Decoded } from '../../src/base/binary.ts';
import { limits } from '../../src/base/limits.ts';
import { writeHeader } from '../../src/consensus/model/entry.ts';
import type { Certificate } from '../../src/consensus/model/certificate.ts';
import type { Header } from '../../src/consensus/model/entry.ts';
import { writeStatement } from '../../src/consensus/model/statement.ts';
import { encodeBody } from '../../src/wire/body.ts';
import {
  decodeClientMessage,
  decodeNodeToClientMessage,
  encodeClientMessage,
} from '../../src/wire/client.ts';
import { decodeHandshake, encodeHandshake } from '../../src/wire/handshake.ts';
import { decodeContent } from '../../src/wire/payload.ts';
import { decodePeerMessage, encodePeerMessage } from '../../src/wire/peer.ts';
import { encodeCertificateRecord, decodeCommitRecord } from '../../src/wire/record.ts';
import { decodeRequest } from '../../src/wire/request.ts';
import { context } from '../arbitraries.ts';
import { peerMessages } from '../arbitrary-messages.ts';
import {
  LARGEST_COMMAND,
  appendEntries,
  batchOf,
  header,
  requestOf,
  response,
  signedBy,
  vote,
} from './build.ts';

const reasonOf = (decoded: Decoded<unknown>): string => (decoded.ok ? 'accepted' : decoded.reason);

const zeros = (length: number): Uint8Array => new Uint8Array(length);
const peer = (bytes: Uint8Array): string => reasonOf(decodePeerMessage(bytes, context));

/** A Suspect, the certificate beside it (or none) as a peer writes it that checks nothing. */
function suspect(certificate: Certificate | null): Uint8Array {
  const { epoch, term } = header;
  const statement = { kind: 'suspect', epoch, wanted: term, reason: 'silent' } as const;
  const signed = signedBy('node-1', statement);
  return encodePeerMessage({ kind: 'suspect', signed, certificate });
}

function suspectWith(headers: readonly Header[], signers: readonly string[]): Uint8Array {
  const responses = signers.map((signer) => signedBy(signer, response));
  return suspect({ phase: 'prepare', headers, hash: context.digest(zeros(0)), responses });
}

describe('frames', () => {
  test('an empty one and one above the bound are refused', () => {
    expect(peer(zeros(0))).toBe('ends early: 1 bytes wanted at offset 0 of 0');
    expect(peer(zeros(limits.frameBytesMax + 1))).toBe(
      'a frame of 4194305 bytes where at most 4194304 are allowed',
    );
  });

  test('another version and an unknown kind are refused by name', () => {
    expect(peer(Uint8Array.of(2, 1))).toBe('version 2 where 1 is spoken');
    expect(peer(Uint8Array.of(1, 99))).toBe('99 is no kind of message');
  });

  test('each decoder refuses the frames of the others', () => {
    const request = encodeClientMessage({ kind: 'client-request', request: requestOf([zeros(1)]) });
    expect(peer(request)).toBe('client-request is no message between peers');
    expect(reasonOf(decodeNodeToClientMessage(request, context))).toBe(
      'client-request is nothing that a node sends to a client',
    );
    const frame = encodePeerMessage({ kind: 'vote', signed: signedBy('node-1', vote) });
    expect(reasonOf(decodeClientMessage(frame, context))).toBe(
      'vote is nothing that a client sends',
    );
  });

  test('L1: a handshake above 4 KiB and a frame of data in its place are refused', () => {
    expect(reasonOf(decodeHandshake(zeros(limits.handshakeFrameBytesMax + 1)))).toBe(
      '4097 bytes are too many for a handshake',
    );
    expect(reasonOf(decodeHandshake(Uint8Array.of(1, 5, 0)))).toBe('not a handshake');
  });

  test('a long reason or detail is cut between characters, never refused', () => {
    const reject = { kind: 'reject', code: 'version', reason: `x${'ü'.repeat(300)}` } as const;
    expect(decodeHandshake(encodeHandshake(reject))).toEqual({
      ok: true,
      value: { ...reject, reason: `x${'ü'.repeat(127)}` },
    });
    const refusal = { code: 'forbidden', first: 1n, detail: 'y'.repeat(256) } as const;
    expect(encodeBody({ kind: 'refusal', body: refusal }).length).toBe(1 + 8 + 1 + 255);
  });
});

describe('counts', () => {
  test('a count without its items ends early instead of being allocated', () => {
    const bytes = encodePeerMessage(appendEntries([]));
    const many = Uint8Array.from(bytes);
    const at = bytes.length - 5; // The count stands before the absent certificate.
    many.set([0xff, 0xff, 0xff, 0xff], at);
    expect(peer(many)).toBe('4294967295 entries, where 0 to 128 are allowed');
    many.set([0, 0, 0, 128], at);
    expect(peer(many)).toMatch(/^ends early/u);
  });

  test('what may be absent is absent or present, and says so in one way', () => {
    const bytes = encodePeerMessage(appendEntries([]));
    expect(peer(bytes.with(-1, 2))).toBe('2 is neither absent (0) nor present (1)');
    expect(peer(suspect(null).with(-1, 255))).toBe('255 is neither absent (0) nor present (1)');
  });

  test('N5: a certificate has 1 to 64 headers', () => {
    const headers = (count: number): readonly Header[] => Array<Header>(count).fill(header);
    expect(peer(suspectWith(headers(64), ['a']))).toBe('accepted');
    expect(peer(suspectWith(headers(65), ['a']))).toBe(
      '65 headers of a certificate, where 1 to 64 are allowed',
    );
    expect(peer(suspectWith(headers(0), ['a']))).toBe(
      '0 headers of a certificate, where 1 to 64 are allowed',
    );
  });

  test('a certificate has its signers in order and each once', () => {
    expect(peer(suspectWith([header], ['a', 'b', 'c']))).toBe('accepted');
    expect(peer(suspectWith([header], ['a', 'c', 'b']))).toBe('signers do not ascend');
    expect(peer(suspectWith([header], ['a', 'b', 'b']))).toBe('signers do not ascend');
    expect(peer(suspectWith([header], []))).toBe('0 signatures, where 1 to 128 are allowed');
  });

  test('N4: a prepare certificate does not pass for a commit certificate', () => {
    const responses = [signedBy('a', response)];
    const hash = context.digest(zeros(0));
    const prepare = { phase: 'prepare', headers: [header], hash, responses } as const;
    const record = encodeCertificateRecord(prepare, context.digest);
    expect(reasonOf(decodeCommitRecord(record, context))).toBe(
      'a prepare certificate in place of a commit one',
    );
  });
});

describe('C1: requests', () => {
  const decoded = (bytes: Uint8Array): string => reasonOf(decodeRequest(bytes, context));

  test('the largest is taken, and passes a frame and a batch; one byte more is not', () => {
    const request = requestOf([zeros(LARGEST_COMMAND)]);
    expect(request.bytes.length).toBe(limits.requestBytesMax);
    expect(decoded(request.bytes)).toBe('accepted');
    const frame = encodeClientMessage({ kind: 'client-request', request });
    expect(reasonOf(decodeClientMessage(frame, context))).toBe('accepted');
    expect(reasonOf(decodeClientMessage(concatBytes(frame, zeros(1)), context))).toBe(
      'a request of 1310721 bytes where 1310720 are allowed',
    );
    expect(peer(encodePeerMessage(appendEntries([batchOf([request])])))).toBe('accepted');
    expect(decoded(zeros(limits.requestBytesMax + 1))).toBe(
      'a request of 1310721 bytes where at most 1310720 are allowed',
    );
  });

  test('256 commands are taken, 257 and none are not even made', () => {
    const commands = (count: number): Uint8Array[] => Array<Uint8Array>(count).fill(zeros(1));
    expect(decoded(requestOf(commands(256)).bytes)).toBe('accepted');
    expect(() => requestOf(commands(257))).toThrow('257 commands, where 1 to 256 are allowed');
    expect(() => requestOf([])).toThrow('0 commands, where 1 to 256 are allowed');
  });

  test('C2: numbers begin at 1 and end below 2^64', () => {
    expect(decoded(requestOf([zeros(1)], (1n << 64n) - 1n).bytes)).toBe('accepted');
    expect(() => requestOf([zeros(1), zeros(1)], (1n << 64n) - 1n)).toThrow(
      'sequence number above 64 bits',
    );
    expect(() => requestOf([zeros(1)], 0n)).toThrow('sequence numbers begin at 1');
  });

  test('what is signed for must be what is there', () => {
    const request = requestOf([Uint8Array.of(1), Uint8Array.of(2)]);
    const changed = Uint8Array.from(request.bytes);
    changed.set([3], changed.length - 1);
    expect(decoded(changed)).toBe('the commands do not have the digest that is signed for');
    const writer = writeStatement(new Writer(), { ...request.statement, count: 1 });
    const fewer = writer.raw(request.bytes.subarray(82)).finish();
    expect(decoded(fewer)).toBe('2 commands where 1 are signed for');
  });
});

describe('entries', () => {
  test('S1: a payload that breaks its layout is a value, and the entry has its hash', () => {
    const entry = batchOf([requestOf([zeros(1)])]);
    const kinds = ['batch', 'term', 'configuration'] as const;
    for (const kind of kinds)
      expect(decodeContent(kind, zeros(3), context)).toMatchObject({ kind: 'malformed' });
    const many = new Writer().u32(limits.requestsPerBatchMax + 1).finish();
    expect(decodeContent('batch', many, context)).toEqual({
      kind: 'malformed',
      reason: 'batch: 4097 requests, where 0 to 4096 are allowed',
    });
    const request = requestOf([zeros(1)]);
    const wrong = new Writer()
      .u32(1)
      .bytes(Uint8Array.of(...request.bytes, 0))
      .finish();
    expect(decodeContent('batch', wrong, context)).toEqual({
      kind: 'malformed',
      reason: 'batch: request: 1 bytes too many',
    });
    expect(entry.content.kind).toBe('batch');
  });

  test('an entry whose payload is not the one that its header names is refused', () => {
    const entry = batchOf([requestOf([zeros(1)])]);
    const bytes = encodePeerMessage(appendEntries([entry]));
    const changed = Uint8Array.from(bytes);
    changed.set([7], bytes.length - 2); // The last byte of the payload.
    expect(peer(changed)).toBe('entry 7: the payload is not the one that its header names');
  });

  test('a payload above its bound is refused before it is read', () => {
    const writer = new Writer().raw(encodePeerMessage(appendEntries([])).subarray(0, -5));
    writeHeader(writer.u32(1), header).u32(limits.batchBytesMax + 1);
    expect(peer(writer.finish())).toBe('2097153 bytes where at most 2097152 are allowed');
  });
});

test('M1: a body that is not the signed one is refused', () => {
  fc.assert(
    fc.property(peerMessages.proof, peerMessages.proof, (one, other) => {
      if (one.kind !== 'proof' || other.kind !== 'proof') throw new Error('proofs');
      fc.pre(one.signed.statement.bodyDigest !== other.signed.statement.bodyDigest);
      expect(peer(encodePeerMessage({ ...one, body: other.body }))).toBe(
        'the body does not have the digest that is signed for',
      );
    }),
    { numRuns: 20 },
  );
});
