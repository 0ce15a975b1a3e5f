/** Messages by kind, sender and receiver. */
import type { PeerMessage } from '../../src/consensus/model/message.ts';
import type { Sent } from '../tangaroa/cluster.ts';
import type { Nodes, Words } from './words.ts';

/** What is not named is any. */
export interface Selection {
  readonly kinds: readonly PeerMessage['kind'][];
  readonly from: Nodes;
  readonly to: Nodes;
}

/** Short words for the kinds of messages. */
export const KINDS = {
  append: 'append-entries',
  response: 'append-entries-response',
  suspect: 'suspect',
  'request-vote': 'request-vote',
  vote: 'vote',
  refusal: 'vote-refusal',
  transfer: 'transfer-leadership',
  fetch: 'fetch-entries',
  entries: 'entries',
  forward: 'forward',
  proof: 'proof',
  evidence: 'evidence',
} as const satisfies Readonly<Record<string, PeerMessage['kind']>>;

/** `append vote from n1 n2 to n3`. */
export function readSelection(words: Words): Selection {
  const kinds: PeerMessage['kind'][] = [];
  while (words.next !== undefined && words.next !== 'from' && words.next !== 'to') {
    const names = Object.keys(KINDS) as (keyof typeof KINDS)[];
    kinds.push(KINDS[words.oneOf(names, 'a kind of message, “from” or “to”')]);
  }
  const from = words.take('from') ? words.everybody() : 'all';
  return { kinds, from, to: words.to() };
}

export function selects({ kinds, from, to }: Selection, sent: Sent): boolean {
  return (
    (kinds.length === 0 || kinds.includes(sent.message.kind)) &&
    (from === 'all' || from.includes(sent.from)) &&
    (to === 'all' || to.includes(sent.to))
  );
}
