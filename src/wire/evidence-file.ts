/**
 * Evidence as a file that people hand around: one JSON object a line, in one canonical form. What can be read in it is
 * what the bytes say, or the line is none; whether the bytes prove it takes the genesis (`client/evidence-proof.ts`).
 */
import { assert } from '../base/assert.ts';
import { fromBase64, toBase64 } from '../base/base64.ts';
import { limits } from '../base/limits.ts';
import { quoted } from '../base/text.ts';
import { evidenceId, hashSaid, subjectOf } from '../consensus/model/evidence.ts';
import type { EvidenceId } from '../consensus/model/evidence.ts';
import type { ClusterId, Digest } from '../consensus/model/ids.ts';
import type { EvidenceBody } from '../consensus/model/message.ts';
import { decodeEvidence, encodeEvidence } from './evidence.ts';

const FORMAT = 'evidence';
const VERSION = 1;
const BYTE_ORDER_MARK = '\ufeff';
const CLUSTER_ID = /^[0-9a-f]{64}$/u;

/** The fields of a line, in their order. 64-bit numbers are texts, so that no reader rounds them. */
const FIELDS = [
  'tangaroa',
  'version',
  'clusterId',
  'id',
  'culprit',
  'epoch',
  'term',
  'kind',
  'index',
  'hashes',
  'bytes',
] as const;
type Fields = Readonly<Record<(typeof FIELDS)[number], unknown>>;

export interface EvidenceLine {
  readonly clusterId: ClusterId;
  readonly id: EvidenceId;
  readonly body: EvidenceBody;
}

/** `unreadable`: no line as it is written. `not-proven`: one whose fields say something else than its bytes. */
export type EvidenceLineResult =
  | { readonly ok: true; readonly value: EvidenceLine }
  | {
      readonly ok: false;
      readonly fault: 'unreadable' | 'not-proven';
      readonly reason: string;
    };

type Said = string | readonly (string | null)[];

/** What a piece of evidence says: a line of a file without its bytes. */
function describeEvidence(
  clusterId: ClusterId,
  body: EvidenceBody,
  digest: Digest,
): Readonly<Record<string, Said>> {
  const subject = subjectOf(body);
  const { culprit, epoch, term, kind, index } = subject;
  return {
    clusterId,
    id: evidenceId(clusterId, subject, digest),
    culprit,
    epoch: String(epoch),
    term: String(term),
    kind,
    index: String(index),
    hashes: [hashSaid(body.first, index, digest), hashSaid(body.second, index, digest)],
  };
}

/** The line of evidence that was verified, without the new line at its end. */
export function formatEvidenceLine(
  clusterId: ClusterId,
  body: EvidenceBody,
  digest: Digest,
): string {
  const line = render(clusterId, body, encodeEvidence(body), digest);
  assert(line.length <= limits.evidenceLineBytesMax, 'evidence fits a line');
  return line;
}

function render(
  clusterId: ClusterId,
  body: EvidenceBody,
  bytes: Uint8Array,
  digest: Digest,
): string {
  return JSON.stringify({
    tangaroa: FORMAT,
    version: VERSION,
    ...describeEvidence(clusterId, body, digest),
    bytes: toBase64(bytes),
  });
}

/** Thrown and caught in this file only. */
class LineError extends Error {
  readonly fault: 'unreadable' | 'not-proven';

  constructor(reason: string, fault: LineError['fault'] = 'unreadable') {
    super(reason);
    this.fault = fault;
  }
}

/** What a line says, or which of its fields is wrong and how. */
export function parseEvidenceLine(text: string, digest: Digest): EvidenceLineResult {
  try {
    if (text.length > limits.evidenceLineBytesMax)
      throw new LineError(`longer than ${limits.evidenceLineBytesMax} characters`);
    return { ok: true, value: readLine(text, digest) };
  } catch (error) {
    if (error instanceof LineError) return { ok: false, fault: error.fault, reason: error.message };
    throw error;
  }
}

function readLine(text: string, digest: Digest): EvidenceLine {
  const fields = readFields(text);
  const { clusterId } = fields;
  if (fields.tangaroa !== FORMAT)
    throw new LineError(`field "tangaroa" is ${quoted(fields.tangaroa)}, not "${FORMAT}"`);
  if (fields.version !== VERSION)
    throw new LineError(
      `field "version" is ${quoted(fields.version)}: this program knows version ${VERSION}`,
    );
  if (typeof clusterId !== 'string' || !CLUSTER_ID.test(clusterId))
    throw new LineError('field "clusterId" is not 64 hexadecimal digits');
  const bytes = typeof fields.bytes === 'string' ? fromBase64(fields.bytes) : null;
  if (bytes === null) throw new LineError('field "bytes" is not base64');
  const decoded = decodeEvidence(bytes);
  if (!decoded.ok) throw new LineError(`field "bytes" holds no evidence: ${decoded.reason}`);
  const body = decoded.value;
  const said = describeEvidence(clusterId as ClusterId, body, digest);
  for (const [name, value] of Object.entries(said))
    checkField(name, fields[name as keyof Fields], value);
  // One canonical form: other spaces, another order of fields, a field twice.
  if (render(clusterId as ClusterId, body, bytes, digest) !== text)
    throw new LineError('not written as `tangaroa evidence export` writes it');
  return { clusterId: clusterId as ClusterId, id: said['id'] as EvidenceId, body };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

function checkField(name: string, written: unknown, said: Said): void {
  const isSame =
    typeof said === 'string'
      ? written === said
      : said.length === listOf(written).length &&
        said.every((each, i) => each === listOf(written)[i]);
  if (!isSame)
    throw new LineError(
      `field "${name}" is ${quoted(written)}, but its bytes say ${JSON.stringify(said)}`,
      'not-proven',
    );
}

function readFields(text: string): Fields {
  const json = parseJson(text);
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new LineError('not a JSON object');
  const unknown = Object.keys(json).find((name) => !FIELDS.some((field) => field === name));
  if (unknown !== undefined) throw new LineError(`unknown field ${quoted(unknown)}`);
  const missing = FIELDS.find((name) => !Object.hasOwn(json, name));
  if (missing !== undefined) throw new LineError(`field "${missing}" is missing`);
  return json as Fields;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What the engine says quotes the text, which may hold whatever a terminal obeys.
    throw new LineError(`not JSON${whyNoJson(text)}`);
  }
}

/** What copies and editors do to a line, where it is that. */
function whyNoJson(text: string): string {
  if (text.trim() === '') return ': the line is empty';
  if (text.startsWith(BYTE_ORDER_MARK)) return ': it begins with a byte order mark';
  return text.startsWith('{') && !text.trimEnd().endsWith('}')
    ? ': it ends before it is whole'
    : '';
}
