/** Chains of headers and entries: one hash names a prefix (section 1). */
import type { Entry, Header } from '../consensus/model/entry.ts';
import { hashHeader } from '../consensus/model/entry.ts';
import type { Digest, Hash, LogIndex } from '../consensus/model/ids.ts';
import type { Position } from '../consensus/model/position.ts';

/** A header with its hash: an `Entry` is one. */
export interface Link {
  readonly header: Header;
  readonly hash: Hash;
}

export function linksOf(headers: readonly Header[], digest: Digest): readonly Link[] {
  return headers.map((header) => ({ header, hash: hashHeader(header, digest) }));
}

/** Contiguous by parent and index, from the first link on. */
export function isChain(links: readonly Link[]): boolean {
  return links.every(({ header }, i) => {
    const parent = links[i - 1];
    return parent === undefined || follows(header, positionOfLink(parent));
  });
}

export function follows(header: Header, position: Position): boolean {
  return header.index === position.index + 1 && header.parent === position.hash;
}

export function positionOfLink({ header, hash }: Link): Position {
  return { index: header.index, hash };
}

/** The hash that a chain has at `index`, or null outside it. */
export function hashAt(links: readonly Link[], index: LogIndex): Hash | null {
  const first = links[0];
  return first === undefined ? null : (links[index - first.header.index]?.hash ?? null);
}

/** Whether the position lies on the chain. */
export function isOnChain(links: readonly Link[], position: Position): boolean {
  return hashAt(links, position.index) === position.hash;
}

/** Entries from `previous` to `head`, none missing and none beside (N2). */
export function linksUp(entries: readonly Entry[], previous: Position, head: Position): boolean {
  if (entries.length !== head.index - previous.index) return false;
  const first = entries[0];
  const last = entries.at(-1);
  if (first === undefined || last === undefined) return previous.hash === head.hash;
  return follows(first.header, previous) && isChain(entries) && last.hash === head.hash;
}
