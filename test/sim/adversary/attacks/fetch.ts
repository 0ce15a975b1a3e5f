/** Attacks on filling gaps: answers that lead nowhere, hints at what nobody has, and questions without end. */
import { limits } from '../../../../src/base/limits.ts';
import type { CommitCertificate } from '../../../../src/consensus/model/certificate.ts';
import { certifiedPosition } from '../../../../src/consensus/model/certificate.ts';
import type { Entry, Header } from '../../../../src/consensus/model/entry.ts';
import type { Hash, LogIndex, NodeId } from '../../../../src/consensus/model/ids.ts';
import type { EntriesBody, FetchEntriesBody } from '../../../../src/consensus/model/message.ts';
import type { Position } from '../../../../src/consensus/model/position.ts';
import type { AttackKind } from '../attack.ts';
import type { Link } from '../library.ts';
import type { Traitor } from '../traitor.ts';

type Answer = Pick<EntriesBody, 'entries' | 'headers'> & Partial<EntriesBody>;

/** How many entries an answer makes up. */
const MADE_UP = 5;

function junk(me: Traitor, what: string): Hash {
  return me.mind.context.digest(new TextEncoder().encode(`${me.nowMs} ${what}`));
}

/** Entries on top of one that exists, or of none: of the term that is on, with requests that were really signed. */
function madeUp(me: Traitor, from: number, parent: Link | null): readonly Entry[] {
  const { requests } = me.mind.library;
  const { header, hash } = parent ?? me.mind.genesis.entry;
  let below: Link = {
    header: { ...header, index: (from - 1) as LogIndex },
    hash: parent === null ? junk(me, 'nowhere') : hash,
  };
  const entries: Entry[] = [];
  for (let i = 0; i < MADE_UP; i++) {
    const content = {
      kind: 'batch',
      requests: requests.length === 0 ? [] : [me.random.pick(requests)],
    } as const;
    const entry = me.forge.entry(below, me.status.term, content);
    entries.push(entry);
    below = entry;
  }
  return entries;
}

function newestStatement(me: Traitor): EntriesBody['leader'] {
  const { appends } = me.mind.library;
  return appends.findLast(({ statement }) => statement.term === me.status.term) ?? null;
}

function commits(me: Traitor): readonly CommitCertificate[] {
  return me.mind.library.certificates.filter(
    (certificate): certificate is CommitCertificate => certificate.phase === 'commit',
  );
}

/** What an honest node would answer, if all of it was overheard: the entries, of which the first few are given. */
function truth(me: Traitor, { from, head }: FetchEntriesBody, count: number): Answer | null {
  const chain = me.mind.library.chainTo(head.hash, from);
  if (chain === null || chain.length > limits.fetchHeadersMax) return null;
  const entries: Entry[] = [];
  for (const { hash } of chain.slice(0, count)) {
    const entry = me.mind.library.entries.get(hash);
    if (entry === undefined) return null;
    entries.push(entry);
  }
  return { entries, headers: chain.slice(count).map(({ header }) => header) };
}

function headersFrom(me: Traitor, parent: Entry): readonly Header[] {
  const link: Link = { header: parent.header, hash: parent.hash };
  return madeUp(me, parent.header.index + 1, link).map(({ header }) => header);
}

type Poison = (me: Traitor, asked: FetchEntriesBody) => Answer | null;

