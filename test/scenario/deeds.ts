/** What a traitor can do, as a script says it: everything is signed with its real key. */
import type { NodeId } from '../../src/consensus/model/ids.ts';
import type { SuspectReason } from '../../src/consensus/model/statement.ts';
import { SUSPECT_REASONS } from '../../src/consensus/model/statement.ts';
import type { Selection } from './selection.ts';
import { readSelection } from './selection.ts';
import type { Nodes, TermWord, Words } from './words.ts';

/** The entries up to one, or those between two. */
interface Range {
  readonly head: string;
  readonly after: string | null;
  readonly certificate: string | null;
  readonly to: Nodes;
}

export type Deed = { readonly node: NodeId } & (
  | {
      readonly act: 'makes';
      readonly name: string;
      /** Client requests; or the term whose vote bundle it carries. */
      readonly content:
        | { readonly requests: readonly string[]; readonly on: string }
        | { readonly bundle: TermWord; readonly base: string };
      readonly term: TermWord | null;
    }
  | ({ readonly act: 'appends' } & Range)
  /** `up`: headers link the last entry to that one. */
  | ({ readonly act: 'serves'; readonly up: string | null } & Range)
  | {
      readonly act: 'heartbeats';
      readonly head: string;
      readonly term: TermWord | null;
      readonly to: Nodes;
    }
  | {
      readonly act: 'responds';
      readonly accepted: string | null;
      readonly prepared: string | null;
      readonly term: TermWord | null;
      readonly to: Nodes;
    }
  | {
      readonly act: 'suspects';
      readonly term: TermWord;
      readonly reason: SuspectReason;
      readonly certificate: string | null;
      readonly to: Nodes;
    }
  | {
      readonly act: 'asks' | 'votes' | 'refuses';
      readonly term: TermWord;
      readonly base: string;
      readonly to: Nodes;
    }
  | { readonly act: 'resigns'; readonly term: TermWord; readonly to: Nodes }
  | {
      readonly act: 'assembles';
      readonly name: string;
      readonly phase: 'prepare' | 'commit';
      readonly entry: string;
      readonly signers: readonly NodeId[];
      readonly term: TermWord | null;
    }
  | { readonly act: 'shows'; readonly certificate: string; readonly to: Nodes }
  | { readonly act: 'replays'; readonly what: Selection; readonly to: Nodes }
  | { readonly act: 'rests' }
);

/** A deed without the name of its doer. */
type Act = DistributiveOmit<Deed, 'node'>;
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** Every verb of a traitor. */
export const DEEDS: Readonly<Record<Deed['act'], (words: Words) => Act>> = {
  makes: readMakes,
  appends: (words) => ({ act: 'appends', ...readRange(words), ...readRest(words) }),
  serves: (words) => ({
    act: 'serves',
    ...readRange(words),
    up: readUp(words),
    ...readRest(words),
  }),
  heartbeats: (words) => ({
    act: 'heartbeats',
    head: words.word('an entry'),
    term: inTerm(words),
    to: words.to(),
  }),
  responds: (words) => ({
    act: 'responds',
    accepted: words.take('none') ? null : words.word('an entry, or none'),
    prepared: words.take('prepared') ? words.word('an entry') : null,
    term: inTerm(words),
    to: words.to(),
  }),
  suspects: readSuspects,
  asks: (words) => ({ act: 'asks', ...readElection(words, 'on') }),
  votes: (words) => ({ act: 'votes', ...readElection(words, 'on') }),
  refuses: (words) => ({ act: 'refuses', ...readElection(words, 'with') }),
  resigns: (words) => ({ act: 'resigns', term: words.term(), to: words.to() }),
  assembles: readAssembles,
  shows: (words) => ({
    act: 'shows',
    certificate: words.word('a certificate'),
    to: words.to(),
  }),
  replays: readReplays,
  rests: () => ({ act: 'rests' }),
};

/** `n4 suspects 2`. */
export function readDeed(words: Words): Deed {
  const node = words.node();
  const acts = Object.keys(DEEDS) as Deed['act'][];
  return { node, ...DEEDS[words.oneOf(acts, "a traitor's verb")](words) };
}

/** `append from n1 to n2`: `to` says who gets it, whoever got it before. */
function readReplays(words: Words): Act {
  const { kinds, from, to } = readSelection(words);
  return { act: 'replays', what: { kinds, from, to: 'all' }, to };
}

function inTerm(words: Words): TermWord | null {
  return words.take('in') ? words.term() : null;
}

function withCertificate(words: Words): string | null {
  return words.take('with') ? words.word('a certificate') : null;
}

/** `B after A`. */
function readRange(words: Words) {
  const head = words.word('an entry');
  return { head, after: words.take('after') ? words.word('an entry') : null };
}

/** `linked D`. */
function readUp(words: Words): string | null {
  return words.take('linked') ? words.word('an entry') : null;
}

/** `with C to n2`. */
function readRest(words: Words) {
  return { certificate: withCertificate(words), to: words.to() };
}

/** `A = x y on 2/1 in 1`, or `T = bundle 2 on genesis`. */
function readMakes(words: Words): Act {
  const name = words.name('a name for the entry');
  words.need('=');
  if (words.take('bundle')) {
    const bundle = words.term();
    words.need('on');
    const base = words.word('genesis or a certificate');
    return { act: 'makes', name, content: { bundle, base }, term: null };
  }
  const requests = [words.name('“bundle” or requests')];
  while (words.next !== 'on') requests.push(words.name('a request or “on”'));
  words.need('on');
  const on = words.word('an entry');
  return { act: 'makes', name, content: { requests, on }, term: inTerm(words) };
}

function readSuspects(words: Words): Act {
  const term = words.term();
  const isReason = SUSPECT_REASONS.some((reason) => reason === words.next);
  const reason = isReason ? words.oneOf(SUSPECT_REASONS, 'a reason') : 'silent';
  const certificate = withCertificate(words);
  return { act: 'suspects', term, reason, certificate, to: words.to() };
}

/** `2 on genesis to n1`. */
function readElection(words: Words, before: 'on' | 'with') {
  const term = words.term();
  words.need(before);
  return { term, base: words.word('genesis or a certificate'), to: words.to() };
}

/** `C = prepare 3/1 of n1 n2 n3 in 2`. */
function readAssembles(words: Words): Act {
  const name = words.name('a name for the certificate');
  words.need('=');
  const phase = words.oneOf(['prepare', 'commit'] as const, 'a phase');
  const entry = words.word('an entry');
  words.need('of');
  return { act: 'assembles', name, phase, entry, signers: words.nodes(), term: inTerm(words) };
}
