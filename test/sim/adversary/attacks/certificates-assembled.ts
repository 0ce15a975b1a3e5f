/**
 * Certificates that the traitors make of what they overheard: they see every Response, and add their own names. Honest
 * nodes may have made the same ones, or not.
 */
import type { Certificate } from '../../../../src/consensus/model/certificate.ts';
import { baseOf, rankOf } from '../../../../src/consensus/model/certificate.ts';
import { limits } from '../../../../src/base/limits.ts';
import type { Hash, NodeId } from '../../../../src/consensus/model/ids.ts';
import type { Position, Rank } from '../../../../src/consensus/model/position.ts';
import { compareRank } from '../../../../src/consensus/model/position.ts';
import type { ResponseStatement, Signed } from '../../../../src/consensus/model/statement.ts';
import type { NamedBase } from '../forge.ts';
import type { Link } from '../library.ts';
import type { Traitor } from '../traitor.ts';

type Response = Signed<ResponseStatement>;

/** Honest voters that a quorum needs beside the traitors. */
export function honestNeeded(me: Traitor): number {
  return Math.max(1, me.mind.quorum - me.mind.traitors.length);
}

function honestResponses(me: Traitor, term: number): readonly Response[] {
  return me.mind.library.responses.filter(
    ({ signer, statement }) =>
      statement.term === term && statement.accepted.index > 0 && !me.mind.isTraitor(signer),
  );
}

/** The entries of one term that end at a hash, ascending. */
function chainOfTerm(me: Traitor, hash: Hash, term: number): readonly Link[] {
  const chain: Link[] = [];
  let link = me.mind.library.links.get(hash);
  while (link !== undefined && link.header.term === term) {
    chain.push(link);
    link = me.mind.library.links.get(link.header.parent);
  }
  return chain.reverse();
}

/** What a quorum, traitors among them, can be shown to have accepted in a term. */
export interface Reached {
  /** From the term's first entry up to the highest that an honest voter named. */
  readonly chain: readonly Link[];
  /** The highest index that enough honest voters reached. */
  readonly index: number;
  readonly responses: readonly Response[];
}

/** On whichever chain of the term enough honest voters are. */
export function reachedIn(me: Traitor, term: number): Reached | null {
  const responses = honestResponses(me, term);
  const tried = new Set<Hash>();
  const tops = responses
    .map(({ statement }) => statement.accepted)
    .sort((a, b) => b.index - a.index);
  for (const top of tops) {
    if (tried.has(top.hash)) continue;
    const chain = chainOfTerm(me, top.hash, term);
    for (const { hash } of chain) tried.add(hash);
    const index = nthHighest(me, chain, responses);
    if (index !== null) return { chain, index, responses };
  }
  return null;
}

function nthHighest(
  me: Traitor,
  chain: readonly Link[],
  responses: readonly Response[],
): number | null {
  const first = chain[0]?.header.index;
  if (first === undefined) return null;
  const reached = new Map<NodeId, number>();
  for (const { signer, statement } of responses) {
    const { index, hash } = statement.accepted;
    if (chain[index - first]?.hash === hash)
      reached.set(signer, Math.max(reached.get(signer) ?? 0, index));
  }
  return [...reached.values()].sort((a, b) => b - a)[honestNeeded(me) - 1] ?? null;
}

/**
 * A certificate for `index` of a chain, the traitors naming that very index: valid where `index` is of the Responses'
 * term.
 */
export function certify(
  me: Traitor,
  chain: readonly Link[],
  { index, term, responses }: { index: number; term: number; responses: readonly Response[] },
): Certificate<'prepare'> | null {
  const first = chain[0];
  if (first === undefined) return null;
  const links = chain.slice(index - first.header.index).slice(0, limits.certificateHeadersMax);
  const certified = links[0];
  if (certified === undefined) return null;
  const position: Position = { index: certified.header.index, hash: certified.hash };
  const own = me.mind.traitors.map((id) => me.forge.response(id, term, position).signed);
  return me.forge.certificate('prepare', links, [...responses, ...own]);
}

/** The highest valid prepare certificate of a term. */
export function assembled(me: Traitor, term: number): Certificate<'prepare'> | null {
  const reached = reachedIn(me, term);
  return reached === null ? null : certify(me, reached.chain, { ...reached, term });
}

/** How many terms back an attack looks. */
const TERMS_BACK = 4;

/** All that a traitor can show of terms below one, lowest rank first: overheard, and assembled. */
export function showable(me: Traitor, belowTerm: number): readonly Certificate[] {
  const all: Certificate[] = me.mind.library.certificates.filter(
    (certificate) => rankOf(certificate).term < belowTerm,
  );
  for (let term = Math.max(1, belowTerm - TERMS_BACK); term < belowTerm; term++) {
    const one = assembled(me, term);
    if (one !== null) all.push(one);
  }
  return all.sort((a, b) => compareRank(rankOf(a), rankOf(b)));
}

/** The lowest that outranks a base. */
export function nextAbove(me: Traitor, rank: Rank, belowTerm: number): NamedBase | null {
  const next = showable(me, belowTerm).find((one) => compareRank(rankOf(one), rank) > 0);
  return next === undefined ? null : baseOf(next);
}

/** The highest of all. */
export function highestShowable(me: Traitor, belowTerm: number): NamedBase | null {
  const highest = showable(me, belowTerm).at(-1);
  return highest === undefined ? null : baseOf(highest);
}

/**
 * N5's certificate for an index below its term's base: the Responses of a quorum in the term, with the headers from an
 * entry of an earlier term up. It would rank as (term, index), above all that was committed before that term.
 */
export function belowItsBase(me: Traitor, term: number): NamedBase | null {
  const reached = reachedIn(me, term);
  const first = reached?.chain[0]?.header.index;
  if (reached === null || first === undefined) return null;
  const index = Math.max(2, first - me.random.between(1, 8));
  const top = reached.chain.at(-1) as Link;
  const chain = me.mind.library.chainTo(top.hash, index);
  if (index >= first || chain === null) return null;
  const certificate = certifyBelow(me, chain, { first, term, responses: reached.responses });
  if (certificate === null) return null;
  const { epoch } = rankOf(certificate);
  const { hash } = certificate;
  const position = { index: index as Position['index'], hash };
  const rank = { epoch, term: term as Rank['term'], index: position.index };
  return { rank, position, certificate };
}

/** The traitors, too, name an entry of the term itself. */
function certifyBelow(
  me: Traitor,
  chain: readonly Link[],
  { first, term, responses }: { first: number; term: number; responses: readonly Response[] },
): Certificate<'prepare'> | null {
  const own = chain.find(({ header }) => header.index === first) as Link;
  const position: Position = { index: own.header.index, hash: own.hash };
  const names = me.mind.traitors.map((id) => me.forge.response(id, term, position).signed);
  const links = chain.slice(0, limits.certificateHeadersMax);
  return me.forge.certificate('prepare', links, [...responses, ...names]);
}
