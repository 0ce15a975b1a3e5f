/** Files of evidence, line by line: read with a bound, and verified against a genesis and nothing else. */
import { isUtf8 } from 'node:buffer';
import { limits } from '../../base/limits.ts';
import { EvidenceChecker } from '../../client/evidence-proof.ts';
import type { EvidenceVerdict } from '../../client/evidence-proof.ts';
import { nativeDigest, nodeEd25519 } from '../../node/native-crypto.ts';
import type { Genesis } from '../../wire/genesis.ts';
import { CliError } from '../cli-error.ts';
import type { ExitName } from '../exit-codes.ts';
import { readLines } from '../input/lines.ts';
import type { Line } from '../input/lines.ts';
import { openSource } from '../input/source.ts';
import type { World } from '../world.ts';

export interface EvidenceFileLine {
  readonly number: number;
  readonly verdict: EvidenceVerdict;
}

/** How a command ends that met a line which does not hold. */
export const FAULT_EXITS: Readonly<
  Record<Extract<EvidenceVerdict, { ok: false }>['fault'], ExitName>
> = {
  unreadable: 'input',
  'other-cluster': 'damaged',
  'not-proven': 'not-proven',
};

/** What editors and shells of other systems put before a text: it says how the text is encoded. */
const UTF8_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const UTF16_MARKS = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])];

/**
 * The verdict about each line of a file, or of standard input.
 *
 * @throws CliError where it cannot be read, is larger than any such file, is in UTF-16, or holds no line
 */
export async function* verifyFile(
  name: string,
  genesis: Genesis,
  world: World,
): AsyncGenerator<EvidenceFileLine> {
  const source = await openSource(name, world);
  const checker = new EvidenceChecker(genesis, { digest: nativeDigest, ed25519: nodeEd25519() });
  const options = { name: source.name, bytesMax: limits.evidenceLineBytesMax };
  let lines = 0;
  for await (const line of boundedLines(source.chunks, options)) {
    const { number, endOffset } = line;
    if (endOffset > limits.evidenceFileBytesMax)
      throw new CliError(
        'input',
        `${source.name} has more than ${limits.evidenceFileBytesMax} bytes`,
        { code: 'bad-evidence' },
      );
    lines++;
    const bytes = number === 1 ? unmarked(line.bytes, source.name) : line.bytes;
    yield { number, verdict: verdictOn({ ...line, bytes }, checker) };
  }
  if (lines === 0)
    throw new CliError('input', `${source.name} holds no evidence: it is empty`, {
      code: 'bad-evidence',
    });
}

async function* boundedLines(...args: Parameters<typeof readLines>): AsyncGenerator<Line> {
  try {
    yield* readLines(...args);
  } catch (error) {
    // What it advises is for records.
    throw error instanceof CliError ? error.extended({ hint: 'no evidence is so long' }) : error;
  }
}

/**
 * The first line without the mark that is the file's and not its own.
 *
 * @throws CliError for UTF-16: none of its lines could be read
 */
function unmarked(bytes: Uint8Array, name: string): Uint8Array {
  if (UTF16_MARKS.some((mark) => mark.equals(bytes.subarray(0, mark.length))))
    throw new CliError('input', `${name} is encoded as UTF-16, and evidence as UTF-8`, {
      code: 'bad-evidence',
      hint: 'convert it (iconv -f UTF-16 -t UTF-8), or export it again with --output',
    });
  return UTF8_MARK.equals(bytes.subarray(0, UTF8_MARK.length))
    ? bytes.subarray(UTF8_MARK.length)
    : bytes;
}

function verdictOn(
  { bytes, isEnded }: Pick<Line, 'bytes' | 'isEnded'>,
  checker: EvidenceChecker,
): EvidenceVerdict {
  // Not `fromUtf8`, which is for short texts: a line has hundreds of kilobytes.
  if (!isUtf8(bytes)) return { ok: false, fault: 'unreadable', reason: 'not UTF-8' };
  const text = Buffer.from(bytes).toString();
  const verdict = checker.line(text);
  const isCut = !isEnded && text.startsWith('{') && !text.endsWith('}');
  if (verdict.ok || verdict.fault !== 'unreadable' || !isCut) return verdict;
  return {
    ...verdict,
    reason: `${verdict.reason}, and so does the file: it seems to be cut off, copy or export it again`,
  };
}
