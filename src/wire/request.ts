/**
 * Client requests: statement (82 bytes) ‖ signature (64) ‖ commands, a 32-bit count and then each behind its 32-bit
 * length. Encoded once, by the client: everybody else keeps, forwards and orders these bytes.
 */
import { assert } from '../base/assert.ts';
import { DecodeError, Writer, decode } from '../base/binary.ts';
import type { Decoded, Reader } from '../base/binary.ts';
import { limits } from '../base/limits.ts';
import type { Signature } from '../consensus/model/ids.ts';
import type { ClientRequest, RequestStatement } from '../consensus/model/request.ts';
import { lastNumber } from '../consensus/model/request.ts';
import { writeSigning, writeStatement } from '../consensus/model/statement.ts';
import type { ClientContext } from './context.ts';
import { SIGNATURE_BYTES, readList, readSignature, writeList } from './layout.ts';
import { readRequestStatement } from './statement.ts';

const COMMANDS = { min: 1, max: limits.commandsPerRequestMax, what: 'commands' } as const;
const SEQUENCE_MAX = (1n << 64n) - 1n;

/** What a request adds to its commands and their lengths: statement, signature, count. */
const OVERHEAD_BYTES = 82 + SIGNATURE_BYTES + 4;

/** The bytes of a list of commands or results: a 32-bit count, then each behind its 32-bit length. */
export function encodeBlobs(blobs: readonly Uint8Array[]): Uint8Array {
  const size = blobs.reduce((sum, blob) => sum + 4 + blob.length, 4);
  return writeList(new Writer(size), blobs, (writer, blob) => writer.bytes(blob)).finish();
}

/** The commands as they are sent; the digest of this is `RequestStatement.commandsDigest`. */
export function encodeCommands(commands: readonly Uint8Array[]): Uint8Array {
  return encodeBlobs(commands);
}

/** A request of this process: the statement describes the commands, and both are within limits (our bug otherwise). */
export function makeRequest(
  statement: RequestStatement,
  signature: Signature,
  commands: readonly Uint8Array[],
  ctx: ClientContext,
): ClientRequest {
  const encoded = encodeCommands(commands);
  const writer = new Writer(OVERHEAD_BYTES + encoded.length);
  const bytes = writeStatement(writer, statement).raw(signature).raw(encoded).finish();
  const decoded = decodeRequest(bytes, ctx);
  assert(decoded.ok, `a request that nobody would take: ${decoded.ok ? '' : decoded.reason}`);
  return decoded.value;
}

/**
 * A request from its bytes, of which `bytes` and `commands` stay views. Checked: canonical layout, limits, that the
 * statement's count and digest are those of the commands, and that its numbers are 64-bit. Not checked: signature,
 * client, session window (C1, C2: `crypto/`).
 */
export function decodeRequest(bytes: Uint8Array, ctx: ClientContext): Decoded<ClientRequest> {
  return decode(bytes, (reader) => readRequest(reader, bytes, ctx));
}

/** As `decodeRequest`, inside a larger message: throws `DecodeError`. */
export function requestFrom(bytes: Uint8Array, ctx: ClientContext): ClientRequest {
  const decoded = decodeRequest(bytes, ctx);
  if (!decoded.ok) throw new DecodeError(`request: ${decoded.reason}`);
  return decoded.value;
}

function readRequest(reader: Reader, bytes: Uint8Array, ctx: ClientContext): ClientRequest {
  if (bytes.length > limits.requestBytesMax)
    throw new DecodeError(
      `a request of ${bytes.length} bytes where at most ${limits.requestBytesMax} are allowed`,
    );
  const statement = readRequestStatement(reader);
  const signature = readSignature(reader);
  const start = reader.offset;
  const commands = readList(reader, COMMANDS, (each) => each.bytes(limits.requestBytesMax));
  reader.end();
  if (commands.length !== statement.count)
    throw new DecodeError(`${commands.length} commands where ${statement.count} are signed for`);
  if (statement.first === 0n) throw new DecodeError('sequence numbers begin at 1');
  if (lastNumber(statement) > SEQUENCE_MAX) throw new DecodeError('sequence number above 64 bits');
  if (ctx.digest(bytes.subarray(start)) !== statement.commandsDigest)
    throw new DecodeError('the commands do not have the digest that is signed for');
  const digest = Writer.passing(
    (writer) => writeSigning(writer, ctx.clusterId, statement.client, statement),
    ctx.digest,
  );
  return { statement, signature, commands, bytes, digest };
}