const ANSWERS: Readonly<Record<string, Poison>> = {
  'entries on nothing': (me, { from }) => ({ entries: madeUp(me, from, null), headers: [] }),
  /** E5: right above what the asker has committed, and on another chain, beside the leader's own word. */
  'another fork': (me, { from, head }) => {
    const chain = me.mind.library.chainTo(head.hash, Math.max(1, from - 1));
    const entries = madeUp(me, from, chain?.[0] ?? null);
    return { entries, headers: [], leader: newestStatement(me) };
  },
  'one entry': (me, asked) => truth(me, asked, 1),
  'no entry': (me, asked) => truth(me, asked, 0),
  'headers that link nothing': (me, asked) => {
    const right = truth(me, asked, MADE_UP);
    const last = right?.entries.at(-1);
    return right === null || last === undefined
      ? null
      : { entries: right.entries, headers: headersFrom(me, last) };
  },
  /** E5: a certificate proves what the answer's headers reach, and nothing else. */
  'an old certificate': (me, asked) => {
    const right = truth(me, asked, limits.fetchEntriesMax);
    const known = commits(me);
    if (right === null || known.length === 0) return null;
    return { ...right, commit: me.random.pick(known) };
  },
  'entries from the beginning': (me) => {
    const newest = commits(me).at(-1);
    if (newest === undefined) return null;
    const asked = { from: 2 as LogIndex, head: certifiedPosition(newest) };
    const right = truth(me, asked, MADE_UP);
    return right === null ? null : { ...right, commit: newest };
  },
};

/** The same answer many times: only what brings something new counts as one. */
const COPIES = 3;
const HINT_EVERY_MS = 250;

/** Answers fetches with whatever may lead astray, and hints at positions that nobody has. */
const poison: AttackKind = {
  name: 'poison',
  tries:
    'answers fetches with garbage, other forks, one entry at a time, or proofs of something else (N2, D3, E5)',
  make: (me) => {
    let hintMs = 0;
    const answer = (to: NodeId, asked: FetchEntriesBody): void => {
      const what = me.random.pick(Object.keys(ANSWERS));
      const made = ANSWERS[what]?.(me, asked) ?? null;
      if (made === null) return;
      me.note(`answers ${to} from ${asked.from} with ${what}`);
      const body: EntriesBody = { leader: null, commit: null, ...made };
      const message = me.forge.body(me.id, { kind: 'entries', body });
      for (let i = me.random.chance(1, 8) ? COPIES : 1; i > 0; i--) me.sendFalse(to, message);
    };
    return {
      hears: (input) => {
        if (input.type !== 'received' || input.message.kind !== 'fetch-entries') return input;
        answer(input.from, input.message.body);
        return null;
      },
      acts: () => {
        if (me.nowMs < hintMs) return;
        hintMs = me.nowMs + HINT_EVERY_MS;
        const { committed, term } = me.status;
        const index = (committed.index + me.random.between(1, 200)) as LogIndex;
        const position: Position = { index, hash: junk(me, 'hint') };
        const to = me.random.pick(me.mind.honest);
        if (me.random.chance(3, 4)) {
          me.note(`tells ${to} of an entry ${index} that nobody has`);
          me.sendFalse(to, me.forge.response(me.id, term, position));
        } else answer(to, { from: (committed.index + 1) as LogIndex, head: position });
      },
    };
  },
};

const ASK_EVERY_MS = 100;
const QUESTIONS = 3;

/** Asks for everything again and again, of everybody. */
const fetchFlood: AttackKind = {
  name: 'fetch-flood',
  tries:
    'asks every node for entries faster than they are served, and for what does not exist (D3, L2)',
  make: (me) => {
    let nextMs = 0;
    return {
      acts: () => {
        if (me.nowMs < nextMs) return;
        nextMs = me.nowMs + ASK_EVERY_MS;
        const { committed } = me.status;
        const to = me.random.pick(me.mind.honest);
        me.note(`asks ${to} ${QUESTIONS} times`);
        for (let i = 0; i < QUESTIONS; i++) {
          const below = me.random.pick([0, 5, 50, 1_000]);
          const from = Math.max(1, committed.index + 3 - me.random.between(0, below + 4));
          const hash = me.random.chance(1, 2) ? committed.hash : junk(me, `question ${i}`);
          const head = { index: committed.index, hash };
          const body: FetchEntriesBody = { from: from as LogIndex, head };
          me.send(to, me.forge.body(me.id, { kind: 'fetch-entries', body }));
        }
      },
    };
  },
};

export const FETCH: readonly AttackKind[] = [poison, fetchFlood];
