/**
 * How many writes to the log were synced, kept outside of it (D1): so that a start notices when the end of the log, or
 * all of it, is gone, which LevelDB takes for a crash in the middle of a write.
 *
 * The file is written after each write of the log is synced, and not synced itself: after a loss of power it may tell
 * less than the log holds, never more. Its bytes are overwritten in place, within one sector.
 */
import {
  closeSync,
  constants,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { utf8 } from '../base/bytes.ts';
import { crc32c } from './level-crc.ts';

export interface LogMark {
  /** Writes that are known to be synced; 0 where nothing is known. */
  readonly writes: number;
  advance(writes: number): void;
}

const DIGITS = 16;
const LINE = /^(?<writes>\d{16}) (?<check>[0-9a-f]{8})\n$/u;

function encode(writes: number): Uint8Array {
  const digits = String(writes).padStart(DIGITS, '0');
  return utf8(`${digits} ${checkOf(digits)}\n`);
}

function checkOf(digits: string): string {
  return crc32c(utf8(digits)).toString(16).padStart(8, '0');
}

/** 0 where it is not what was written: then nothing is known, and the log alone counts. */
function decode(text: string): number {
  const { writes = '', check } = LINE.exec(text)?.groups ?? {};
  return check === checkOf(writes) ? Number(writes) : 0;
}

export class FileMark implements LogMark {
  readonly #file: number;
  #writes: number;
  #closed = false;

  private constructor(file: number, writes: number) {
    this.#file = file;
    this.#writes = writes;
  }

  /** @throws errors of the file system */
  static open(path: string): FileMark {
    const file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o644);
    const bytes = Buffer.alloc(64);
    const mark = new FileMark(file, decode(bytes.toString('latin1', 0, readSync(file, bytes))));
    // From now on it has its size, and is only overwritten.
    if (mark.writes === 0) mark.#create(dirname(path));
    return mark;
  }

  get writes(): number {
    return this.#writes;
  }

  /** @throws errors of the file system */
  advance(writes: number): void {
    writeSync(this.#file, encode(writes), 0, undefined, 0);
    this.#writes = writes;
  }

  #create(directory: string): void {
    // What else is in the file would stay behind the line, and no start would ever read it.
    ftruncateSync(this.#file, 0);
    this.advance(0);
    fsyncSync(this.#file);
    // Windows opens no directories; its file system journals them.
    if (process.platform === 'win32') return;
    const parent = openSync(directory, 'r');
    fsyncSync(parent);
    closeSync(parent);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#file);
  }
}
