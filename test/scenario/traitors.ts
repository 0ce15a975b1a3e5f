/**
 * What traitors say. They hold their own keys and nobody else's: a certificate or a bundle that one shows is made of
 * statements that were really signed in this run, and of what traitors sign themselves.
 */
import type { CoreDeps } from '../../src/consensus/core.ts';
import type { Base, Certificate, VoteBundle } from '../../src/consensus/model/certificate.ts';
import { baseOf } from '../../src/consensus/model/certificate.ts';
import type { Content, Entry } from '../../src/consensus/model/entry.ts';
import { makeEntry, positionOf } from '../../src/consensus/model/entry.ts';
import type { LogIndex, NodeId, Sequence, Term } from '../../src/consensus/model/ids.ts';
import type { PeerMessage, TermProof } from '../../src/consensus/model/message.ts';
import { NONE, samePosition } from '../../src/consensus/model/position.ts';
import { isQuorum } from '../../src/consensus/model/quorum.ts';
import type {
  NodeStatement,
  ResponseStatement,
  Signed,
} from '../../src/consensus/model/statement.ts';
import { baseKey } from '../../src/consensus/tangaroa/term.ts';
import type { Deed } from './deeds.ts';
import { selects } from './selection.ts';
import type { Nodes } from './words.ts';
import { Impossible, ScriptError } from './words.ts';
import type { World } from './world.ts';

type DeedOf<Act extends Deed['act']> = Extract<Deed, { act: Act }>;
type ElectionDeed = DeedOf<'asks' | 'votes' | 'refuses'>;

const EPOCH = 0 as ResponseStatement['epoch'];

