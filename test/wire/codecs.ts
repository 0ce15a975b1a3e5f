/** Every pair of encoder and decoder of the room, each with values of every kind: what the properties run over. */
import type { Arbitrary } from 'fast-check';
import fc from 'fast-check';
import { Writer, decode } from '../../src/base/binary.ts';
import type { Decoded } from '../../src/base/binary.ts';
import type { LogIndex } from '../../src/consensus/model/ids.ts';
import type { Body } from '../../src/consensus/model/message.ts';
import { writeStatement } from '../../src/consensus/model/statement.ts';
import { encodeBody, readBody } from '../../src/wire/body.ts';
import type { AnyBody } from '../../src/wire/body.ts';
import {
  decodeClientMessage,
  decodeNodeToClientMessage,
  encodeClientMessage,
  encodeNodeToClientMessage,
  encodeResults,
} from '../../src/wire/client.ts';
import { beginFrame } from '../../src/wire/frame.ts';
import { decodeHandshake, encodeHandshake } from '../../src/wire/handshake.ts';
import { decodeContent, encodeContent } from '../../src/wire/payload.ts';
import { decodePeerMessage, encodePeerMessage } from '../../src/wire/peer.ts';
import { decodeRaftMessage, encodeRaftMessage } from '../../src/wire/raft.ts';
import {
  decodeAcceptedRecord,
  decodeCertificateRecord,
  decodeCommitRecord,
  decodeEntryRecord,
  decodeEvidenceRecord,
  decodeTermRecord,
  decodeVoteRecord,
  encodeAcceptedRecord,
  encodeCertificateRecord,
  encodeEntryRecord,
  encodeEvidenceRecord,
  encodeTermRecord,
  encodeVoteRecord,
} from '../../src/wire/record.ts';
import { decodeRequest, encodeCommands } from '../../src/wire/request.ts';
import { writeSigned } from '../../src/wire/statement.ts';
import { client, epoch, hashOf, signedBy } from './build.ts';
import { anyCertificate, certificate, content, context, entry, request } from '../arbitraries.ts';
import {
  acceptedRecord,
  bodies,
  clientMessages,
  evidence,
  handshakeFrames,
  nodeToClientMessages,
  peerMessages,
  termRecord,
  voteRecord,
} from '../arbitrary-messages.ts';
import { raftContext, raftMessages } from '../raft/arbitrary.ts';
import type { Content } from '../../src/consensus/model/entry.ts';

/** A value with its bytes, and the way back: the value's type stays inside. */
export interface Sample {
  readonly value: unknown;
  readonly bytes: Uint8Array;
}
export interface Codec {
  readonly name: string;
  readonly sample: Arbitrary<Sample>;
  readonly decode: (bytes: Uint8Array) => Decoded<Sample>;
}

function codec<T>(
  name: string,
  values: Arbitrary<T>,
  encode: (value: T) => Uint8Array,
  read: (bytes: Uint8Array) => Decoded<T>,
): Codec {
  const sampleOf = (value: T): Sample => ({ value, bytes: encode(value) });
  return {
    name,
    sample: values.map(sampleOf),
    decode: (bytes) => {
      const decoded = read(bytes);
      return decoded.ok ? { ok: true, value: sampleOf(decoded.value) } : decoded;
    },
  };
}

function each<T>(
  values: Readonly<Record<string, Arbitrary<T>>>,
  encode: (value: T) => Uint8Array,
  read: (bytes: Uint8Array) => Decoded<T>,
): readonly Codec[] {
  return Object.entries(values).map(([name, value]) => codec(name, value, encode, read));
}

/** `malformed` is a value of contents; here it is what the other decoders call a reason. */
function payloadCodec(kind: 'batch' | 'term' | 'configuration'): Codec {
  type Sound = Exclude<Content, { kind: 'malformed' }>;
  const values = content.filter((value) => value.kind === kind);
  return codec<Sound>(`payload of kind ${kind}`, values, encodeContent, (bytes) => {
    const decoded = decodeContent(kind, bytes, context);
    return decoded.kind === 'malformed'
      ? { ok: false, reason: decoded.reason }
      : { ok: true, value: decoded };
  });
}

const { digest } = context;

/** A body under a sender who signs the digest of whatever bytes he likes: the layout alone has to refuse. */
function bodyCodec<B extends Body>(kind: B['kind'], values: Arbitrary<B>): Codec {
  return codec<AnyBody>(`body of ${kind}`, values, encodeBody, (bytes) =>
    decode(bytes, (reader) => readBody(reader, kind, { kind, bodyDigest: digest(bytes) }, context)),
  );
}

/** As `bodyCodec`, for the results of a reply. */
const resultsCodec: Codec = codec(
  'results of a reply',
  fc.array(fc.uint8Array({ maxLength: 9 }), { minLength: 1, maxLength: 4 }),
  encodeResults,
  (bytes) => {
    const statement = { ...REPLY.statement, resultsDigest: digest(bytes) };
    const frame = writeSigned(beginFrame('client-reply', 512), { ...REPLY, statement });
    const decoded = decodeNodeToClientMessage(frame.raw(bytes).finish(), context);
    if (!decoded.ok) return decoded;
    if (decoded.value.kind !== 'client-reply') throw new Error('a reply');
    return { ok: true, value: decoded.value.results };
  },
);

