/**
 * Certificates that prove nothing: each is what it should be in all respects but one. Most certify an entry that the
 * traitors made up beside the log, so that who believes one ends on a log of its own.
 */
import { limits } from '../../../../src/base/limits.ts';
import type {
  Certificate,
  SuspicionCertificate,
  VoteBundle,
} from '../../../../src/consensus/model/certificate.ts';
import type { Entry } from '../../../../src/consensus/model/entry.ts';
import type { NodeId } from '../../../../src/consensus/model/ids.ts';
import type {
  NodeStatement,
  ResponseStatement,
  Signed,
  VoteStatement,
} from '../../../../src/consensus/model/statement.ts';
import type { NamedBase } from '../forge.ts';
import type { Link } from '../library.ts';
import type { Traitor } from '../traitor.ts';
import { assembled, certify, reachedIn } from './certificates-assembled.ts';

type Response = Signed<ResponseStatement>;
type Phase = Certificate['phase'];

/** A certificate with one fault, and the made-up entry that it certifies, if any. */
export interface Relabelled {
  readonly fault: string;
  readonly certificate: Certificate;
  readonly entry: Entry | null;
}

/** A made-up entry of the term that is on: on top of the leader's newest head, or beside an entry a little below it. */
export function strayEntry(me: Traitor): Entry | null {
  const { library } = me.mind;
  const { committed, term } = me.status;
  const newest = library.appends.findLast(({ statement }) => statement.term === term);
  const head = newest?.statement.head ?? committed;
  const index = Math.max(1, head.index - me.random.pick([0, 0, 0, 1, 2, 5]));
  const parent = library.chainTo(head.hash, index)?.[0];
  return parent === undefined ? null : entryOn(me, parent, term);
}

function entryOn(me: Traitor, parent: Link, term: number): Entry | null {
  const { requests } = me.mind.library;
  if (requests.length === 0) return null;
  const content = { kind: 'batch', requests: [me.random.pick(requests)] } as const;
  return me.forge.entry(parent, term, content);
}

function bySigner<S extends NodeStatement>(a: Signed<S>, b: Signed<S>): number {
  return a.signer < b.signer ? -1 : 1;
}

function over(phase: Phase, entry: Entry, responses: readonly Response[]): Certificate {
  const { header, hash } = entry;
  return { phase, headers: [header], hash, responses: [...responses].sort(bySigner) };
}

/** The traitors' own, naming an entry as accepted and prepared. */
function own(me: Traitor, { header: { index, term }, hash }: Entry): readonly Response[] {
  const position = { index, hash };
  return me.mind.traitors.map((id) => me.forge.response(id, term, position, position).signed);
}

/** Honest voters that would make a quorum with the traitors. */
function namesLent(me: Traitor): readonly NodeId[] {
  return me.mind.honest.slice(0, me.mind.quorum - me.mind.traitors.length);
}

type Fault = (me: Traitor, phase: Phase) => Omit<Relabelled, 'fault'> | null;

/** As many Responses as the traitors have. */
const few: Fault = (me, phase) => {
  const entry = strayEntry(me);
  return entry === null ? null : { entry, certificate: over(phase, entry, own(me, entry)) };
};

/** One signer counted many times. */
const repeated: Fault = (me, phase) => {
  const entry = strayEntry(me);
  if (entry === null) return null;
  const [response] = own(me, entry);
  const responses = Array.from({ length: me.mind.quorum }, () => response as Response);
  return { entry, certificate: over(phase, entry, responses) };
};

/** A traitor's statements under honest names. */
const renamed: Fault = (me, phase) => {
  const entry = strayEntry(me);
  if (entry === null) return null;
  const responses = own(me, entry);
  const lent = namesLent(me).map((signer) => ({ ...(responses[0] as Response), signer }));
  return { entry, certificate: over(phase, entry, [...responses, ...lent]) };
};

/** What honest voters really signed in the term, about another chain. */
const elsewhere: Fault = (me, phase) => {
  const entry = strayEntry(me);
  if (entry === null) return null;
  const { term } = me.status;
  const real = new Map<NodeId, Response>();
  for (const response of me.mind.library.responses)
    if (response.statement.term === term && !me.mind.isTraitor(response.signer))
      real.set(response.signer, response);
  const responses = [...own(me, entry), ...real.values()].slice(0, me.mind.quorum);
  return { entry, certificate: over(phase, entry, responses) };
};

