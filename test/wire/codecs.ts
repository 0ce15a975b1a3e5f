/** Every pair of encoder and decoder of the room, each with values of every kind: what the properties run over. */
import type { Arbitrary } from 'fast-check';
import fc from 'fast-check';
import type { Decoded } from '../../src/base/binary.ts';
import {
  decodeClientMessage,
  decodeNodeToClientMessage,
  encodeClientMessage,
  encodeNodeToClientMessage,
} from '../../src/wire/client.ts';
import { decodeHandshake, encodeHandshake } from '../../src/wire/handshake.ts';
import { decodeContent, encodeContent } from '../../src/wire/payload.ts';
import { decodePeerMessage, encodePeerMessage } from '../../src/wire/peer.ts';
import {
  decodeAcceptedRecord,
  decodeCertificateRecord,
  decodeCommitRecord,
  decodeEntryRecord,
  decodeEvidenceRecord,
  decodeTermRecord,
  encodeAcceptedRecord,
  encodeCertificateRecord,
  encodeEntryRecord,
  encodeEvidenceRecord,
  encodeTermRecord,
} from '../../src/wire/record.ts';
import { decodeRequest } from '../../src/wire/request.ts';
import { anyCertificate, certificate, content, context, entry, request } from '../arbitraries.ts';
import {
  acceptedRecord,
  clientMessages,
  evidence,
  handshakeFrames,
  nodeToClientMessages,
  peerMessages,
  termRecord,
} from '../arbitrary-messages.ts';
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
  decode: (bytes: Uint8Array) => Decoded<T>,
): Codec {
  const sampleOf = (value: T): Sample => ({ value, bytes: encode(value) });
  return {
    name,
    sample: values.map(sampleOf),
    decode: (bytes) => {
      const decoded = decode(bytes);
      return decoded.ok ? { ok: true, value: sampleOf(decoded.value) } : decoded;
    },
  };
}

function each<T>(
  values: Readonly<Record<string, Arbitrary<T>>>,
  encode: (value: T) => Uint8Array,
  decode: (bytes: Uint8Array) => Decoded<T>,
): readonly Codec[] {
  return Object.entries(values).map(([name, value]) => codec(name, value, encode, decode));
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

export const codecs: readonly Codec[] = [
  ...each(peerMessages, encodePeerMessage, (bytes) => decodePeerMessage(bytes, context)),
  ...each(clientMessages, encodeClientMessage, (bytes) => decodeClientMessage(bytes, context)),
  ...each(nodeToClientMessages, encodeNodeToClientMessage, (bytes) =>
    decodeNodeToClientMessage(bytes, context),
  ),
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
