/**
 * What traitors make of what was said: certificates and bundles of statements that were really signed in this run, and
 * of what the traitors sign themselves. Nobody else's signature is theirs to make.
 */
import type {
  Base,
  Certificate,
  SuspicionCertificate,
  VoteBundle,
} from '../../src/consensus/model/certificate.ts';
import { baseOf } from '../../src/consensus/model/certificate.ts';
import type { Entry } from '../../src/consensus/model/entry.ts';
import { positionOf } from '../../src/consensus/model/entry.ts';
import type { NodeId, Term } from '../../src/consensus/model/ids.ts';
import type { Position } from '../../src/consensus/model/position.ts';
import { NONE } from '../../src/consensus/model/position.ts';
import { isQuorum } from '../../src/consensus/model/quorum.ts';
import type {
  NodeStatement,
  ResponseStatement,
  Signed,
} from '../../src/consensus/model/statement.ts';
import { baseKey } from '../../src/consensus/tangaroa/term.ts';
import { item } from '../fixtures-crypto.ts';
import type { Book } from './book.ts';
import { Impossible } from './words.ts';
import type { World } from './world.ts';

/** Scenarios do not leave the first epoch. */
export const EPOCH = 0 as ResponseStatement['epoch'];

type Phase = Certificate['phase'];

/** The genesis, or what a certificate proves. */
export function baseNamed(world: World, name: string): Base {
  return name === 'genesis'
    ? world.verifier(item(world.ids, 0)).keyring.genesis
    : baseOf(world.book.certificate(name));
}

export function electionStatement<K extends 'vote' | 'vote-refusal' | 'request-vote'>(
  kind: K,
  term: Term,
  { rank, position }: Base,
) {
  return { kind, epoch: EPOCH, term, baseRank: rank, base: position };
}

/** E4: of the votes for that base that were really given. */
export function assembleBundle(world: World, term: Term, base: Base): VoteBundle {
  const statement = electionStatement('vote', term, base);
  const given = world.book.votes.filter(
    ({ statement: vote }) => vote.term === term && baseKey(vote) === baseKey(statement),
  );
  return { votes: quorumOf(world, given, statement, `votes in term ${term}`) };
}

/** S2: of the Suspects that want the term or a later one. */
export function assembleSuspicion(world: World, term: Term): SuspicionCertificate {
  const given = world.book.suspects.filter(({ statement }) => statement.wanted >= term);
  const own = { kind: 'suspect', epoch: EPOCH, wanted: term, reason: 'silent' } as const;
  return { suspects: quorumOf(world, given, own, `suspicion for term ${term}`) };
}

/** One statement of each signer, sorted; the traitors sign their own. */
function quorumOf<S extends NodeStatement>(
  world: World,
  given: readonly Signed<S>[],
  own: S,
  what: string,
): readonly Signed<S>[] {
  const bySigner = new Map(given.map((signed) => [signed.signer, signed]));
  for (const id of world.turned) bySigner.set(id, world.depsOf(id).sign(own));
  const signers = new Set(bySigner.keys());
  if (!isQuorum(world.configuration.sets, signers))
    throw new Impossible(`no quorum of ${what}: ${[...signers].sort().join(' ')}`);
  return [...bySigner.values()].sort(bySignerName);
}

function bySignerName(a: Signed, b: Signed): number {
  return a.signer < b.signer ? -1 : 1;
}

/** N5: the headers run from the certified entry to the highest that a Response names. */
export function assembleCertificate(
  world: World,
  phase: Phase,
  entry: Entry,
  term: Term,
  signers: readonly NodeId[],
): Certificate {
  const responses = signers
    .map((signer) => responseOf(world, signer, term, phase, entry))
    .sort(bySignerName);
  const highest = responses
    .map((signed) => counted(signed, phase))
    .reduce((best, position) => (position.index > best.index ? position : best));
  const below = world.book.positionBelow(entry);
  const headers = world.book.path(below, highest).map(({ header }) => header);
  return { phase, headers, hash: entry.hash, responses };
}

/** The lowest that an honest signer has really named on that chain; a traitor signs what is wanted. */
function responseOf(
  world: World,
  signer: NodeId,
  term: Term,
  phase: Phase,
  entry: Entry,
): Signed<ResponseStatement> {
  const accepted = positionOf(entry);
  const prepared = phase === 'commit' ? accepted : NONE;
  const kind = 'append-entries-response';
  if (world.turned.has(signer))
    return world.depsOf(signer).sign({ kind, epoch: EPOCH, term, accepted, prepared });
  const [lowest] = world.book.responses
    .filter((signed) => signed.signer === signer && signed.statement.term === term)
    .filter((signed) => reaches(world.book, counted(signed, phase), entry))
    .sort((a, b) => counted(a, phase).index - counted(b, phase).index);
  if (lowest !== undefined) return lowest;
  const what = `${phase === 'prepare' ? 'accepted' : 'prepared'} ${world.book.label(accepted)}`;
  throw new Impossible(`${signer} never signed that it ${what} in term ${term}`);
}

function counted({ statement }: Signed<ResponseStatement>, phase: Phase): Position {
  return phase === 'prepare' ? statement.accepted : statement.prepared;
}

/** Whether the entry lies below the position, or there. */
function reaches(book: Book, position: Position, entry: Entry): boolean {
  let at = book.entryAt(position);
  while (at !== null && at.header.index > entry.header.index) at = book.parentOf(at);
  return at?.hash === entry.hash;
}
