/** Evidence by itself (V1): its canonical bytes, and how a client asks a node for one piece of it. */
import { DecodeError, Writer, decode } from '../base/binary.ts';
import type { Decoded } from '../base/binary.ts';
import { limits } from '../base/limits.ts';
import type { EvidenceId } from '../consensus/model/evidence.ts';
import type { EvidenceBody } from '../consensus/model/message.ts';
import { readEvidence, writeEvidence } from './body.ts';
import { HASH_BYTES, readOptional, writeOptional } from './layout.ts';

/** First byte of a query that the host answers itself, before any machine sees it. */
export const EVIDENCE_QUERY = 0xfe;

/** As it stands in an Evidence message. */
export function encodeEvidence(body: EvidenceBody): Uint8Array {
  return writeEvidence(new Writer(2_048), body).finish();
}

/** Well formed and within limits; whether it holds is for `crypto/` to check. */
export function decodeEvidence(bytes: Uint8Array): Decoded<EvidenceBody> {
  return bytes.length > limits.evidenceBytesMax
    ? { ok: false, reason: `longer than ${limits.evidenceBytesMax} bytes` }
    : decode(bytes, readEvidence);
}

export function encodeEvidenceQuery(id: EvidenceId): Uint8Array {
  return new Writer(1 + HASH_BYTES).u8(EVIDENCE_QUERY).hex(id).finish();
}

export function decodeEvidenceQuery(bytes: Uint8Array): Decoded<EvidenceId> {
  return decode(bytes, (reader) => {
    if (reader.u8() !== EVIDENCE_QUERY) throw new DecodeError('not a query for evidence');
    return reader.hex(HASH_BYTES) as EvidenceId;
  });
}

/** Null: the node does not hold it. */
export function encodeEvidenceAnswer(body: EvidenceBody | null): Uint8Array {
  return writeOptional(new Writer(2_048), body, writeEvidence).finish();
}

export function decodeEvidenceAnswer(bytes: Uint8Array): Decoded<EvidenceBody | null> {
  return bytes.length > limits.evidenceBytesMax + 1
    ? { ok: false, reason: `longer than ${limits.evidenceBytesMax} bytes` }
    : decode(bytes, (reader) => readOptional(reader, readEvidence));
}