const REPLY = signedBy('node-1', {
  kind: 'client-reply',
  epoch: epoch(1),
  client,
  first: 1n,
  requestDigest: hashOf('9d'),
  index: 7 as LogIndex,
  resultsDigest: hashOf('5d'),
});

/** As `bodyCodec`, for the commands of a client. */
const commandsCodec: Codec = codec(
  'commands of a client',
  fc.array(fc.uint8Array({ maxLength: 9 }), { minLength: 1, maxLength: 4 }),
  encodeCommands,
  (bytes) => {
    // A sender counts as it suits him: the first four bytes are the list's own count.
    const count = bytes.length < 4 ? 1 : new DataView(bytes.buffer).getUint16(2);
    const statement = { ...REQUEST, count, commandsDigest: digest(bytes) };
    const writer = writeStatement(new Writer(), statement).raw(new Uint8Array(64));
    const decoded = decodeRequest(writer.raw(bytes).finish(), context);
    return decoded.ok ? { ok: true, value: decoded.value.commands } : decoded;
  },
);

const REQUEST = {
  kind: 'client-request',
  client,
  first: 1n,
  count: 1,
  commandsDigest: hashOf('cd'),
  acknowledged: 0n,
} as const;

export const codecs: readonly Codec[] = [
  ...each(peerMessages, encodePeerMessage, (bytes) => decodePeerMessage(bytes, context)),
  ...each(raftMessages, encodeRaftMessage, (bytes) => decodeRaftMessage(bytes, raftContext)).map(
    ({ name, ...rest }) => ({ name: `raft ${name}`, ...rest }),
  ),
  ...each(clientMessages, encodeClientMessage, (bytes) => decodeClientMessage(bytes, context)),
  ...each(nodeToClientMessages, encodeNodeToClientMessage, (bytes) =>
    decodeNodeToClientMessage(bytes, context),
  ),
  bodyCodec('fetch-entries', bodies['fetch-entries']),
  bodyCodec('entries', bodies.entries),
  bodyCodec('forward', bodies.forward),
  bodyCodec('proof', bodies.proof),
  bodyCodec('evidence', bodies.evidence),
  resultsCodec,
  commandsCodec,
  ...each(handshakeFrames, encodeHandshake, decodeHandshake),
  ...(['batch', 'term', 'configuration'] as const).map(payloadCodec),
  codec(
    'request',
    request,
    ({ bytes }) => bytes,
    (bytes) => decodeRequest(bytes, context),
  ),
  codec('record of an entry', entry, encodeEntryRecord, (bytes) =>
    decodeEntryRecord(bytes, context),
  ),
  codec(
    'record of a term',
    termRecord,
    (value) => encodeTermRecord(value, digest),
    (bytes) => decodeTermRecord(bytes, context),
  ),
  codec(
    'record of the accepted position',
    acceptedRecord,
    (value) => encodeAcceptedRecord(value, digest),
    (bytes) => decodeAcceptedRecord(bytes, context),
  ),
  codec(
    'record of a certificate',
    anyCertificate,
    (value) => encodeCertificateRecord(value, digest),
    (bytes) => decodeCertificateRecord(bytes, context),
  ),
  codec(
    'record of a commit certificate',
    certificate('commit'),
    (value) => encodeCertificateRecord(value, digest),
    (bytes) => decodeCommitRecord(bytes, context),
  ),
  codec(
    'record of evidence',
    evidence,
    (value) => encodeEvidenceRecord(value, digest),
    (bytes) => decodeEvidenceRecord(bytes, context),
  ),
  codec(
    'record of a vote',
    voteRecord,
    (value) => encodeVoteRecord(value, digest),
    (bytes) => decodeVoteRecord(bytes, context),
  ),
];

/** What transport and bit rot do: bytes changed, dropped, doubled, added. */
export function mutated(sample: Arbitrary<Sample>): Arbitrary<Uint8Array> {
  const at = fc.nat();
  const byte = fc.nat({ max: 255 });
  return fc
    .tuple(sample, fc.array(fc.tuple(fc.nat({ max: 4 }), at, byte), { minLength: 1, maxLength: 3 }))
    .map(([{ bytes }, changes]) => changes.reduce(mutate, bytes));
}

function mutate(bytes: Uint8Array, [how, at, byte]: readonly [number, number, number]): Uint8Array {
  const list = [...bytes];
  const index = at % (list.length + 1);
  if (how === 0) list.splice(index, 1, byte);
  else if (how === 1) list.splice(index, 1);
  else if (how === 2) list.splice(index, 0, byte);
  else if (how === 3) list.length = index;
  // Near the beginning stand versions, kinds and counts.
  else list.splice(at % Math.min(list.length + 1, 120), 1, byte & 3);
  return Uint8Array.from(list);
}
