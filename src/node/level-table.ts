/** Checks a table of LevelDB (doc/table_format.md) against its own checksums: LevelDB does not when it reads. */
import { LevelFormatError, LevelReader, unpackSnappy } from './level-bytes.ts';
import { maskedCrc } from './level-crc.ts';

const FOOTER_BYTES = 48;
const MAGIC = Uint8Array.of(0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb);
/** Compression and checksum after each block. */
const TRAILER_BYTES = 5;
const COMPRESSION = { none: 0, snappy: 1 } as const;

interface Handle {
  readonly offset: number;
  readonly size: number;
}

/** @throws LevelFormatError where a byte that LevelDB may read is not the one that it wrote */
export function checkTable(table: Uint8Array): void {
  if (table.length < FOOTER_BYTES) throw new LevelFormatError('ends too early');
  const footer = table.subarray(-FOOTER_BYTES);
  if (Buffer.compare(footer.subarray(-MAGIC.length), MAGIC) !== 0)
    throw new LevelFormatError('does not end as a table does');
  const reader = new LevelReader(footer);
  const meta = readHandle(reader);
  const index = readHandle(reader);
  let end = 0;
  for (const handle of handlesOf(openBlock(table, meta))) {
    // Each byte is read once: many handles of one block would make a start take hours.
    if (handle.offset < end) throw new LevelFormatError(`names byte ${handle.offset} twice`);
    openBlock(table, handle);
    end = handle.offset + handle.size + TRAILER_BYTES;
  }
  end = 0;
  for (const handle of handlesOf(openBlock(table, index))) {
    if (handle.offset !== end) throw new LevelFormatError(`has a gap at byte ${end}`);
    openBlock(table, handle);
    end += handle.size + TRAILER_BYTES;
  }
}

function readHandle(reader: LevelReader): Handle {
  return { offset: reader.varint(), size: reader.varint() };
}

interface Block {
  readonly compression: number;
  readonly content: Uint8Array;
}

function openBlock(table: Uint8Array, { offset, size }: Handle): Block {
  const end = offset + size + TRAILER_BYTES;
  if (end > table.length - FOOTER_BYTES) throw new LevelFormatError('ends too early');
  const checked = table.subarray(offset, offset + size + 1);
  const stored = new LevelReader(table.subarray(offset + size + 1, end)).unsigned(4);
  if (maskedCrc(checked) !== stored)
    throw new LevelFormatError(`is not what was written between bytes ${offset} and ${end}`);
  return { compression: checked[size] ?? COMPRESSION.none, content: checked.subarray(0, size) };
}

/** The values of an index block: entries that share a prefix with the key before, then the restart points. */
function handlesOf({ compression, content }: Block): readonly Handle[] {
  const block = compression === COMPRESSION.snappy ? unpackSnappy(content) : content;
  if (block.length < 4) throw new LevelFormatError('ends too early');
  const restarts = new LevelReader(block.subarray(-4)).unsigned(4);
  const end = block.length - 4 - 4 * restarts;
  if (end < 0) throw new LevelFormatError('ends too early');
  const reader = new LevelReader(block.subarray(0, end));
  const handles: Handle[] = [];
  while (reader.remaining > 0) {
    reader.varint();
    const keyBytes = reader.varint();
    const valueBytes = reader.varint();
    reader.raw(keyBytes);
    handles.push(readHandle(new LevelReader(reader.raw(valueBytes))));
  }
  return handles;
}
