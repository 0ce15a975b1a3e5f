/** Ranges of keys, page by page. */
import type { TangaroaClient } from '../../client/client.ts';
import type { NodeId } from '../../consensus/model/ids.ts';
import type { ScanPage } from '../../client/api.ts';
import { fromHex, toHex } from '../../base/bytes.ts';
import { prefixRange } from '../../machine/value.ts';
import { CliError } from '../cli-error.ts';
import type { KeyFlags } from '../flags.ts';
import { argumentBytes } from '../commands/values.ts';

export interface RangeFlags extends KeyFlags {
  readonly prefix?: string;
  readonly from?: string;
  readonly to?: string;
  readonly cursor?: string;
}

export interface Range {
  readonly start: Uint8Array;
  /** Exclusive; null: to the last key. */
  readonly end: Uint8Array | null;
}

/** The range of `--prefix`, or of `--from` and `--to`; a `--cursor` goes on within it. */
export function rangeOf(flags: RangeFlags): Range {
  if (flags.prefix !== undefined && (flags.from !== undefined || flags.to !== undefined))
    throw new CliError('usage', '--prefix cannot be used with --from or --to');
  const bytes = (name: string, text: string | undefined): Uint8Array | null =>
    text === undefined ? null : argumentBytes(name, text, flags.keyAs);
  const range =
    flags.prefix === undefined
      ? { start: bytes('--from', flags.from) ?? new Uint8Array(), end: bytes('--to', flags.to) }
      : prefixRange(bytes('--prefix', flags.prefix) ?? new Uint8Array());
  if (flags.cursor === undefined) return range;
  const start = fromHex(flags.cursor);
  if (start === null)
    throw new CliError('usage', `--cursor '${flags.cursor}' is not one that a scan printed`);
  return { ...range, start };
}

/** A place to go on from, as the next scan's `--cursor` takes it. */
export function showCursor(next: Uint8Array): string {
  return toHex(next);
}

export interface PageOptions {
  readonly consistency: 'linearizable' | 'local';
  readonly node?: NodeId;
  readonly pageSize: number;
  readonly signal: AbortSignal;
}

/** The pages of a range in the order of their keys; each is one operation and sees the state at its own index. */
export async function* pages(
  client: TangaroaClient,
  range: Range,
  limit: number,
  options: PageOptions,
): AsyncGenerator<ScanPage> {
  let start: Uint8Array | null = range.start;
  let left = limit;
  while (start !== null && left > 0) {
    const page: ScanPage = await client.scanPage(
      { start, ...(range.end === null ? {} : { end: range.end }) },
      {
        consistency: options.consistency,
        limit: Math.min(left, options.pageSize),
        signal: options.signal,
        ...(options.node === undefined ? {} : { node: options.node }),
      },
    );
    left -= page.items.length;
    yield page;
    start = page.next;
  }
}
