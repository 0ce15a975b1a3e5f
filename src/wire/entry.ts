/** Entries as they are sent and stored: the 97 bytes of the header, then the payload behind its 32-bit length. */
import { DecodeError } from '../base/binary.ts';
import type { Reader, Writer } from '../base/binary.ts';
import { limits } from '../base/limits.ts';
import { nameEntry, writeHeader } from '../consensus/model/entry.ts';
import type { Entry } from '../consensus/model/entry.ts';
import type { WireContext } from './context.ts';
import { readHeader } from './header.ts';
import { copyBytes } from './layout.ts';
import { decodeContent } from './payload.ts';

/** What an entry takes beside its payload. */
export const ENTRY_OVERHEAD_BYTES = 101;

export function writeEntry(writer: Writer, entry: Entry): Writer {
  return writeHeader(writer, entry.header).bytes(entry.payload);
}

/**
 * An entry out of a record, whose bytes nobody else holds: its payload stays a view of them. Digest and hash are
 * computed, so they are always those of the bytes; a header that names another digest is an error. A payload that
 * breaks its own layout is not: its content is `malformed`.
 */
export function readEntry(reader: Reader, ctx: WireContext): Entry {
  const header = readHeader(reader);
  return finishEntry(header, reader.bytes(limits.batchBytesMax), ctx);
}

/**
 * An entry out of a frame. Its payload is copied: the frame may be 8 MiB of entries and headers, and one entry kept
 * would keep all of it in memory.
 */
export function readEntryFromFrame(reader: Reader, ctx: WireContext): Entry {
  const header = readHeader(reader);
  return finishEntry(header, copyBytes(reader.bytes(limits.batchBytesMax)), ctx);
}

function finishEntry(header: Entry['header'], payload: Uint8Array, ctx: WireContext): Entry {
  const content = decodeContent(header.kind, payload, ctx);
  const entry = nameEntry(header, payload, content, ctx.naming);
  if (entry.header.payloadDigest !== header.payloadDigest)
    throw new DecodeError(
      `entry ${header.index}: the payload is not the one that its header names`,
    );
  return entry;
}