export class Traitors {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  #deps(id: NodeId): CoreDeps {
    return this.#world.depsOf(id);
  }

  #send(from: NodeId, to: Nodes, message: PeerMessage): void {
    if (to === 'all') return this.#world.post(from, 'all', message);
    for (const id of to) this.#world.post(from, id, message);
  }

  act(deed: Deed): void {
    switch (deed.act) {
      case 'makes':
        return this.#makes(deed);
      case 'appends':
        return this.#appends(deed);
      case 'heartbeats':
        return this.#heartbeats(deed);
      case 'responds':
        return this.#responds(deed);
      case 'suspects':
        return this.#suspects(deed);
      case 'asks':
        return this.#asks(deed);
      case 'votes':
        return this.#votes(deed);
      case 'refuses':
        return this.#refuses(deed);
      case 'resigns':
        return this.#resigns(deed);
      case 'assembles':
        return this.#assembles(deed);
      case 'shows':
        return this.#shows(deed);
      case 'serves':
        return this.#serves(deed);
      case 'replays':
        return this.#replays(deed);
      case 'rests':
    }
  }

  #makes({ node, name, content, term }: DeedOf<'makes'>): void {
    const { book } = this.#world;
    if ('requests' in content) {
      const parent = book.entry(content.on);
      const requests = content.requests.map((request) => book.request(request));
      const inTerm = term === null ? parent.header.term : this.#world.termOf(term);
      return this.#makeEntry(node, name, parent, inTerm, { kind: 'batch', requests });
    }
    const base = this.#base(content.base);
    const parent = book.entryAt(base.position);
    if (parent === null)
      throw new ScriptError(`nobody has the entry that ${content.base} certifies`);
    const inTerm = this.#world.termOf(content.bundle);
    this.#makeEntry(node, name, parent, inTerm, {
      kind: 'term',
      bundle: this.#bundle(inTerm, base),
    });
  }

  #makeEntry(
    node: NodeId,
    name: string,
    parent: Entry,
    term: Term,
    content: Exclude<Content, { kind: 'malformed' }>,
  ): void {
    const { encodeContent, digest } = this.#deps(node);
    const { header, hash } = parent;
    const fields = {
      index: (header.index + 1) as LogIndex,
      epoch: EPOCH,
      term,
      parent: hash,
      kind: content.kind,
      timestamp: Math.max(header.timestamp, this.#world.now.wallMs),
    };
    const entry = makeEntry(fields, encodeContent(content), content, digest);
    const news = this.#world.book.learn(entry, name);
    if (news === null)
      throw new ScriptError(`${name} is ${this.#world.book.label(positionOf(entry))}`);
    this.#world.tell(node, `made ${news}`);
  }

  /** The genesis, or what a certificate proves. */
  #base(name: string): Base {
    return name === 'genesis'
      ? this.#world.verifier(this.#world.ids[0] as NodeId).keyring.genesis
      : baseOf(this.#world.book.certificate(name));
  }

  /** Of the votes for that base that were really given, and the traitors' own. */
  #bundle(term: Term, base: Base): VoteBundle {
    const statement = electionStatement('vote', term, base);
    const given = this.#world.book.votes.filter(
      ({ statement: vote }) => vote.term === term && baseKey(vote) === baseKey(statement),
    );
    return { votes: this.#quorumOf(given, statement, `votes in term ${term}`) };
  }

  /** One statement of each signer, sorted; the traitors sign their own. */
  #quorumOf<S extends NodeStatement>(
    given: readonly Signed<S>[],
    own: S,
    what: string,
  ): readonly Signed<S>[] {
    const bySigner = new Map(given.map((signed) => [signed.signer, signed]));
    for (const id of this.#world.turned) bySigner.set(id, this.#deps(id).sign(own));
    const signers = new Set(bySigner.keys());
    if (!isQuorum(this.#world.configuration.sets, signers))
      throw new Impossible(`no quorum of ${what}: ${[...signers].sort().join(' ')}`);
    return [...bySigner.values()].sort((a, b) => (a.signer < b.signer ? -1 : 1));
  }

  #parent(entry: Entry): Entry {
    const parent = this.#world.book.parentOf(entry);
    if (parent === null) throw new ScriptError('the genesis stands on nothing');
    return parent;
  }

  #appends({ node, head: name, after, certificate, to }: DeedOf<'appends' | 'serves'>): void {
    const { book } = this.#world;
    const head = book.entry(name);
    const previous = after === null ? this.#parent(head) : book.entry(after);
    const commit = certificate === null ? null : commitOf(book.certificate(certificate));
    const entries = book.path(positionOf(previous), positionOf(head));
    this.#append(node, to, head.header.term, { previous, head, entries, commit });
  }

  #heartbeats({ node, head: name, term, to }: DeedOf<'heartbeats'>): void {
    const head = this.#world.book.entry(name);
    const inTerm = term === null ? head.header.term : this.#world.termOf(term);
    this.#append(node, to, inTerm, { previous: head, head, entries: [], commit: null });
  }

  #append(
    node: NodeId,
    to: Nodes,
    term: Term,
    what: {
      readonly previous: Entry;
      readonly head: Entry;
      readonly entries: readonly Entry[];
      readonly commit: Certificate<'commit'> | null;
    },
  ): void {
    const { entries, commit } = what;
    const signed = this.#deps(node).sign({
      kind: 'append-entries',
      epoch: EPOCH,
      term,
      previous: positionOf(what.previous),
      head: positionOf(what.head),
      sequence: (1_000 + this.#world.history.length) as Sequence,
    });
    this.#send(node, to, { kind: 'append-entries', signed, entries, commit });
  }

  #responds({ node, accepted, prepared, term, to }: DeedOf<'responds'>): void {
    const { book } = this.#world;
    const inTerm = accepted === null ? null : book.entry(accepted).header.term;
    const signed = this.#deps(node).sign({
      kind: 'append-entries-response',
      epoch: EPOCH,
      term: term === null ? (inTerm ?? this.#world.termOf({ above: 0 })) : this.#world.termOf(term),
      accepted: accepted === null ? NONE : book.position(accepted),
      prepared: prepared === null ? NONE : book.position(prepared),
    });
    this.#send(node, to, { kind: 'append-entries-response', signed });
  }

  #suspects({ node, term, reason, certificate, to }: DeedOf<'suspects'>): void {
    const wanted = this.#world.termOf(term);
    const signed = this.#deps(node).sign({ kind: 'suspect', epoch: EPOCH, wanted, reason });
    const shown = certificate === null ? null : this.#world.book.certificate(certificate);
    this.#send(node, to, { kind: 'suspect', signed, certificate: shown });
  }

  /** E2: with the suspicion certificate, of Suspects that were really signed. */
  #asks({ node, term: word, base: name, to }: ElectionDeed): void {
    const term = this.#world.termOf(word);
    const base = this.#base(name);
    const { firstTerm } = this.#world.verifier(node).keyring;
    const signed = this.#deps(node).sign(electionStatement('request-vote', term, base));
    const given = this.#world.book.suspects.filter(({ statement }) => statement.wanted >= term);
    const own = { kind: 'suspect', epoch: EPOCH, wanted: term, reason: 'silent' } as const;
    const suspects =
      term === firstTerm ? null : this.#quorumOf(given, own, `suspicion for term ${term}`);
    this.#send(node, to, {
      kind: 'request-vote',
      signed,
      certificate: base.certificate,
      suspicion: suspects === null ? null : { suspects },
    });
  }

  #votes({ node, term, base, to }: ElectionDeed): void {
    const statement = electionStatement('vote', this.#world.termOf(term), this.#base(base));
    this.#send(node, to, { kind: 'vote', signed: this.#deps(node).sign(statement) });
  }

  #refuses({ node, term, base: name, to }: ElectionDeed): void {
    const certificate = this.#world.book.certificate(name);
    const base = baseOf(certificate);
    const statement = electionStatement('vote-refusal', this.#world.termOf(term), base);
    const signed = this.#deps(node).sign(statement);
    this.#send(node, to, { kind: 'vote-refusal', signed, certificate });
  }

  #resigns({ node, term: word, to }: DeedOf<'resigns'>): void {
    const term = this.#world.termOf(word);
    const wanted = (term + 1) as Term;
    const statement = { kind: 'transfer-leadership', epoch: EPOCH, term, wanted } as const;
    this.#send(node, to, { kind: 'transfer-leadership', signed: this.#deps(node).sign(statement) });
  }

  /** N5: the headers run from the certified entry to the highest that a Response names. */
  #assembles({ node, name, phase, entry: at, signers, term: word }: DeedOf<'assembles'>): void {
    const { book } = this.#world;
    const entry = book.entry(at);
    const term = word === null ? entry.header.term : this.#world.termOf(word);
    const responses = signers
      .map((signer) => this.#responseOf(signer, term, phase, entry))
      .sort((a, b) => (a.signer < b.signer ? -1 : 1));
    const highest = responses
      .map((signed) => counted(signed, phase))
      .reduce((best, position) => (position.index > best.index ? position : best));
    const headers = book.path(positionOf(this.#parent(entry)), highest).map(({ header }) => header);
    const certificate: Certificate = { phase, headers, hash: entry.hash, responses };
    book.keep(name, certificate);
    this.#world.tell(node, `has ${name}, ${book.describe(certificate)}`);
  }

  /** The lowest that an honest signer has really named on that chain; a traitor signs what is wanted. */
  #responseOf(
    signer: NodeId,
    term: Term,
    phase: Certificate['phase'],
    entry: Entry,
  ): Signed<ResponseStatement> {
    const position = positionOf(entry);
    if (this.#world.turned.has(signer))
      return this.#deps(signer).sign({
        kind: 'append-entries-response',
        epoch: EPOCH,
        term,
        accepted: position,
        prepared: phase === 'commit' ? position : NONE,
      });
    const [best] = this.#world.book.responses
      .filter((signed) => signed.signer === signer && signed.statement.term === term)
      .filter((signed) => this.#reaches(counted(signed, phase), entry))
      .sort((a, b) => counted(a, phase).index - counted(b, phase).index);
    if (best !== undefined) return best;
    const what = `${phase === 'prepare' ? 'accepted' : 'prepared'} ${this.#world.book.label(position)}`;
    throw new Impossible(`${signer} never signed that it ${what} in term ${term}`);
  }

  #reaches(position: ResponseStatement['accepted'], entry: Entry): boolean {
    const { book } = this.#world;
    let at = book.entryAt(position);
    while (at !== null && at.header.index > entry.header.index) at = book.parentOf(at);
    return at !== null && samePosition(positionOf(at), positionOf(entry));
  }

  /** Anybody can send again what somebody signed: the newest that is selected. */
  #replays({ node, what, to }: DeedOf<'replays'>): void {
    const newest = this.#world.history.findLast((sent) => selects(what, sent));
    if (newest === undefined) throw new Impossible('nothing like that was ever sent');
    this.#send(node, to, newest.message);
  }

  #shows({ node, certificate: name, to }: DeedOf<'shows'>): void {
    const certificate = this.#world.book.certificate(name);
    const term = { type: certificate.phase, certificate } as TermProof;
    const commit = certificate.phase === 'commit' ? commitOf(certificate) : null;
    const body = { term, commit };
    this.#send(node, to, this.#deps(node).signBody({ kind: 'proof', body }));
  }

  #serves({ node, head: name, after, certificate, to }: DeedOf<'appends' | 'serves'>): void {
    const { book } = this.#world;
    const head = book.entry(name);
    const from = after === null ? this.#parent(head) : book.entry(after);
    const body = {
      entries: book.path(positionOf(from), positionOf(head)),
      headers: [],
      leader: null,
      commit: certificate === null ? null : commitOf(book.certificate(certificate)),
    };
    this.#send(node, to, this.#deps(node).signBody({ kind: 'entries', body }));
  }
}

function electionStatement<K extends 'vote' | 'vote-refusal' | 'request-vote'>(
  kind: K,
  term: Term,
  { rank, position }: Base,
) {
  return { kind, epoch: EPOCH, term, baseRank: rank, base: position };
}

function counted({ statement }: Signed<ResponseStatement>, phase: Certificate['phase']) {
  return phase === 'prepare' ? statement.accepted : statement.prepared;
}

function commitOf(certificate: Certificate): Certificate<'commit'> {
  if (certificate.phase === 'commit') return certificate as Certificate<'commit'>;
  throw new ScriptError('expected a commit certificate');
}
