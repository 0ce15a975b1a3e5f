/** What can be fuzzed: something that takes bytes, inputs to begin with, and what must hold for every input. */
import type { Random } from '../../src/base/random.ts';

/** What became of an input, in a few words: the fuzzer keeps an input that shows a new one. */
export type Verdict = string;

/** How inputs are mutated: as bytes, as text (JSON most of all), or as steps (`steps.ts`). */
export type Shape = 'bytes' | 'text' | 'steps';

/** A change that knows what the bytes mean; null where it cannot be made to these. */
export type Mutation = (
  input: Uint8Array,
  random: Random,
  other: () => Uint8Array,
) => Uint8Array | null;

export interface Target {
  readonly name: string;
  /** What is fed with what. */
  readonly takes: string;
  /** What must hold beside what the engine looks at for all targets. */
  readonly holds: string;
  readonly shape: Shape;
  /** Inputs to begin with, the same each time: each shape, each limit at its bound and above. */
  readonly seeds: () => readonly Uint8Array[] | Promise<readonly Uint8Array[]>;
  /** Changes beside the general ones; half of all mutations are theirs. */
  readonly mutations: readonly Mutation[];
  /** Feeds one input. Whatever it throws is a finding. */
  readonly run: (input: Uint8Array) => Verdict | Promise<Verdict>;
  /** What is kept of an input that was taken; the engine weighs it. Null where nothing is. */
  readonly keeps: ((input: Uint8Array) => unknown) | null;
  /** Bytes that may be allocated for an input of that length; null where that cannot be measured. */
  readonly allocates: ((inputBytes: number) => number) | null;
  /** Cases in `npm test`. */
  readonly testCases: number;
  /** Ends what runs. */
  readonly close: () => Promise<void>;
}

/** A broken promise that a target noticed by itself. */
export class Broken extends Error {
  override readonly name = 'Broken';
}

export const nothingToClose = (): Promise<void> => Promise.resolve();

/** For decoders: hashes in hexadecimal, objects, digests, and the encoding that is made to be compared. */
export function decoderBytes(inputBytes: number): number {
  return 524_288 + 512 * inputBytes;
}

/** A reason without its numbers and names, so that two inputs that were refused alike have one verdict. */
export function classOf(reason: string): Verdict {
  return reason
    .replace(/"(?:[^"\\]|\\.)*"|'[^']*'/gu, 'Q')
    .replace(/[0-9a-f]{16,}/gu, 'H')
    .replace(/\d+/gu, '#')
    .replace(/[^ -~]/gu, '?')
    .slice(0, 120);
}
