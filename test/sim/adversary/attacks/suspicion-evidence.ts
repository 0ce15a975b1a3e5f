/** Accusations against honest nodes: evidence that proves nothing, and faults under somebody else's signature. */
import type { Header } from '../../../../src/consensus/model/entry.ts';
import type {
  AppendEntries,
  EvidenceBody,
  PeerMessage,
  Testimony,
} from '../../../../src/consensus/model/message.ts';
import type { Position } from '../../../../src/consensus/model/position.ts';
import type {
  AppendEntriesStatement,
  ResponseStatement,
  Signed,
} from '../../../../src/consensus/model/statement.ts';
import type { AttackKind } from '../attack.ts';
import type { Link } from '../library.ts';
import type { Traitor } from '../traitor.ts';

type Append = Signed<AppendEntriesStatement>;
type Response = Signed<ResponseStatement>;

/** Invalid evidence closes the link. */
const ACCUSE_EVERY_MS = 400;

interface Accusation {
  readonly what: string;
  readonly body: EvidenceBody;
}

function headers(chain: readonly Link[] | null): readonly Header[] {
  return (chain ?? []).map(({ header }) => header);
}

function bare(signed: Append | Response): Testimony {
  return { signed, headers: [] };
}

function against(
  what: string,
  { index }: Position,
  first: Testimony,
  second: Testimony,
): Accusation | null {
  const { signer, statement } = first.signed;
  const body = { culprit: signer, epoch: statement.epoch, index, first, second };
  return { what, body };
}

/** Two statements of one signer, drawn from what was really said. */
function pairOf<S extends Append | Response>(
  me: Traitor,
  said: readonly S[],
  fits: (a: S, b: S) => boolean,
): readonly [S, S] | null {
  const ofHonest = said.filter(({ signer }) => !me.mind.isTraitor(signer));
  if (ofHonest.length === 0) return null;
  const first = me.random.pick(ofHonest);
  const others = ofHonest.filter((other) => other.signer === first.signer && fits(first, other));
  return others.length === 0 ? null : [first, me.random.pick(others)];
}

type Accuse = (me: Traitor) => Accusation | null;

/** A voter may name one index twice in two terms. */
const acrossTerms: Accuse = (me) => {
  const pair = pairOf(
    me,
    me.mind.library.responses,
    ({ statement: a }, { statement: b }) =>
      a.term !== b.term && a.accepted.index === b.accepted.index,
  );
  if (pair === null) return null;
  return against('of two terms', pair[0].statement.accepted, bare(pair[0]), bare(pair[1]));
};

/** Two heads of one chain. */
const alongOneChain: Accuse = (me) => {
  const pair = pairOf(
    me,
    me.mind.library.appends,
    ({ statement: a }, { statement: b }) => a.term === b.term && a.head.index < b.head.index,
  );
  if (pair === null) return null;
  const [low, high] = pair;
  const { head } = low.statement;
  const chain = me.mind.library.chainTo(high.statement.head.hash, head.index);
  if (me.random.chance(1, 2)) return against('of one chain', head, bare(low), bare(high));
  return against('of one chain, with headers', head, bare(low), {
    signed: high,
    headers: headers(chain),
  });
};

/** Headers of another chain, or with one missing. */
const unlinked: Accuse = (me) => {
  const pair = pairOf(
    me,
    me.mind.library.appends,
    ({ statement: a }, { statement: b }) => a.term === b.term && b.head.index > a.head.index,
  );
  if (pair === null) return null;
  const [low, high] = pair;
  const { head } = low.statement;
  const chain = me.mind.library.chainTo(high.statement.head.hash, head.index + 1) ?? [];
  const real = me.mind.library.links.get(head.hash);
  if (real === undefined) return null;
  const made = { ...real.header, timestamp: real.header.timestamp + 1 };
  // A chain that ends beside what is signed, or one with a wrong first link.
  const stray = me.random.chance(1, 2) ? [made] : [made, ...headers(chain)];
  return against('with headers that do not link', head, bare(low), {
    signed: high,
    headers: stray,
  });
};

