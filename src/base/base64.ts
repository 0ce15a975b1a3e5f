/** Base64 (RFC 4648, section 4) in its one canonical form. By hand, because these rooms run under `types: []`. */

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUES: ReadonlyMap<string, number> = new Map([...DIGITS].map((digit, at) => [digit, at]));

export function toBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const word = ((bytes[i] as number) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const digit = (shift: number): string => DIGITS.charAt((word >> shift) & 63);
    parts.push(digit(18), digit(12), left > 1 ? digit(6) : '=', left > 2 ? digit(0) : '=');
  }
  return parts.join('');
}

/** The bytes of a text, or null where it is not what `toBase64` writes. */
export function fromBase64(text: string): Uint8Array | null {
  if (text.length % 4 !== 0) return null;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let word = 0;
  for (let i = 0; i < text.length - padding; i++) {
    const value = VALUES.get(text.charAt(i));
    if (value === undefined) return null;
    word = (word << 6) | value;
    // Of four digits the second completes the first byte, the third the second, the fourth the third.
    const pending = 2 * (3 - (i % 4));
    if (i % 4 > 0) bytes[(i >> 2) * 3 + (i % 4) - 1] = (word >> pending) & 0xff;
    if (i % 4 === 3) word = 0;
  }
  // Bits that no byte takes are zero, or two texts would stand for the same bytes.
  const spare = padding === 2 ? word & 0x0f : padding === 1 ? word & 0x03 : 0;
  return spare === 0 ? bytes : null;
}
