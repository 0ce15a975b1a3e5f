/** What one client wrote: every record differs, and each can be told from its key, so that nothing has to be kept. */
import { utf8 } from '../../../src/base/bytes.ts';

const VALUE_BYTES = 200;
const DIGITS = 9;
export const PREFIX = 'lab/';

export function keyOf(client: string, number: number): string {
  return `${PREFIX}${client}/${String(number).padStart(DIGITS, '0')}`;
}

export function valueOf(client: string, number: number): Uint8Array {
  return utf8(`${client} wrote ${number} `.padEnd(VALUE_BYTES, '.'));
}

/** Whose record a key names, or null where no client of the lab ever writes such a key. */
export function ownerOf(key: string): { readonly client: string; readonly number: number } | null {
  const found = /^lab\/([a-z0-9]+)\/(\d{9})$/u.exec(key);
  return found === null ? null : { client: found[1] as string, number: Number(found[2]) };
}

/** Numbers up to `issued` were sent; those of `unacknowledged` may or may not have been applied. */
export interface Ledger {
  readonly client: string;
  readonly issued: number;
  readonly unacknowledged: readonly number[];
}