/** V3: a Response and the chain below what it names: best one that a certificate moved its voter to (N2). */
const alongResponses: Accuse = (me) => {
  const { library } = me.mind;
  const chainOf = (low: Response, high: Response): readonly Link[] | null =>
    library.chainTo(high.statement.accepted.hash, low.statement.accepted.index);
  const isLater = ({ statement: a }: Response, { statement: b }: Response): boolean =>
    a.term === b.term && a.accepted.index > 0 && a.accepted.index < b.accepted.index;
  const hasMoved = (low: Response, high: Response): boolean =>
    isLater(low, high) && chainOf(low, high)?.[0]?.hash !== low.statement.accepted.hash;
  const pair = pairOf(me, library.responses, hasMoved) ?? pairOf(me, library.responses, isLater);
  if (pair === null) return null;
  const [low, high] = pair;
  return against('along the chains of Responses', low.statement.accepted, bare(low), {
    signed: high,
    headers: headers(chainOf(low, high)),
  });
};

/** A position that is none stands at index 0: every voter names it, and another. */
const ofNothing: Accuse = (me) => {
  const pair = pairOf(
    me,
    me.mind.library.responses,
    ({ statement: a }, { statement: b }) =>
      a.term === b.term && a.prepared.index !== b.prepared.index,
  );
  if (pair === null) return null;
  return against('of two indexes', pair[0].statement.prepared, bare(pair[0]), bare(pair[1]));
};

/** A traitor's statement beside an honest one. */
const ofTwoSigners: Accuse = (me) => {
  const honest = me.mind.library.responses.filter(({ signer }) => !me.mind.isTraitor(signer));
  if (honest.length === 0) return null;
  const first = me.random.pick(honest);
  const { term, accepted } = first.statement;
  const { hash } = me.mind.genesis.entry;
  const other = me.forge.response(me.id, term, { index: accepted.index, hash });
  const second = { ...other.signed, signer: me.random.chance(1, 2) ? me.id : first.signer };
  return against('of two signers', accepted, bare(first), bare(second));
};

const ACCUSATIONS: readonly Accuse[] = [
  acrossTerms,
  alongOneChain,
  unlinked,
  alongResponses,
  ofNothing,
  ofTwoSigners,
];

/** M1: an honest leader's statement with other entries, or another certificate, than it sent: the sender's fault. */
function misquoted(me: Traitor): PeerMessage | null {
  const { recorded } = me.mind.library;
  const quoted = recorded.findLast(
    ({ message }) =>
      message.kind === 'append-entries' &&
      message.signed.statement.term === me.status.term &&
      message.entries.length > 0 &&
      !me.mind.isTraitor(message.signed.signer),
  )?.message as AppendEntries | undefined;
  const last = quoted?.entries.at(-1);
  if (quoted === undefined || last === undefined) return null;
  if (me.random.chance(1, 3)) return { ...quoted, entries: [] };
  const parent = me.mind.library.links.get(last.header.parent);
  if (parent === undefined) return null;
  const content = { kind: 'batch', requests: [] } as const;
  const other = me.forge.entry(parent, last.header.term, content, last.header.timestamp);
  if (me.random.chance(1, 2))
    return { ...quoted, entries: [...quoted.entries.slice(0, -1), other] };
  // The same beside a fetch answer, whose chain ends elsewhere than at the leader's head.
  const body = { entries: [other], headers: [], leader: quoted.signed, commit: null };
  return me.forge.body(me.id, { kind: 'entries', body });
}

/** Says of honest nodes what they never did, with what they really signed. */
const falseEvidence: AttackKind = {
  name: 'false-evidence',
  tries: 'accuses honest nodes with true statements that contradict nothing (V1, V3, M1)',
  make: (me) => {
    let nextMs = 0;
    return {
      acts: () => {
        if (me.nowMs < nextMs) return;
        nextMs = me.nowMs + ACCUSE_EVERY_MS;
        const to = me.random.pick(me.mind.honest);
        if (me.random.chance(1, 4)) {
          const message = misquoted(me);
          if (message === null) return;
          me.note(`misquotes a leader to ${to}`);
          me.sendFalse(to, message);
          return;
        }
        const accusation = me.random.pick(ACCUSATIONS)(me);
        if (accusation === null) return;
        const { what, body } = accusation;
        me.note(`accuses ${body.culprit} to ${to}: statements ${what} at ${body.index}`);
        me.sendFalse(to, me.forge.body(me.id, { kind: 'evidence', body }));
      },
    };
  },
};

export const SUSPICION_EVIDENCE: readonly AttackKind[] = [falseEvidence];
