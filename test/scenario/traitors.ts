/** What traitors say. They hold their own keys and nobody else's. */
import type { CoreDeps } from '../../src/consensus/core.ts';
import type { Certificate, CommitCertificate } from '../../src/consensus/model/certificate.ts';
import { baseOf } from '../../src/consensus/model/certificate.ts';
import type { Content, Entry } from '../../src/consensus/model/entry.ts';
import { makeEntry, positionOf } from '../../src/consensus/model/entry.ts';
import type { LogIndex, NodeId, Sequence, Term } from '../../src/consensus/model/ids.ts';
import type { PeerMessage, TermProof } from '../../src/consensus/model/message.ts';
import type { Position } from '../../src/consensus/model/position.ts';
import { NONE } from '../../src/consensus/model/position.ts';
import {
  EPOCH,
  assembleBundle,
  assembleCertificate,
  assembleSuspicion,
  baseNamed,
  electionStatement,
} from './assemble.ts';
import type { Book } from './book.ts';
import type { Deed } from './deeds.ts';
import { selects } from './selection.ts';
import type { Nodes, TermWord } from './words.ts';
import { Impossible } from './words.ts';
import type { World } from './world.ts';

type DeedOf<Act extends Deed['act']> = Extract<Deed, { act: Act }>;
type ElectionDeed = DeedOf<'asks' | 'votes' | 'refuses'>;

export class Traitors {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  get #book(): Book {
    return this.#world.book;
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

