/** Entries as they are sent and stored: the 97 bytes of the header, then the payload behind its 32-bit length. */
import { DecodeError, Reader } from '../base/binary.ts';
import type { Writer } from '../base/binary.ts';
import { limits } from '../base/limits.ts';
import { writeHeader } from '../consensus/model/entry.ts';
import type { Content, Entry } from '../consensus/model/entry.ts';
import type { WireContext } from './context.ts';
import { readHeader } from './header.ts';
import { copyBytes, readList } from './layout.ts';
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
 * An entry out of a frame. Its payload is copied: the frame may be 4 MiB of entries and headers, and one entry kept
 * would keep all of it in memory.
 */
export function readEntryFromFrame(reader: Reader, ctx: WireContext): Entry {
  const header = readHeader(reader);
  return finishEntry(header, copyBytes(reader.bytes(limits.batchBytesMax)), ctx);
}

/**
 * What it says is read when somebody asks: whoever turns a message away, or passes an entry on, never looks into it, and
 * 4 MiB of small requests take 0.2 s to read.
 */
function finishEntry(header: Entry['header'], payload: Uint8Array, ctx: WireContext): Entry {
  const payloadDigest = ctx.naming.payload(payload);
  if (payloadDigest !== header.payloadDigest)
    throw new DecodeError(
      `entry ${header.index}: the payload is not the one that its header names`,
    );
  let content: Content | null = null;
  return {
    header,
    hash: ctx.naming.entry(header),
    payload,
    get content() {
      return (content ??= decodeContent(header.kind, payload, ctx));
    },
  };
}

/** Requests or votes of an entry, without a look at them: a batch and a bundle begin with their count. */
export function signaturesIn({ header, payload }: Pick<Entry, 'header' | 'payload'>): number {
  if (header.kind === 'configuration' || payload.length < COUNT_BYTES) return 0;
  const count = new Reader(payload).u32();
  // What claims more is malformed, and nothing of it is read.
  return count > limits.requestsPerBatchMax ? 0 : count;
}

const COUNT_BYTES = 4;

/** Entries out of a frame, with at most so many signatures in them all (section 12, Room). */
export function readEntriesFromFrame(
  reader: Reader,
  range: Parameters<typeof readList>[1],
  signaturesMax: number,
  ctx: WireContext,
): readonly Entry[] {
  let signatures = 0;
  return readList(reader, range, (each) => {
    const entry = readEntryFromFrame(each, ctx);
    signatures += signaturesIn(entry);
    if (signatures > signaturesMax)
      throw new DecodeError(`entries with more than ${signaturesMax} signatures in one message`);
    return entry;
  });
}
