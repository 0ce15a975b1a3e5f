/** Decoders: a reason or a value, and what decodes encodes to the same bytes and to no others. */
import type { Decoded } from '../../../src/base/binary.ts';
import { equalBytes } from '../../../src/base/bytes.ts';
import { Broken, classOf, decoderBytes, nothingToClose } from '../target.ts';
import type { Mutation, Target, Verdict } from '../target.ts';

export interface Decoder<T> {
  readonly decode: (bytes: Uint8Array) => Decoded<T>;
  /** Null for a value that has no encoding of its own. */
  readonly encode: (value: T) => Uint8Array | null;
  /** What tells one accepted value from another. */
  readonly describe: (value: T) => string;
}

/** A reason reaches logs and the other end: there is one, on one line, and it is not the input all over. */
export function checkReason(reason: string): Verdict {
  if (reason.trim() === '') throw new Broken('refuses without a reason');
  if (reason.length > 2_000) throw new Broken(`a reason of ${reason.length} characters`);
  if (/[\r\n]/u.test(reason)) throw new Broken('a reason of more than one line');
  return classOf(reason);
}

export function judgeDecoder<T>(
  { decode, encode, describe }: Decoder<T>,
  input: Uint8Array,
): Verdict {
  const decoded = decode(input);
  if (!decoded.ok) return checkReason(decoded.reason);
  const bytes = encode(decoded.value);
  if (bytes !== null && !equalBytes(bytes, input))
    throw new Broken(
      `not canonical: ${input.length} bytes decode to what ${bytes.length} others say`,
    );
  return `taken: ${describe(decoded.value)}`;
}

export interface CodecOptions<T> extends Decoder<T> {
  readonly name: string;
  readonly takes: string;
  readonly seeds: Target['seeds'];
  readonly mutations?: readonly Mutation[];
}

export function codecTarget<T>(options: CodecOptions<T>): Target {
  const { name, takes, seeds, decode, mutations = [] } = options;
  return {
    name,
    takes,
    holds: 'a reason or a value; what decodes encodes to the same bytes',
    shape: 'bytes',
    seeds,
    mutations,
    run: (input) => judgeDecoder(options, input),
    keeps: (input) => {
      const decoded = decode(input);
      return decoded.ok ? decoded.value : null;
    },
    allocates: decoderBytes,
    testCases: 500,
    close: nothingToClose,
  };
}

/** Several decoders under one name: the first byte says which. */
export function codecsTarget(
  { name, takes, seeds, mutations = [] }: Omit<CodecOptions<never>, keyof Decoder<never>>,
  decoders: readonly Decoder<unknown>[],
): Target {
  const pick = (input: Uint8Array): Decoder<unknown> =>
    decoders[(input[0] ?? 0) % decoders.length] as Decoder<unknown>;
  const inner =
    (change: Mutation): Mutation =>
    (input, random, other) => {
      const changed = change(input.subarray(1), random, () => other().subarray(1));
      return changed === null ? null : tagged(input[0] ?? 0, changed);
    };
  return {
    name,
    takes,
    holds: 'a reason or a value; what decodes encodes to the same bytes',
    shape: 'bytes',
    seeds,
    mutations: mutations.map(inner),
    run: (input) =>
      `${(input[0] ?? 0) % decoders.length} ${judgeDecoder(pick(input), input.subarray(1))}`,
    keeps: (input) => {
      const decoded = pick(input).decode(input.subarray(1));
      return decoded.ok ? decoded.value : null;
    },
    allocates: decoderBytes,
    testCases: 700,
    close: nothingToClose,
  };
}

export function tagged(tag: number, bytes: Uint8Array): Uint8Array {
  const all = new Uint8Array(bytes.length + 1);
  all[0] = tag;
  all.set(bytes, 1);
  return all;
}
