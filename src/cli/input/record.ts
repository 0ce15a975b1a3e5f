/** The records of `import` and `export`: one JSON object a line, `{"key":…,"value":…}`. */
import { limits } from '../../base/limits.ts';
import type { Value } from '../../client/api.ts';
import { jsonField, jsonValue } from '../output/encode.ts';
import { FieldError, Fields, parseJson } from './fields.ts';

export interface KeyValue {
  readonly key: Uint8Array;
  readonly value: Value;
}

/** A value of 1 MiB as JSON escapes (six characters for a byte), and its key. */
export const RECORD_LINE_BYTES_MAX: number =
  6 * (limits.valueBytesMax + limits.keyBytesMax) + 1_024;

/** The record of a line, or what is wrong with the line. */
export function parseRecord(line: Uint8Array): KeyValue | string {
  try {
    const fields = new Fields(parseJson(line));
    const record = { key: fields.key(), value: fields.valueOrFail() };
    fields.end();
    return record;
  } catch (error) {
    if (error instanceof FieldError) return error.message;
    throw error;
  }
}

/** The line of a record, as `import` reads it: text as text, other bytes as hexadecimal, counters as counters. */
export function formatRecord(record: KeyValue): string {
  return `${JSON.stringify({ ...jsonField('key', record.key), ...jsonValue(record.value) })}\n`;
}
