/**
 * Inputs that are kept: those that showed something once, and some that are hard to make. Small text files below
 * `corpus/<target>/`: `.hex` is lines of hexadecimal, `.json` is parts that may be repeated, for what is large and
 * regular. Both say in a line what the input showed.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { concatBytes, fromHex, toHex, utf8 } from '../../src/base/bytes.ts';

export interface Kept {
  readonly target: string;
  readonly name: string;
  readonly showed: string;
  readonly input: Uint8Array;
}

interface Part {
  readonly text?: string;
  readonly hex?: string;
  readonly times?: number;
}

/** The repository's top folder, from the source or from what was compiled of it. */
export function rootDirectory(): string {
  let at = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(at, 'package-lock.json'))) at = dirname(at);
  return at;
}

export function corpusDirectory(): string {
  return join(rootDirectory(), 'test', 'fuzz', 'corpus');
}

export function readCorpus(directory: string = corpusDirectory()): readonly Kept[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .sort()
    .flatMap((target) =>
      readdirSync(join(directory, target))
        .sort()
        .map((name) => ({ target, name, ...readKept(join(directory, target, name)) })),
    );
}

/** @throws Error naming the file where it is none */
export function readKept(file: string): Pick<Kept, 'showed' | 'input'> {
  const text = readFileSync(file, 'utf8');
  const kept = file.endsWith('.json') ? parseParts(text) : parseHex(text);
  if (kept === null) throw new Error(`${file} is no input: see test/fuzz/corpus.ts`);
  return kept;
}

function parseHex(text: string): Pick<Kept, 'showed' | 'input'> | null {
  const lines = text.split('\n');
  const comments = lines.filter((line) => line.startsWith('#')).map((line) => line.slice(1).trim());
  const input = fromHex(lines.filter((line) => !line.startsWith('#')).join(''));
  return input === null || comments.length === 0 ? null : { showed: comments.join(' '), input };
}

function parseParts(text: string): Pick<Kept, 'showed' | 'input'> | null {
  const { showed, parts } = JSON.parse(text) as { showed?: string; parts?: readonly Part[] };
  if (showed === undefined || parts === undefined) return null;
  const bytes = parts.map((part) => {
    const once = part.hex === undefined ? utf8(part.text ?? '') : fromHex(part.hex);
    if (once === null) throw new Error(`not hexadecimal: ${part.hex}`);
    return repeated(once, part.times ?? 1);
  });
  return { showed, input: concatBytes(...bytes) };
}

function repeated(bytes: Uint8Array, times: number): Uint8Array {
  const all = new Uint8Array(bytes.length * times);
  for (let i = 0; i < times; i++) all.set(bytes, i * bytes.length);
  return all;
}

/** The text of a `.hex` file. */
export function formatHex(showed: string, input: Uint8Array): string {
  const lines = toHex(input).match(/.{1,96}/gu) ?? [];
  return [`# ${showed.replaceAll('\n', ' ')}`, ...lines, ''].join('\n');
}

/** Writes an input where a person finds it; who mends what it shows moves it to the corpus. */
export function writeFinding(
  target: string,
  name: string,
  showed: string,
  input: Uint8Array,
): string {
  const directory = join(rootDirectory(), 'dist', 'findings', target);
  mkdirSync(directory, { recursive: true });
  const file = join(directory, `${name}.hex`);
  writeFileSync(file, formatHex(showed, input));
  return file;
}