  /** The term that a line names, or the one that goes without saying. */
  #term(word: TermWord | null, usual: Term): Term {
    return word === null ? usual : this.#world.termOf(word);
  }

  #makes({ node, name, content, term }: DeedOf<'makes'>): void {
    if ('requests' in content) {
      const parent = this.#book.entry(content.on);
      const requests = content.requests.map((request) => this.#book.request(request));
      const inTerm = this.#term(term, parent.header.term);
      return this.#makeEntry(node, name, parent, inTerm, { kind: 'batch', requests });
    }
    const base = baseNamed(this.#world, content.base);
    const parent = this.#book.entryAt(base.position);
    if (parent === null)
      throw new Impossible(`nobody has the entry that ${content.base} certifies`);
    const inTerm = this.#world.termOf(content.bundle);
    const bundle = assembleBundle(this.#world, inTerm, base);
    this.#makeEntry(node, name, parent, inTerm, { kind: 'term', bundle });
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
    const news = this.#book.learn(entry, name);
    if (news === null) throw new Impossible(`${name} is ${this.#book.label(positionOf(entry))}`);
    this.#world.tell(node, `made ${news}`);
  }

  #appends({ node, head: name, after, certificate, to }: DeedOf<'appends'>): void {
    const head = this.#book.entry(name);
    const previous = this.#start(head, after);
    const commit = this.#commit(certificate);
    const entries = this.#book.path(previous, positionOf(head));
    this.#append(node, to, head.header.term, { previous, head: positionOf(head), entries, commit });
  }

  #start(head: Entry, after: string | null): Position {
    return after === null ? this.#book.positionBelow(head) : this.#book.position(after);
  }

  #commit(name: string | null): CommitCertificate | null {
    return name === null ? null : commitOf(this.#book.certificate(name));
  }

  #heartbeats({ node, head: name, term, to }: DeedOf<'heartbeats'>): void {
    const entry = this.#book.entry(name);
    const head = positionOf(entry);
    const inTerm = this.#term(term, entry.header.term);
    this.#append(node, to, inTerm, { previous: head, head, entries: [], commit: null });
  }

  /** M2: one run of numbers for all traitors is a growing one for each. */
  #append(
    node: NodeId,
    to: Nodes,
    term: Term,
    what: {
      readonly previous: Position;
      readonly head: Position;
      readonly entries: readonly Entry[];
      readonly commit: CommitCertificate | null;
    },
  ): void {
    const { previous, head, entries, commit } = what;
    const sequence = (1_000 + this.#world.history.length) as Sequence;
    const kind = 'append-entries';
    const statement = { kind, epoch: EPOCH, term, previous, head, sequence } as const;
    this.#send(node, to, { kind, signed: this.#deps(node).sign(statement), entries, commit });
  }

  #responds({ node, accepted, prepared, term, to }: DeedOf<'responds'>): void {
    const usual =
      accepted === null ? this.#world.termOf({ above: 0 }) : this.#book.entry(accepted).header.term;
    const kind = 'append-entries-response';
    const signed = this.#deps(node).sign({
      kind,
      epoch: EPOCH,
      term: this.#term(term, usual),
      accepted: accepted === null ? NONE : this.#book.position(accepted),
      prepared: prepared === null ? NONE : this.#book.position(prepared),
    });
    this.#send(node, to, { kind, signed });
  }

  #suspects({ node, term, reason, certificate: name, to }: DeedOf<'suspects'>): void {
    const wanted = this.#world.termOf(term);
    const signed = this.#deps(node).sign({ kind: 'suspect', epoch: EPOCH, wanted, reason });
    const certificate = name === null ? null : this.#book.certificate(name);
    this.#send(node, to, { kind: 'suspect', signed, certificate });
  }

  /** E2: the first term needs no suspicion. */
  #asks({ node, term: word, base: name, to }: ElectionDeed): void {
    const term = this.#world.termOf(word);
    const base = baseNamed(this.#world, name);
    const { firstTerm } = this.#world.verifier(node).keyring;
    const kind = 'request-vote';
    const signed = this.#deps(node).sign(electionStatement(kind, term, base));
    const suspicion = term === firstTerm ? null : assembleSuspicion(this.#world, term);
    this.#send(node, to, { kind, signed, certificate: base.certificate, suspicion });
  }

  #votes({ node, term, base: name, to }: ElectionDeed): void {
    const base = baseNamed(this.#world, name);
    const statement = electionStatement('vote', this.#world.termOf(term), base);
    this.#send(node, to, { kind: 'vote', signed: this.#deps(node).sign(statement) });
  }

  #refuses({ node, term, base: name, to }: ElectionDeed): void {
    const certificate = this.#book.certificate(name);
    const kind = 'vote-refusal';
    const statement = electionStatement(kind, this.#world.termOf(term), baseOf(certificate));
    this.#send(node, to, { kind, signed: this.#deps(node).sign(statement), certificate });
  }

  #resigns({ node, term: word, to }: DeedOf<'resigns'>): void {
    const term = this.#world.termOf(word);
    const kind = 'transfer-leadership';
    const statement = { kind, epoch: EPOCH, term, wanted: (term + 1) as Term } as const;
    this.#send(node, to, { kind, signed: this.#deps(node).sign(statement) });
  }

  #assembles({ node, name, phase, entry: at, signers, term }: DeedOf<'assembles'>): void {
    const entry = this.#book.entry(at);
    const inTerm = this.#term(term, entry.header.term);
    const certificate = assembleCertificate(this.#world, phase, entry, inTerm, signers);
    this.#book.keep(name, certificate);
    this.#world.tell(node, `has ${name}, ${this.#book.describe(certificate)}`);
  }

  #shows({ node, certificate: name, to }: DeedOf<'shows'>): void {
    const certificate = this.#book.certificate(name);
    const term = { type: certificate.phase, certificate } as TermProof;
    const commit = certificate.phase === 'commit' ? commitOf(certificate) : null;
    const body = { term, commit };
    this.#send(node, to, this.#deps(node).signBody({ kind: 'proof', body }));
  }

  #serves({ node, head: name, after, up, certificate, to }: DeedOf<'serves'>): void {
    const head = this.#book.entry(name);
    const entries = this.#book.path(this.#start(head, after), positionOf(head));
    const above = up === null ? [] : this.#book.path(positionOf(head), this.#book.position(up));
    const headers = above.map(({ header }) => header);
    const body = { entries, headers, leader: null, commit: this.#commit(certificate) };
    this.#send(node, to, this.#deps(node).signBody({ kind: 'entries', body }));
  }

  /** Anybody can send again what somebody signed: the newest that is selected. */
  #replays({ node, what, to }: DeedOf<'replays'>): void {
    const newest = this.#world.history.findLast((sent) => selects(what, sent));
    if (newest === undefined) throw new Impossible('nothing like that was ever sent');
    this.#send(node, to, newest.message);
  }
}

function commitOf(certificate: Certificate): CommitCertificate {
  if (certificate.phase === 'commit') return certificate as CommitCertificate;
  throw new Impossible('expected a commit certificate');
}
