/** What the key-value commands share: their keys and values, and how they print an answer. */
import type { Provenance } from '../../client/api.ts';
import { CliError } from '../cli-error.ts';
import { parseBytes } from '../input/values.ts';
import type { Notation } from '../output/encode.ts';

/** A key, value or bound of the command line as bytes. */
export function argumentBytes(name: string, text: string, notation: Notation): Uint8Array {
  const bytes = parseBytes(text, notation);
  if (typeof bytes === 'string') throw new CliError('usage', `${name} '${text}' ${bytes}`);
  return bytes;
}

export function keyBytes(text: string, notation: Notation): Uint8Array {
  const key = argumentBytes('the key', text, notation);
  if (key.length === 0) throw new CliError('usage', 'the key is empty');
  return key;
}

/** Where an answer comes from, for `--json`: at which log index, and whether f+1 nodes signed it (C3). */
export function provenance(answer: Provenance): Readonly<Record<string, unknown>> {
  return {
    index: answer.index,
    verified: answer.verified,
    ...(answer.node === null ? {} : { node: answer.node }),
  };
}
