/** The records of `import` and `export`: one JSON object a line, `{"key":…,"value":…}`. */
import { fromUtf8 } from '../../base/bytes.ts';
import { limits } from '../../base/limits.ts';
import { jsonField } from '../output/encode.ts';
import type { Notation } from '../output/encode.ts';
import { parseBytes } from './values.ts';

export interface KeyValue {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** A value of 1 MiB as hexadecimal or as JSON escapes (six characters for a byte), and its key. */
export const RECORD_LINE_BYTES_MAX: number =
  6 * (limits.valueBytesMax + limits.keyBytesMax) + 1_024;

const FIELDS: ReadonlyMap<string, { readonly part: 'key' | 'value'; readonly notation: Notation }> =
  new Map([
    ['key', { part: 'key', notation: 'text' }],
    ['keyHex', { part: 'key', notation: 'hex' }],
    ['keyBase64', { part: 'key', notation: 'base64' }],
    ['value', { part: 'value', notation: 'text' }],
    ['valueHex', { part: 'value', notation: 'hex' }],
    ['valueBase64', { part: 'value', notation: 'base64' }],
  ]);

const BYTES_MAX = { key: limits.keyBytesMax, value: limits.valueBytesMax } as const;

/** The object of a line, or what is wrong with the line. */
export function parseObject(line: Uint8Array): Readonly<Record<string, unknown>> | string {
  const text = fromUtf8(line);
  if (text === null) return 'is not UTF-8';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return `is not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return 'is not a JSON object';
  return Object.fromEntries(Object.entries(value));
}

/** The record of a line, or what is wrong with the line. */
export function parseRecord(line: Uint8Array): KeyValue | string {
  const object = parseObject(line);
  if (typeof object === 'string') return object;
  const found: { key?: Uint8Array; value?: Uint8Array } = {};
  for (const [name, field] of Object.entries(object)) {
    const meaning = FIELDS.get(name);
    if (meaning === undefined) return `has an unknown field "${name}"`;
    if (typeof field !== 'string') return `field "${name}" is not a string`;
    if (found[meaning.part] !== undefined) return `gives the ${meaning.part} twice`;
    const bytes = parseBytes(field, meaning.notation);
    if (typeof bytes === 'string') return `field "${name}" ${bytes}`;
    const max = BYTES_MAX[meaning.part];
    if (bytes.length > max)
      return `field "${name}" has ${bytes.length} bytes where at most ${max} are allowed`;
    found[meaning.part] = bytes;
  }
  if (found.key === undefined) return 'has no "key"';
  if (found.key.length === 0) return 'has an empty "key"';
  if (found.value === undefined) return 'has no "value"';
  return { key: found.key, value: found.value };
}

/** The line of a record, as `import` reads it; text as text, other bytes as hexadecimal. */
export function formatRecord(record: KeyValue): string {
  return `${JSON.stringify({ ...jsonField('key', record.key), ...jsonField('value', record.value) })}\n`;
}
