/** What a leader may put in place of an entry: each breaks one rule of N2, or one of the machine's (C2). */
import { utf8 } from '../../../../src/base/bytes.ts';
import type { Content, Entry, Header } from '../../../../src/consensus/model/entry.ts';
import { makeEntry } from '../../../../src/consensus/model/entry.ts';
import type { ClientId, Epoch, LogIndex, Term } from '../../../../src/consensus/model/ids.ts';
import type { ClientRequest, RequestStatement } from '../../../../src/consensus/model/request.ts';
import { encodeContent } from '../../../../src/wire/payload.ts';
import { makeRequest } from '../../../../src/wire/request.ts';
import type { Link } from '../library.ts';
import type { Traitor } from '../traitor.ts';
import type { Rewrite } from './leader-chain.ts';

const HOUR_MS = 3_600_000;

interface Changes {
  readonly header?: Partial<Header>;
  readonly content?: Exclude<Content, { kind: 'malformed' }>;
  readonly payload?: Uint8Array;
}

/** An entry with some of its fields changed, whatever they were. */
function changed(entry: Entry, parent: Link, me: Traitor, changes: Changes): Entry {
  const { header } = entry;
  const content = changes.content ?? entry.content;
  const payload =
    changes.payload ??
    (changes.content === undefined ? entry.payload : encodeContent(changes.content));
  const fields = {
    ...header,
    index: (parent.header.index + 1) as LogIndex,
    parent: parent.hash,
    kind: content.kind === 'malformed' ? header.kind : content.kind,
    ...changes.header,
  };
  return makeEntry(fields, payload, content, me.mind.context.digest);
}

/** A request whose signature is that of another one, or of nobody. */
function forged(
  request: ClientRequest,
  me: Traitor,
  changes: Partial<RequestStatement>,
): ClientRequest {
  const { statement, signature, commands } = request;
  return makeRequest({ ...statement, ...changes }, signature, commands, me.mind.context);
}

/** Its last byte, which is one of a command, is another. */
function flipped({ bytes, ...rest }: ClientRequest): ClientRequest {
  const other = Uint8Array.from(bytes);
  other[other.length - 1] = (other.at(-1) as number) ^ 1;
  return { ...rest, bytes: other };
}

type RequestsOf = (requests: readonly ClientRequest[], me: Traitor) => readonly ClientRequest[];

function withRequests(change: RequestsOf): Rewrite {
  return (entry, parent, me) => {
    const { content } = entry;
    if (content.kind !== 'batch') return entry;
    return changed(entry, parent, me, {
      content: { kind: 'batch', requests: change(content.requests, me) },
    });
  };
}

function withHeader(change: (header: Header, parent: Link) => Partial<Header>): Rewrite {
  return (entry, parent, me) =>
    changed(entry, parent, me, { header: change(entry.header, parent) });
}

/** What stands in place of an entry, by what is wrong with it. */
export const MANGLES: ReadonlyMap<string, Rewrite> = new Map<string, Rewrite>([
  // Of requests (C1, C2).
  ['altered request', withRequests((requests) => requests.map(flipped))],
  [
    'forged request',
    withRequests((requests, me) => {
      const last = requests.at(-1) as ClientRequest;
      const { first, count } = last.statement;
      const next = first + BigInt(count);
      return [...requests, forged(last, me, { first: next, acknowledged: next - 1n })];
    }),
  ],
  [
    'foreign request',
    withRequests((requests, me) => {
      const stranger = me.mind.context.digest(utf8('a client of no configuration')) as string;
      return [
        ...requests,
        forged(requests[0] as ClientRequest, me, { client: stranger as ClientId }),
      ];
    }),
  ],
  ['repeated request', withRequests((requests) => [...requests, ...requests])],
  [
    'executed request',
    withRequests((requests, me) => [...me.mind.library.requests.slice(0, 3), ...requests]),
  ],
  // Of what an entry says of itself.
  [
    'timestamp from the future',
    withHeader(({ timestamp }) => ({ timestamp: timestamp + HOUR_MS })),
  ],
  [
    'timestamp of the past',
    withHeader((_, parent) => ({ timestamp: parent.header.timestamp - 1 })),
  ],
  ['earlier term', withHeader(({ term }) => ({ term: (term - 1) as Term }))],
  ['later term', withHeader(({ term }) => ({ term: (term + 1) as Term }))],
  ['other epoch', withHeader(({ epoch }) => ({ epoch: (epoch + 1) as Epoch }))],
  ['index gap', withHeader((_, parent) => ({ index: (parent.header.index + 2) as LogIndex }))],
  // Of kinds and payloads.
  [
    'garbage',
    (entry, parent, me) =>
      changed(entry, parent, me, { payload: entry.payload.map((byte) => byte ^ 0x55) }),
  ],
  [
    'second term entry',
    (entry, parent, me) => {
      const bundle = me.mind.library.bundles.at(-1);
      return bundle === undefined
        ? entry
        : changed(entry, parent, me, { content: { kind: 'term', bundle } });
    },
  ],
  [
    "another term's bundle",
    (entry, parent, me) => {
      const bundle = me.mind.library.bundles.find(
        (one) => one.votes[0]?.statement.term !== entry.header.term,
      );
      return entry.content.kind !== 'term' || bundle === undefined
        ? entry
        : changed(entry, parent, me, { content: { kind: 'term', bundle } });
    },
  ],
  [
    'no term entry',
    (entry, parent, me) => {
      const requests = me.mind.library.requests.slice(-1);
      return entry.content.kind !== 'term' || requests.length === 0
        ? entry
        : changed(entry, parent, me, { content: { kind: 'batch', requests } });
    },
  ],
  [
    'configuration',
    (entry, parent, me) => {
      const { configuration } = me.mind;
      return changed(entry, parent, me, { content: { kind: 'configuration', configuration } });
    },
  ],
]);

/** Those that stand where the term begins. */
export const FIRST_ENTRY: readonly string[] = [
  "another term's bundle",
  'no term entry',
  'garbage',
  'other epoch',
];

/** Those that stand anywhere: requests of nobody are what would do harm, so they come more often. */
export const LATER_ENTRIES: readonly string[] = [
  ...MANGLES.keys(),
  'forged request',
  'forged request',
  'forged request',
  'executed request',
];

/** Mangles the first entry that it can, and some of those above, which else stay as they are on top of it. */
export function nowAndThen(rewrite: Rewrite): Rewrite {
  let done = false;
  return (entry, parent, me) => {
    if (done && me.random.chance(2, 3)) return changed(entry, parent, me, {});
    const made = rewrite(entry, parent, me);
    if (made.hash === entry.hash && done) return changed(entry, parent, me, {});
    done ||= made.hash !== entry.hash;
    return made;
  };
}