/** A made-up entry in front of headers that are not on top of it, with real Responses for those. */
const unlinked: Fault = (me, phase) => {
  const { term } = me.status;
  const reached = reachedIn(me, term);
  const above = reached?.chain.find(({ header }) => header.index === reached.index);
  const below = above === undefined ? undefined : me.mind.library.links.get(above.header.parent);
  const parent = below === undefined ? undefined : me.mind.library.links.get(below.header.parent);
  if (reached === null || parent === undefined) return null;
  const entry = entryOn(me, parent, term);
  const real = certify(me, reached.chain, { ...reached, term });
  if (entry === null || real === null) return null;
  const headers = [entry.header, ...real.headers];
  return { entry, certificate: { ...real, phase, headers, hash: entry.hash } };
};

/** A real prepare certificate shown as a commit certificate: one phase for two. */
const onePhase: Fault = (me) => {
  const real = assembled(me, me.status.term);
  return real === null ? null : { entry: null, certificate: { ...real, phase: 'commit' } };
};

/** A header more, or one less, than the counted positions ask for. */
const misfitting: Fault = (me) => {
  const reached = reachedIn(me, me.status.term);
  const real =
    reached === null ? null : certify(me, reached.chain, { ...reached, term: me.status.term });
  if (reached === null || real === null) return null;
  const top = real.headers.at(-1)?.index ?? 0;
  const more = reached.chain.find(({ header }) => header.index === top + 1);
  if (more !== undefined)
    return { entry: null, certificate: { ...real, headers: [...real.headers, more.header] } };
  if (real.headers.length === 1) return null;
  return { entry: null, certificate: { ...real, headers: real.headers.slice(0, -1) } };
};

/** More headers than a certificate may have. */
const long: Fault = (me, phase) => {
  const { committed } = me.status;
  const from = committed.index - limits.certificateHeadersMax;
  const chain = from < 2 ? null : me.mind.library.chainTo(committed.hash, from);
  const first = chain?.[0];
  if (chain === null || first === undefined) return null;
  const responses = me.mind.library.responses
    .filter(({ statement }) => statement.accepted.hash === committed.hash)
    .slice(0, me.mind.quorum);
  const headers = chain.map(({ header }) => header);
  return { entry: null, certificate: { phase, headers, hash: first.hash, responses } };
};

const FAULTS: Readonly<Record<string, Fault>> = {
  few,
  repeated,
  renamed,
  elsewhere,
  unlinked,
  'one-phase': onePhase,
  misfitting,
  long,
};

/** A certificate with a fault that can be made now. */
export function relabelled(me: Traitor, phase: Phase): Relabelled | null {
  const fault = me.random.pick(Object.keys(FAULTS));
  const made = FAULTS[fault]?.(me, phase) ?? null;
  return made === null ? null : { fault, ...made };
}

/** A suspicion certificate for a term that no quorum wants. */
export function falseSuspicion(me: Traitor, term: number): SuspicionCertificate {
  const names = me.mind.traitors.map((id) => me.forge.suspect(id, term, 'silent').signed);
  const lent = namesLent(me);
  const first = names[0] as (typeof names)[number];
  const older = me.mind.library.suspects.filter(({ signer }) => lent.includes(signer));
  const suspects = me.random.pick([
    names,
    Array.from({ length: me.mind.quorum }, () => first),
    [...names, ...lent.map((signer) => ({ ...first, signer }))],
    [...names, ...lent.flatMap((id) => older.findLast(({ signer }) => signer === id) ?? [])],
  ]);
  return { suspects: [...suspects].sort(bySigner) };
}

/** A vote bundle that no quorum voted for: too few, one many times, borrowed names, or refusals sold as votes. */
export function falseBundle(me: Traitor, term: number, base: NamedBase): VoteBundle {
  const names = me.mind.traitors.map((id) => me.forge.vote(id, term, base).signed);
  const lent = namesLent(me);
  const first = names[0] as Signed<VoteStatement>;
  const votes = me.random.pick([
    names,
    Array.from({ length: me.mind.quorum }, () => first),
    [...names, ...lent.map((signer) => ({ ...first, signer }))],
    [...names, ...refusalsAsVotes(me, term)],
  ]);
  return { votes: [...votes].sort(bySigner) };
}

/** M1: a refusal has the layout of a vote, and another kind under its signature. */
function refusalsAsVotes(me: Traitor, term: number): readonly Signed<VoteStatement>[] {
  const found = new Map<NodeId, Signed<VoteStatement>>();
  for (const { message } of me.mind.library.recorded) {
    if (message.kind !== 'vote-refusal' || message.signed.statement.term !== term) continue;
    const { signer, statement, signature } = message.signed;
    found.set(signer, { signer, signature, statement: { ...statement, kind: 'vote' } });
  }
  return [...found.values()];
}
