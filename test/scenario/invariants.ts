/**
 * What must hold whatever the traitors do. The simulator's checkers see everything the honest nodes do, as it happens;
 * two more stand here. All throw a `Violation`.
 */
import type { Effect } from '../../src/consensus/core.ts';
import type { Entry } from '../../src/consensus/model/entry.ts';
import type { Hash, NodeId, Term } from '../../src/consensus/model/ids.ts';
import type { PeerMessage } from '../../src/consensus/model/message.ts';
import type { Position } from '../../src/consensus/model/position.ts';
import type { Verifier } from '../../src/crypto/verify.ts';
import { Agreement } from '../sim/checkers/agreement.ts';
import { Certificates } from '../sim/checkers/certificates.ts';
import { Violation } from '../sim/checkers/checker.ts';
import { Convictions } from '../sim/checkers/convictions.ts';
import type { TestNode } from '../tangaroa/cluster.ts';
import type { Book } from './book.ts';

export class Invariants {
  readonly agreement = new Agreement();
  readonly #certificates: Certificates;
  readonly #convictions: Convictions;
  readonly #conduct: Conduct;
  readonly #survival: Survival;

  /** `outsider` has the genesis and nothing else. */
  constructor(outsider: Verifier, isHonest: (node: NodeId) => boolean, book: Book) {
    this.#certificates = new Certificates(outsider);
    this.#convictions = new Convictions(isHonest);
    this.#conduct = new Conduct(book);
    this.#survival = new Survival(book);
  }

  /** What an honest core asks for. */
  watch(node: NodeId, effect: Effect): void {
    if (effect.type === 'halt') throw new Violation('halt', `${node} stops: ${effect.text}`);
    if (effect.type === 'report' && effect.code === 'rogue')
      this.#convictions.accused(node, String(effect.detail['culprit']) as NodeId, effect.text);
    if (effect.type !== 'store') return;
    this.#certificates.storing(node, effect.records);
    this.#convictions.storing(node, effect.records);
    for (const record of effect.records)
      if (record.type === 'entry') this.#survival.held(node, record.entry);
  }

  /** What an honest node says. */
  said(message: PeerMessage): void {
    this.#conduct.said(message);
  }

  applied(node: TestNode, { header, hash }: Entry): void {
    this.agreement.applied(node.id, { index: header.index, hash, stateDigest: '' });
    this.#survival.committed({ index: header.index, hash }, node.core.status().term);
  }

  /** After every line: what each honest node holds committed is the one chain. */
  check(nodes: readonly TestNode[]): void {
    for (const { id, core } of nodes) {
      const { index, hash } = core.status().committed;
      if (index > 1 && this.agreement.hashAt(index) !== hash)
        throw new Violation('agreement', `${id} calls committed at ${index} what nobody applied`);
    }
    this.#survival.check();
  }
}

/** V1, V3: an honest node signs no two statements that would convict it, whether or not anybody compares them. */
export class Conduct {
  readonly #book: Book;
  readonly #named = new Map<string, Position>();

  constructor(book: Book) {
    this.#book = book;
  }

  said(message: PeerMessage): void {
    if (message.kind === 'append-entries-response') {
      const { accepted, prepared } = message.signed.statement;
      this.#names(message.signed, [accepted, prepared]);
    }
    if (message.kind !== 'append-entries') return;
    const { head, previous } = message.signed.statement;
    const positions = message.entries.map(({ header, hash }) => ({ index: header.index, hash }));
    this.#names(message.signed, [previous, head, ...positions]);
  }

  #names(
    { signer, statement }: { signer: NodeId; statement: { kind: string; term: Term } },
    positions: readonly Position[],
  ): void {
    for (const position of positions) {
      if (position.index === 0) continue;
      const key = `${signer} ${statement.kind} ${statement.term} ${position.index}`;
      const before = this.#named.get(key);
      this.#named.set(key, position);
      if (before === undefined || before.hash === position.hash) continue;
      const both = `${this.#book.label(before)} and ${this.#book.label(position)}`;
      throw new Violation('conduct', `${signer} named ${both} in term ${statement.term}`);
    }
  }
}

/** Section 6: the base of every bundle of a later term contains what committed before. */
export class Survival {
  readonly #book: Book;
  /** The term is the highest that the commit can have been in. */
  readonly #commits = new Map<Hash, { readonly position: Position; readonly term: Term }>();
  readonly #bundles = new Map<
    Hash,
    { readonly node: NodeId; readonly entry: Entry; readonly base: Position }
  >();

  constructor(book: Book) {
    this.#book = book;
  }

  /** An honest node holds the first entry of a term, and with it a bundle that was verified. */
  held(node: NodeId, entry: Entry): void {
    const vote = entry.content.kind === 'term' ? entry.content.bundle.votes[0] : undefined;
    if (vote !== undefined)
      this.#bundles.set(entry.hash, { node, entry, base: vote.statement.base });
  }

  committed(position: Position, term: Term): void {
    const before = this.#commits.get(position.hash);
    if (before === undefined || term < before.term)
      this.#commits.set(position.hash, { position, term });
  }

  check(): void {
    for (const { node, entry, base } of this.#bundles.values())
      for (const { position, term } of this.#commits.values())
        if (entry.header.term > term && !this.#contains(base, position))
          throw new Violation(
            'survival',
            `${node} holds the bundle of term ${entry.header.term} on ${this.#book.label(base)}, ` +
              `without ${this.#book.label(position)}, which was committed in term ${term}`,
          );
  }

  #contains(base: Position, position: Position): boolean {
    let entry = this.#book.entryAt(base);
    while (entry !== null && entry.header.index > position.index)
      entry = this.#book.parentOf(entry);
    return entry?.hash === position.hash;
  }
}
