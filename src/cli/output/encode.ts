/** Bytes as a person or a program reads them. */
import { fromUtf8, toHex } from '../../base/bytes.ts';
import { revisionIndex, revisionOrder } from '../../client/api.ts';
import type { Revision, Value } from '../../client/api.ts';

export type Notation = 'text' | 'hex' | 'base64';

/** Bytes in a notation. Text that is not UTF-8, or has control characters, is escaped as in JSON (`\u0000`, `\xff`). */
export function showBytes(bytes: Uint8Array, notation: Notation): string {
  if (notation === 'hex') return toHex(bytes);
  if (notation === 'base64') return Buffer.from(bytes).toString('base64');
  const text = fromUtf8(bytes);
  return text === null ? escapeBytes(bytes) : escapeControls(text);
}

function escapeBytes(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes)
    text +=
      byte >= 0x20 && byte < 0x7f
        ? String.fromCharCode(byte)
        : `\\x${byte.toString(16).padStart(2, '0')}`;
  return text;
}

function escapeControls(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
}

/** `{"key": text}` where the bytes are UTF-8, else `{"keyHex": …}`: what `import` reads and `export` writes. */
export function jsonField(name: string, bytes: Uint8Array): Readonly<Record<string, string>> {
  const text = fromUtf8(bytes);
  return text === null ? { [`${name}Hex`]: toHex(bytes) } : { [name]: text };
}

/** The fields of a value: `value` or `valueHex` for bytes, `counter` for a counter. */
export function jsonValue(value: Value): Readonly<Record<string, string>> {
  return typeof value === 'bigint' ? { counter: value.toString() } : jsonField('value', value);
}

/** A value as a person reads it. */
export function showValue(value: Value, notation: Notation): string {
  return typeof value === 'bigint' ? value.toString() : showBytes(value, notation);
}

/** `17.2`: the third write of log entry 17. `0.0` is that of a key that does not exist. */
export function showRevision(revision: Revision): string {
  return `${revisionIndex(revision)}.${revisionOrder(revision)}`;
}

/** JSON on one line. 64-bit numbers (bigint) become strings, so that no reader rounds them. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, field: unknown) =>
    typeof field === 'bigint' ? field.toString() : field,
  );
}
