/** Lines of a stream of bytes, numbered, with a bound on their length. */
import { CliError } from '../cli-error.ts';

export interface Line {
  /** 1 for the first. */
  readonly number: number;
  /** Without the newline (and without a carriage return before it). */
  readonly bytes: Uint8Array;
  /** Whether a newline ends it: the last line of a file that was cut off has none. */
  readonly isEnded: boolean;
  /** Bytes of the input up to the end of this line, for progress. */
  readonly endOffset: number;
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/**
 * Reads lines one after the other; memory is bounded by the longest line and one chunk.
 *
 * @throws CliError `input` naming `name` and the line where one is longer than `bytesMax`.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  options: { readonly name: string; readonly bytesMax: number },
): AsyncGenerator<Line> {
  let pieces: Uint8Array[] = [];
  let pending = 0;
  let number = 1;
  let offset = 0;
  const check = (length: number): void => {
    if (length > options.bytesMax)
      throw new CliError(
        'input',
        `${options.name}:${number}: the line is longer than ${options.bytesMax} bytes`,
        { code: 'line-too-long', hint: 'split the record; values have at most 1 MiB' },
      );
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end < 0) break;
      check(pending + end - start);
      pieces.push(chunk.subarray(start, end));
      offset += end - start + 1;
      yield { number, bytes: joinLine(pieces), isEnded: true, endOffset: offset };
      number++;
      pieces = [];
      pending = 0;
      start = end + 1;
    }
    // A copy: the stream may use the chunk's memory again, and a short rest would keep all of it alive.
    const rest = chunk.slice(start);
    if (rest.length > 0) pieces.push(rest);
    pending += rest.length;
    offset += rest.length;
    check(pending);
  }
  if (pending > 0) yield { number, bytes: joinLine(pieces), isEnded: false, endOffset: offset };
}

function joinLine(pieces: readonly Uint8Array[]): Uint8Array {
  const line = pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
  return line.at(-1) === RETURN ? line.subarray(0, -1) : line;
}
