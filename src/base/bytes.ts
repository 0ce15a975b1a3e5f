/** Bytes: comparison, hexadecimal, UTF-8. By hand, because these rooms run in a browser and under `types: []`. */

const DIGITS = '0123456789abcdef';
const HIGH: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  DIGITS.charCodeAt(byte >> 4),
);
const LOW: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => DIGITS.charCodeAt(byte & 15));
const WORD = 8;

/** Lower-case hexadecimal, two characters a byte. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  let i = 0;
  // Four strings make a hash, not thirty-two that are put together once more when it is compared.
  for (; i + WORD <= bytes.length; i += WORD) text += hexOfWord(bytes, i);
  for (; i < bytes.length; i++) text += hexOfByte(bytes[i] as number);
  return text;
}

function hexOfByte(byte: number): string {
  return String.fromCharCode(HIGH[byte] as number, LOW[byte] as number);
}

function hexOfWord(bytes: Uint8Array, at: number): string {
  const a = bytes[at] as number;
  const b = bytes[at + 1] as number;
  const c = bytes[at + 2] as number;
  const d = bytes[at + 3] as number;
  const e = bytes[at + 4] as number;
  const f = bytes[at + 5] as number;
  const g = bytes[at + 6] as number;
  const h = bytes[at + 7] as number;
  // prettier-ignore
  return String.fromCharCode(
    HIGH[a] as number, LOW[a] as number, HIGH[b] as number, LOW[b] as number,
    HIGH[c] as number, LOW[c] as number, HIGH[d] as number, LOW[d] as number,
    HIGH[e] as number, LOW[e] as number, HIGH[f] as number, LOW[f] as number,
    HIGH[g] as number, LOW[g] as number, HIGH[h] as number, LOW[h] as number,
  );
}

function nibble(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 97 && code <= 102) return code - 87;
  return -1;
}

/** The bytes of a lower-case hexadecimal text, or null where it is not one (capitals are not canonical). */
export function fromHex(text: string): Uint8Array | null {
  if (text.length % 2 !== 0) return null;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    const high = nibble(text.charCodeAt(2 * i));
    const low = nibble(text.charCodeAt(2 * i + 1));
    if (high < 0 || low < 0) return null;
    bytes[i] = high * 16 + low;
  }
  return bytes;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Lexicographic order of unsigned bytes: negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

/** UTF-8 (RFC 3629). Lone surrogates become U+FFFD. */
export function utf8(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    let point = character.codePointAt(0) as number;
    if (point >= 0xd800 && point <= 0xdfff) point = 0xfffd;
    if (point < 0x80) bytes.push(point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), 0x80 | (point & 63));
    else if (point < 0x10000)
      bytes.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
    else
      bytes.push(
        0xf0 | (point >> 18),
        0x80 | ((point >> 12) & 63),
        0x80 | ((point >> 6) & 63),
        0x80 | (point & 63),
      );
  }
  return Uint8Array.from(bytes);
}

/** The text of strict UTF-8, or null: no overlong forms, no surrogates, nothing above U+10FFFF. */
export function fromUtf8(bytes: Uint8Array): string | null {
  const parts: string[] = [];
  let i = 0;
  while (i < bytes.length) {
    const first = bytes[i] as number;
    const extra =
      first < 0x80
        ? 0
        : first >= 0xc2 && first < 0xe0
          ? 1
          : first >= 0xe0 && first < 0xf0
            ? 2
            : first >= 0xf0 && first < 0xf5
              ? 3
              : -1;
    if (extra < 0 || i + extra >= bytes.length) return null;
    let point = extra === 0 ? first : first & (0x3f >> extra);
    for (let k = 1; k <= extra; k++) {
      const next = bytes[i + k] as number;
      if ((next & 0xc0) !== 0x80) return null;
      point = (point << 6) | (next & 0x3f);
    }
    if (extra === 2 && (point < 0x800 || (point >= 0xd800 && point <= 0xdfff))) return null;
    if (extra === 3 && (point < 0x10000 || point > 0x10ffff)) return null;
    parts.push(String.fromCodePoint(point));
    i += extra + 1;
  }
  return parts.join('');
}
