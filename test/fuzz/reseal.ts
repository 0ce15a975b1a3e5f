/**
 * Makes changed bytes true again where they stand: the digest that a statement names is that of the body, and the
 * signature that of its signer. So a mutation gets past the checks that turn away accidents, and meets what is behind
 * them. Whose keys are at hand says `secretOf`; what is not understood stays as it is.
 */
import { DecodeError, Reader, Writer } from '../../src/base/binary.ts';
import { fromHex } from '../../src/base/bytes.ts';
import type { ClusterId, Digest, Signature } from '../../src/consensus/model/ids.ts';
import { STATEMENT_CODE } from '../../src/consensus/model/statement.ts';
import type { Statement } from '../../src/consensus/model/statement.ts';
import { HASH_BYTES, SIGNATURE_BYTES } from '../../src/wire/layout.ts';
import type { Mutation } from './target.ts';

export interface Keys {
  readonly clusterId: ClusterId;
  readonly digest: Digest;
  readonly sign: (message: Uint8Array, secret: Uint8Array) => Signature;
  /** Of a node or of a client; null where the fuzzer does not hold it. */
  readonly secretOf: (signer: string) => Uint8Array | null;
}

const SIGNING_TAG = 'tangaroa statement 1';
const BODIES: readonly Statement['kind'][] = [
  'fetch-entries',
  'entries',
  'forward',
  'proof',
  'evidence',
  'refusal',
];

/** How many bytes the statement of a kind has, and where in it the digest of what follows stands. */
function layoutOf(kind: Statement['kind']): { readonly bytes: number; readonly digestAt: number } {
  switch (kind) {
    case 'append-entries':
      return { bytes: 104, digestAt: -1 };
    case 'append-entries-response':
      return { bytes: 96, digestAt: -1 };
    case 'suspect':
      return { bytes: 17, digestAt: -1 };
    case 'request-vote':
    case 'vote':
    case 'vote-refusal':
      return { bytes: 80, digestAt: -1 };
    case 'transfer-leadership':
      return { bytes: 24, digestAt: -1 };
    case 'client-reply':
      return { bytes: 120, digestAt: 88 };
    case 'read-reply':
      return { bytes: 104, digestAt: 72 };
    case 'client-request':
      return { bytes: 82, digestAt: 42 };
    case 'read':
      return { bytes: 80, digestAt: 48 };
    default:
      return { bytes: HASH_BYTES, digestAt: BODIES.includes(kind) ? 0 : -1 };
  }
}

const KINDS = new Map(
  (Object.keys(STATEMENT_CODE) as Statement['kind'][]).map((kind) => [STATEMENT_CODE[kind], kind]),
);

/** A frame of Tangaroa's peers, of clients, or of nodes to clients. */
export function resealFrame(frame: Uint8Array, keys: Keys): Uint8Array {
  try {
    const reader = new Reader(frame);
    reader.u8();
    const kind = KINDS.get(reader.u8());
    if (kind === undefined || kind === 'handshake') return frame;
    const isClients = kind === 'client-request' || kind === 'read';
    const signer = isClients ? null : reader.text();
    return resealAt(frame, reader.offset, { kind, signer }, keys);
  } catch (error) {
    if (error instanceof DecodeError) return frame;
    throw error;
  }
}

/** A client's request as it stands in frames, Forwards and batches. */
export function resealRequest(request: Uint8Array, keys: Keys): Uint8Array {
  return resealAt(request, 0, { kind: 'client-request', signer: null }, keys);
}

function resealAt(
  bytes: Uint8Array,
  at: number,
  { kind, signer }: { readonly kind: Statement['kind']; readonly signer: string | null },
  keys: Keys,
): Uint8Array {
  const layout = layoutOf(kind);
  const end = at + layout.bytes + SIGNATURE_BYTES;
  if (end > bytes.length) return bytes;
  const sealed = Uint8Array.from(bytes);
  const statement = sealed.subarray(at, at + layout.bytes);
  if (layout.digestAt >= 0) {
    const digest = fromHex(keys.digest(sealed.subarray(end)));
    if (digest !== null) statement.set(digest, layout.digestAt);
  }
  // A client's statement begins with its id.
  const name = signer ?? new Reader(statement).hex(HASH_BYTES);
  const secret = keys.secretOf(name);
  if (secret === null) return sealed;
  const message = new Writer(256)
    .text(SIGNING_TAG)
    .hex(keys.clusterId)
    .u8(STATEMENT_CODE[kind])
    .text(name)
    .raw(statement)
    .finish();
  sealed.set(keys.sign(message, secret), at + layout.bytes);
  return sealed;
}

/** As a mutation: what the one before it changed becomes true. */
export function resealing(reseal: (bytes: Uint8Array) => Uint8Array): Mutation {
  return (input) => reseal(input);
}
