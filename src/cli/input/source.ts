/** Input that a command line names: a file, or `-` for standard input. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { CliError, systemError } from '../cli-error.ts';
import type { World } from '../world.ts';

export interface Source {
  /** For messages. */
  readonly name: string;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Null for a pipe. */
  readonly size: number | null;
}

const CHUNK_BYTES = 256 * 1024;

/** @throws CliError `environment` where the file cannot be read */
export async function openSource(name: string, world: World): Promise<Source> {
  if (name === '-') return { name: 'standard input', chunks: world.stdin, size: null };
  const file = path.resolve(world.cwd, name);
  try {
    const found = await stat(file);
    if (found.isDirectory())
      throw new CliError('environment', `cannot read ${name}: it is a directory`, {
        code: 'eisdir',
      });
    return { name, chunks: readFileChunks(file, name), size: found.isFile() ? found.size : null };
  } catch (error) {
    throw systemError(`read ${name}`, error);
  }
}

async function* readFileChunks(file: string, name: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES }))
      yield chunk as Uint8Array;
  } catch (error) {
    throw systemError(`read ${name}`, error);
  }
}

/** All of a source, if it has at most `bytesMax`. */
export async function readAll(source: Source, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of source.chunks) {
    length += chunk.length;
    if (length > bytesMax)
      throw new CliError('input', `${source.name} has more than ${bytesMax} bytes`, {
        code: 'value-too-large',
      });
    chunks.push(Uint8Array.from(chunk));
  }
  return Buffer.concat(chunks);
}
