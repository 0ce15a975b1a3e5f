/** Strict reading of JSON objects that people write: every field is known, of its kind, and within its bound. */
import { limits } from '../../base/limits.ts';
import { quoted, shown } from '../../base/text.ts';
import type { Value } from '../../client/api.ts';
import type { Notation } from '../output/encode.ts';
import { parseBytes, parseInt64 } from './values.ts';

/** What is wrong, as the end of a sentence that begins with where. */
export class FieldError extends Error {
  override readonly name = 'FieldError';
}

const NOTATIONS: readonly (readonly [string, Notation])[] = [
  ['', 'text'],
  ['Hex', 'hex'],
  ['Base64', 'base64'],
];

export class Fields {
  readonly #fields: Map<string, unknown>;

  /** @throws FieldError where `value` is not an object */
  constructor(value: unknown) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new FieldError('is not a JSON object');
    this.#fields = new Map(Object.entries(value));
  }

  #take(name: string): unknown {
    const value = this.#fields.get(name);
    this.#fields.delete(name);
    return value;
  }

  text(name: string): string | null {
    const value = this.#take(name);
    if (value === undefined) return null;
    if (typeof value !== 'string') throw new FieldError(`field "${name}" is not a string`);
    return value;
  }

  flag(name: string): boolean | null {
    const value = this.#take(name);
    if (value === undefined) return null;
    if (typeof value !== 'boolean') throw new FieldError(`field "${name}" is not true or false`);
    return value;
  }

  list(name: string): readonly unknown[] {
    const value = this.#take(name) ?? [];
    if (!Array.isArray(value)) throw new FieldError(`field "${name}" is not an array`);
    return value;
  }

  /** One of the words, or null where the field is missing. */
  word<W extends string>(name: string, words: readonly W[]): W | null {
    const text = this.text(name);
    const word = words.find((candidate) => candidate === text);
    if (text !== null && word === undefined)
      throw new FieldError(`field "${name}" is not one of ${words.join(', ')}`);
    return word ?? null;
  }

  /** A 64-bit number as a string, as all of ours are in JSON; a JSON number is taken where it is exact. */
  int64(name: string): bigint | null {
    const value = this.#take(name);
    if (value === undefined) return null;
    if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
    if (typeof value !== 'string')
      throw new FieldError(`field "${name}" is not a 64-bit number in a string`);
    try {
      return parseInt64(value);
    } catch (error) {
      throw new FieldError(`field "${name}" is not a 64-bit number`, { cause: error });
    }
  }

  /** `name`, `nameHex` or `nameBase64`: at most one of them. */
  bytes(name: string, bytesMax: number): Uint8Array | null {
    let found: Uint8Array | null = null;
    for (const [suffix, notation] of NOTATIONS) {
      const field = `${name}${suffix}`;
      const text = this.text(field);
      if (text === null) continue;
      if (found !== null) throw new FieldError(`gives the ${name} twice`);
      const bytes = parseBytes(text, notation);
      if (typeof bytes === 'string') throw new FieldError(`field "${field}" ${bytes}`);
      if (bytes.length > bytesMax)
        throw new FieldError(
          `field "${field}" has ${bytes.length} bytes where at most ${bytesMax} are allowed`,
        );
      found = bytes;
    }
    return found;
  }

  key(): Uint8Array {
    const key = this.bytes('key', limits.keyBytesMax);
    if (key === null) throw new FieldError('has no "key"');
    if (key.length === 0) throw new FieldError('has an empty "key"');
    return key;
  }

  /** Bytes, or a counter in the field `counter`. */
  value(): Value | null {
    const bytes = this.bytes('value', limits.valueBytesMax);
    const counter = this.int64('counter');
    if (bytes !== null && counter !== null) throw new FieldError('gives the value twice');
    return bytes ?? counter;
  }

  valueOrFail(): Value {
    const value = this.value();
    if (value === null) throw new FieldError('has no "value"');
    return value;
  }

  /** Nothing else may be there: a misspelt field must not be lost in silence. */
  end(): void {
    for (const name of this.#fields.keys())
      throw new FieldError(`has an unknown field ${quoted(name)}`);
  }
}

/** The system's decoder: an import decodes every byte. A byte order mark is kept, and then is no JSON. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    throw new FieldError('is not UTF-8', { cause: error });
  }
}

/** @throws FieldError */
export function parseJson(bytes: Uint8Array): unknown {
  const text = decodeText(bytes);
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch (error) {
    const why = shown(error instanceof Error ? error.message : String(error));
    throw new FieldError(`is not JSON: ${why}`, { cause: error });
  }
}
