/** Arbitrary messages of plain Raft: well formed, not true. */
import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { limits } from '../../src/base/limits.ts';
import type { Entry } from '../../src/consensus/model/entry.ts';
import { nameEntry } from '../../src/consensus/model/entry.ts';
import type { Epoch, LogIndex, Term } from '../../src/consensus/model/ids.ts';
import type { Place, RaftAppendEntries, RaftMessage } from '../../src/consensus/raft/message.ts';
import { termName, termNaming } from '../../src/consensus/raft/naming.ts';
import type { WireContext } from '../../src/wire/context.ts';
import { encodeContent } from '../../src/wire/payload.ts';
import { context, index, position, request } from '../arbitraries.ts';

export const raftContext: WireContext = { ...context, naming: termNaming };

const term: Arbitrary<Term> = fc
  .oneof(fc.nat({ max: 5 }), fc.nat({ max: limits.termMax }))
  .map((value) => value as Term);
const place: Arbitrary<Place> = fc.record({ index, term });
const kind = <K extends RaftMessage['kind']>(name: K): Arbitrary<K> => fc.constant(name);

/** Entries that follow each other, of terms that ascend by what is given. */
const appendEntries: Arbitrary<RaftAppendEntries> = fc
  .record({
    start: fc.nat({ max: 2 ** 40 }),
    startTerm: fc.nat({ max: 2 ** 40 }),
    entries: fc.array(
      fc.record({
        rise: fc.nat({ max: 3 }),
        requests: fc.array(request, { maxLength: 3 }),
        timestamp: fc.nat(),
      }),
      { maxLength: 3 },
    ),
    rise: fc.nat({ max: 3 }),
    committed: index,
  })
  .map(({ start, startTerm, entries: fields, rise, committed }) => {
    let at = (start + 1) as LogIndex;
    let of = startTerm as Term;
    const previous = { index: at, hash: termName(at, of) };
    let parent = previous.hash;
    const entries = fields.map((each): Entry => {
      at = (at + 1) as LogIndex;
      of = (of + each.rise) as Term;
      const content = { kind: 'batch', requests: each.requests } as const;
      const { timestamp } = each;
      const header = {
        index: at,
        epoch: 0 as Epoch,
        term: of,
        parent,
        kind: 'batch',
        timestamp,
      } as const;
      const entry = nameEntry(header, encodeContent(content), content, termNaming);
      parent = entry.hash;
      return entry;
    });
    const highest = (of + rise) as Term;
    return {
      kind: 'append-entries',
      term: highest,
      previous,
      previousTerm: startTerm as Term,
      entries,
      committed,
    };
  });

/** A message of every kind, by its kind. */
export const raftMessages: { readonly [K in RaftMessage['kind']]: Arbitrary<RaftMessage> } = {
  'append-entries': appendEntries,
  'append-entries-response': fc.oneof(
    fc.record({
      kind: kind('append-entries-response'),
      term,
      matched: position,
      hint: fc.constant(null),
    }),
    fc.record({
      kind: kind('append-entries-response'),
      term,
      matched: fc.constant(null),
      hint: fc.option(place),
    }),
  ),
  'request-vote': fc
    .record({
      kind: kind('request-vote'),
      term,
      how: fc.constantFrom([true, false], [false, true], [false, false]),
      last: place,
    })
    .map(({ how: [isPreVote = false, isTransfer = false], ...rest }) => ({
      ...rest,
      isPreVote,
      isTransfer,
    })),
  vote: fc.record({
    kind: kind('vote'),
    term,
    isPreVote: fc.boolean(),
    granted: fc.boolean(),
  }),
  'transfer-leadership': fc.record({ kind: kind('transfer-leadership'), term }),
  forward: fc.record({
    kind: kind('forward'),
    requests: fc.array(request, { minLength: 1, maxLength: 3 }),
  }),
};
