/** A scan of any length, page by page. */
import { limits } from '../base/limits.ts';
import type { Item, ScanOptions, ScanPage, ScanRange } from './api.ts';
import { prefixRange } from '../machine/value.ts';
import { toBytes } from './answers.ts';
import { limitFault, refusedHere } from './check-command.ts';

const PAGE_SIZE = 256;

export interface Bounds {
  readonly start: Uint8Array;
  /** Exclusive; null: to the last key. */
  readonly end: Uint8Array | null;
}

/** @throws TangaroaError `invalid-argument` for a prefix together with bounds */
export function boundsOf(range: ScanRange): Bounds {
  const { prefix, start, end } = range;
  if (prefix === undefined)
    return {
      start: start === undefined ? new Uint8Array() : toBytes(start),
      end: end === undefined ? null : toBytes(end),
    };
  const whole = prefixRange(toBytes(prefix));
  if (end !== undefined)
    throw refusedHere('invalid-argument', 'a scan has either a prefix or an end');
  // A cursor within the prefix: where a page ended.
  return start === undefined ? whole : { start: toBytes(start), end: whole.end };
}

/**
 * Asks for pages as items are taken: the next one only when the last is used up.
 *
 * @throws TangaroaError `invalid-argument` before the first page, for a limit or size that is none
 */
export async function* scanItems(
  bounds: Bounds,
  options: ScanOptions,
  page: (bounds: Bounds, limit: number) => Promise<ScanPage>,
): AsyncGenerator<Item, void, undefined> {
  const pageSize = options.pageSize ?? PAGE_SIZE;
  let left = options.limit ?? Infinity;
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > limits.scanLimitMax)
    throw limitFault(pageSize);
  if (left !== Infinity && !(Number.isInteger(left) && left >= 0))
    throw refusedHere('invalid-argument', `the limit of a scan is a whole number, and not ${left}`);
  let start: Uint8Array | null = bounds.start;
  while (start !== null && left > 0) {
    const { items, next }: ScanPage = await page(
      { start, end: bounds.end },
      Math.min(left, pageSize),
    );
    yield* items;
    left -= items.length;
    start = next;
  }
}
