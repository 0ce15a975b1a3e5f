/** The values of the log's database: most are `wire/record.ts`'s, two are the store's own. */
import { decode, DecodeError, Writer } from '../base/binary.ts';
import type { Decoded } from '../base/binary.ts';
import { unreachable } from '../base/assert.ts';
import { fromUtf8, utf8 } from '../base/bytes.ts';
import { limits } from '../base/limits.ts';
import type { StoreRecord } from '../consensus/core.ts';
import { certifiedPosition } from '../consensus/model/certificate.ts';
import { positionOf } from '../consensus/model/entry.ts';
import type { ClusterId, Digest, NodeId, PublicKey } from '../consensus/model/ids.ts';
import { encodePeerMessage } from '../wire/peer.ts';
import {
  encodeAcceptedRecord,
  encodeCertificateRecord,
  encodeEntryRecord,
  encodeEvidenceRecord,
  encodeTermRecord,
  encodeVoteRecord,
} from '../wire/record.ts';
import type { LogBatch } from './log-database.ts';
import {
  ACCEPTED_KEY,
  commitKey,
  entryKey,
  evidenceKey,
  HALT_KEY,
  PREPARED_KEY,
  TERM_KEY,
  VOTE_KEY,
} from './log-keys.ts';

const FORMAT = 2;
const CLUSTER_BYTES = 32;
const PUBLIC_KEY_BYTES = 32;
const CHECK_BYTES = 32;
const PROOF_MAX = 64;

/** Adds a record to a batch. */
export function putRecord(batch: LogBatch, record: StoreRecord, digest: Digest): void {
  switch (record.type) {
    case 'entry':
      return void batch.put(entryKey(positionOf(record.entry)), encodeEntryRecord(record.entry));
    case 'drop':
      return void batch.del(entryKey(record.position));
    case 'term':
      return void batch.put(TERM_KEY, encodeTermRecord(record.record, digest));
    case 'accepted':
      return void batch.put(ACCEPTED_KEY, encodeAcceptedRecord(record.record, digest));
    case 'prepared':
      return void batch.put(PREPARED_KEY, encodeCertificateRecord(record.certificate, digest));
    case 'commit': {
      const { index } = certifiedPosition(record.certificate);
      return void batch.put(commitKey(index), encodeCertificateRecord(record.certificate, digest));
    }
    case 'evidence': {
      const value = encodeEvidenceRecord(record.body, digest);
      return void batch.put(evidenceKey(digest(value)), value);
    }
    case 'vote':
      return void batch.put(VOTE_KEY, encodeVoteRecord(record.record, digest));
    case 'halt':
      return void batch.put(HALT_KEY, encodeHalt(record, digest));
    default:
      return unreachable(record);
  }
}

/** The node whose promises a log keeps. */
export interface Owner {
  readonly id: NodeId;
  readonly publicKey: PublicKey;
}

export interface Meta {
  readonly clusterId: ClusterId;
  readonly owner: Owner;
}

/** The first record of a log: the format it is in, the cluster and the node it belongs to. */
export function encodeMeta({ clusterId, owner }: Meta, digest: Digest): Uint8Array {
  const writer = new Writer(160).u8(FORMAT).hex(clusterId);
  return seal(writer.text(owner.id).raw(owner.publicKey), digest);
}

export function decodeMeta(bytes: Uint8Array, digest: Digest): Decoded<Meta> {
  return unseal(bytes, digest, (body) =>
    decode(body, (reader) => {
      const format = reader.u8();
      if (format !== FORMAT)
        throw new DecodeError(`is of format ${format}, this program knows ${FORMAT}`);
      const clusterId = reader.hex(CLUSTER_BYTES) as ClusterId;
      const id = reader.text() as NodeId;
      const publicKey: PublicKey = reader.raw(PUBLIC_KEY_BYTES);
      return { clusterId, owner: { id, publicKey } };
    }),
  );
}

/** How many writes the log has had: each holds its own number, so that one that is gone is missed. */
export function encodeWrites(writes: number, digest: Digest): Uint8Array {
  return seal(new Writer(8).u53(writes), digest);
}

export function decodeWrites(bytes: Uint8Array, digest: Digest): Decoded<number> {
  return unseal(bytes, digest, (body) => decode(body, (reader) => reader.u53()));
}

export interface Halt {
  readonly code: string;
  readonly text: string;
  readonly proof: readonly Uint8Array[];
}

function encodeHalt(record: Extract<StoreRecord, { type: 'halt' }>, digest: Digest): Uint8Array {
  const writer = new Writer(4_096).text(record.code).bytes(utf8(record.text));
  writer.u32(record.proof.length);
  for (const message of record.proof) writer.bytes(encodePeerMessage(message));
  return seal(writer, digest);
}

export function decodeHalt(bytes: Uint8Array, digest: Digest): Decoded<Halt> {
  return unseal(bytes, digest, (body) =>
    decode(body, (reader) => {
      const code = reader.text();
      const text = fromUtf8(reader.bytes(limits.frameBytesMax)) ?? '';
      const count = reader.count(PROOF_MAX);
      const proof = Array.from({ length: count }, () => reader.bytes(limits.frameBytesMax));
      return { code, text, proof };
    }),
  );
}

/** Ends a record in the digest of all before, so that damage is noticed. */
function seal(writer: Writer, digest: Digest): Uint8Array {
  const body = writer.finish();
  return new Writer(body.length + CHECK_BYTES).raw(body).hex(digest(body)).finish();
}

function unseal<T>(
  bytes: Uint8Array,
  digest: Digest,
  read: (body: Uint8Array) => Decoded<T>,
): Decoded<T> {
  const end = Math.max(0, bytes.length - CHECK_BYTES);
  const body = bytes.subarray(0, end);
  const check = decode(bytes.subarray(end), (reader) => reader.hex(CHECK_BYTES));
  if (!check.ok || check.value !== digest(body))
    return { ok: false, reason: 'its bytes are not those that were written' };
  return read(body);
}
