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

/**
 * The verdict about each line of a file, or of standard input.
 *
 * @throws CliError where it cannot be read, is larger than any such file, or holds no line
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
  for await (const { number, bytes, endOffset } of boundedLines(source.chunks, options)) {
    if (endOffset > limits.evidenceFileBytesMax)
      throw new CliError(
        'input',
        `${source.name} has more than ${limits.evidenceFileBytesMax} bytes`,
        { code: 'bad-evidence' },
      );
    lines++;
    yield { number, verdict: verdictOn(bytes, checker) };
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

function verdictOn(bytes: Uint8Array, checker: EvidenceChecker): EvidenceVerdict {
  // Not `fromUtf8`, which is for short texts: a line has hundreds of kilobytes.
  if (!isUtf8(bytes)) return { ok: false, fault: 'unreadable', reason: 'not UTF-8' };
  return checker.line(Buffer.from(bytes).toString());
}
