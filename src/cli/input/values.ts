/** Keys, values, numbers and durations as they stand on a command line. Errors name what was wrong and what is meant. */
import { InvalidArgumentError } from 'commander';
import { fromHex } from '../../base/bytes.ts';
import type { Notation } from '../output/encode.ts';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/u;
const INTEGER = /^-?\d+$/u;
/** `-9223372036854775808`, and some zeros before it. */
const INT64_CHARACTERS_MAX = 40;
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/u;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Bytes of a text in a notation, or what is wrong with it. */
export function parseBytes(text: string, notation: Notation): Uint8Array | string {
  switch (notation) {
    case 'text':
      return LONE_SURROGATE.test(text)
        ? 'is not Unicode (half a surrogate pair)'
        : new Uint8Array(Buffer.from(text));
    case 'hex':
      return fromHex(text.toLowerCase()) ?? 'is not hexadecimal (two digits for each byte)';
    case 'base64':
      return BASE64.test(text)
        ? Uint8Array.from(Buffer.from(text, 'base64'))
        : 'is not base64 (RFC 4648, with padding)';
  }
}

/** Milliseconds of `500ms`, `5s`, `2m`, `1h`; a bare number is seconds. */
export function parseDuration(text: string): number {
  const match = DURATION.exec(text);
  if (match === null)
    throw new InvalidArgumentError('A duration is a number and a unit: 500ms, 5s, 2m.');
  const ms = Number(match[1]) * (UNIT_MS[match[2] ?? 's'] ?? 1);
  if (!Number.isFinite(ms) || ms < 1 || ms > 86_400_000)
    throw new InvalidArgumentError('A duration lies between 1ms and 24h.');
  return Math.round(ms);
}

/** A parser of whole numbers within bounds, for commander. */
export function integerBetween(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = INTEGER.test(text) ? Number(text) : Number.NaN;
    if (!(value >= low && value <= high))
      throw new InvalidArgumentError(`It is a whole number between ${low} and ${high}.`);
    return value;
  };
}

/** A signed 64-bit number. */
export function parseInt64(text: string): bigint {
  // A longer text is a number that is not of 64 bits, or zeros: and turning megabytes into a number takes seconds.
  const isMeant = text.length <= INT64_CHARACTERS_MAX && INTEGER.test(text);
  const value = isMeant ? BigInt(text) : null;
  if (value === null || BigInt.asIntN(64, value) !== value)
    throw new InvalidArgumentError('It is a whole number between -2^63 and 2^63-1.');
  return value;
}

/** Collects a flag that may be repeated, or hold several values behind commas. */
export function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), ...text.split(',').filter((part) => part !== '')];
}
