/** LevelDB's journals (doc/log_format.md): its write-ahead logs and its manifests. */
import { LevelFormatError, LevelReader } from './level-bytes.ts';
import { maskedCrc } from './level-crc.ts';

const BLOCK_BYTES = 32_768;
const HEADER_BYTES = 7;
const FRAGMENT = { full: 1, first: 2, middle: 3, last: 4 } as const;

interface Fragment {
  readonly type: number;
  readonly content: Uint8Array;
  /** It is what its checksum says. */
  readonly whole: boolean;
}

export interface Journal {
  readonly records: readonly Uint8Array[];
  /** False where the end is torn, as when the writer died in the middle of a record. */
  readonly whole: boolean;
}

/**
 * All records. Bad bytes at the end are a record that was being written; a record that begins behind them was written
 * later, so they were whole once.
 *
 * @throws LevelFormatError
 */
export function readJournal(bytes: Uint8Array): Journal {
  const records: Uint8Array[] = [];
  let parts: Uint8Array[] = [];
  let torn: number | null = null;
  for (let start = 0; start < bytes.length; start += BLOCK_BYTES) {
    const block = bytes.subarray(start, start + BLOCK_BYTES);
    for (let at = 0; at + HEADER_BYTES <= block.length;) {
      const fragment = readFragment(block.subarray(at));
      if (fragment === null || !fragment.whole) torn ??= start + at;
      if (fragment === null) break;
      const { type, content, whole } = fragment;
      at += HEADER_BYTES + content.length;
      if (!whole) continue;
      if (type === FRAGMENT.full || type === FRAGMENT.first) {
        if (parts.length > 0) torn ??= start + at;
        if (torn !== null) throw new LevelFormatError(`is not what was written at byte ${torn}`);
        parts = [];
      } else if (parts.length === 0) torn ??= start + at;
      if (torn !== null) continue;
      parts.push(content);
      if (type === FRAGMENT.middle || type === FRAGMENT.first) continue;
      records.push(parts.length === 1 ? content : Buffer.concat(parts));
      parts = [];
    }
  }
  return { records, whole: torn === null && parts.length === 0 };
}

/** Null where the bytes are none, and so do not say where the next one begins. */
function readFragment(bytes: Uint8Array): Fragment | null {
  const reader = new LevelReader(bytes);
  const stored = reader.unsigned(4);
  const length = reader.unsigned(2);
  const type = reader.u8();
  if (length > reader.remaining || (length === 0 && type === 0)) return null;
  const checked = bytes.subarray(HEADER_BYTES - 1, HEADER_BYTES + length);
  const whole = type <= FRAGMENT.last && maskedCrc(checked) === stored;
  return { type, content: checked.subarray(1), whole };
}

/** Numbers of the writes in a record of a write-ahead log: the first, and the one after the last. */
export function writesOf(record: Uint8Array): { readonly first: number; readonly next: number } {
  const reader = new LevelReader(record);
  const first = reader.unsigned(6);
  reader.raw(2);
  return { first, next: first + reader.unsigned(4) };
}
