/**
 * Nothing is sent before what it promises is durable (N3, N4, E3, E6): whatever an honest node signs for others to
 * hear, its disk has by the time that they hear it. And it keeps to what it promised: it votes for no base below its
 * certificate for the term (E3), and names no index twice in a term (V3).
 */
import type { Recovered, StoreRecord } from '../../../src/consensus/core.ts';
import type { Certificate } from '../../../src/consensus/model/certificate.ts';
import { certifiedPosition, rankOf } from '../../../src/consensus/model/certificate.ts';
import type { Hash, NodeId } from '../../../src/consensus/model/ids.ts';
import type { PeerMessage } from '../../../src/consensus/model/message.ts';
import type { Position, Rank } from '../../../src/consensus/model/position.ts';
import type {
  RequestVoteStatement,
  ResponseStatement,
  VoteStatement,
} from '../../../src/consensus/model/statement.ts';
import type { Checker } from './checker.ts';
import { Violation } from './checker.ts';

/** What a disk ever had: what is dropped later was promised in time. */
interface Kept {
  term: number;
  readonly entries: Set<Hash>;
  /** What it held certificates for, and the highest rank of one. */
  readonly certified: Set<Hash>;
  highest: Rank | null;
  /** By term, the rank that bound it there. */
  readonly bound: Map<number, Rank>;
  /** By term and index, what it has named. */
  readonly named: Map<string, Hash>;
}

export class Promises implements Checker<PeerMessage> {
  readonly name = 'promises';
  readonly #isHonest: (node: NodeId) => boolean;
  readonly #kept = new Map<NodeId, Kept>();

  constructor(isHonest: (node: NodeId) => boolean) {
    this.#isHonest = isHonest;
  }

  #of(node: NodeId): Kept {
    const known = this.#kept.get(node);
    if (known !== undefined) return known;
    const kept: Kept = {
      term: 0,
      entries: new Set(),
      certified: new Set(),
      highest: null,
      bound: new Map(),
      named: new Map(),
    };
    this.#kept.set(node, kept);
    return kept;
  }

  started(node: NodeId, { genesis, recent, tail, term, prepared, commit }: Recovered): void {
    const kept = this.#of(node);
    for (const { hash } of [genesis, ...recent, ...tail]) kept.entries.add(hash);
    for (const certificate of [prepared, commit, term?.lock.certificate ?? null])
      if (certificate !== null) keepCertificate(kept, certificate);
    kept.certified.add(genesis.hash);
    kept.term = Math.max(kept.term, term?.term ?? 0);
  }

  stored(node: NodeId, records: readonly StoreRecord[]): void {
    const kept = this.#of(node);
    for (const record of records) {
      if (record.type === 'entry') kept.entries.add(record.entry.hash);
      if (record.type === 'prepared') keepCertificate(kept, record.certificate);
      if (record.type !== 'term') continue;
      const { term, lock } = record.record;
      kept.term = Math.max(kept.term, term);
      kept.bound.set(term, lock.rank);
    }
  }

  /** `message` may have been passed on: what its signer promised, it promised. */
  received(_node: NodeId, from: NodeId, message: PeerMessage): void {
    const { signer } = message.signed;
    if (!this.#isHonest(signer)) return;
    switch (message.kind) {
      case 'append-entries-response':
        this.#demandHeld(signer, message.signed.statement);
        this.#demandOneChain(signer, message.signed.statement);
        return this.#demandTerm(signer, message.signed.statement.term, message.kind);
      case 'vote':
        this.#demandBound(signer, message.signed.statement);
        return this.#demandTerm(signer, message.signed.statement.term, message.kind);
      case 'append-entries':
      case 'transfer-leadership':
        return this.#demandTerm(signer, message.signed.statement.term, message.kind);
      case 'request-vote':
        this.#demandBase(signer, message.signed.statement);
        return this.#demandTerm(signer, message.signed.statement.term, message.kind);
      case 'vote-refusal':
        this.#demandCertified(signer, message.signed.statement.base, message.kind);
        return this.#demandTerm(signer, message.signed.statement.term, message.kind);
      case 'suspect':
        // The certificate beside it is not signed: who passes it on may put another there.
        if (from === signer && message.certificate !== null)
          this.#demandCertified(signer, certifiedPosition(message.certificate), message.kind);
        break;
      default:
    }
  }

  #demandTerm(signer: NodeId, term: number, what: string): void {
    const kept = this.#of(signer);
    if (term > kept.term)
      this.#broken(signer, `${what} in term ${term}`, `its disk has it in term ${kept.term}`);
  }

  #demandHeld(signer: NodeId, { accepted, prepared }: ResponseStatement): void {
    if (accepted.index > 0 && !this.#of(signer).entries.has(accepted.hash))
      this.#broken(signer, `names ${accepted.index} accepted`, 'its disk has no such entry');
    if (prepared.index > 0) this.#demandCertified(signer, prepared, 'names it prepared');
  }

  #demandCertified(signer: NodeId, { index, hash }: Position, what: string): void {
    if (!this.#of(signer).certified.has(hash))
      this.#broken(signer, `${what} ${index}`, 'its disk has no certificate for it');
  }

  /** E2: of a base that it was refused with it may have learnt a higher one before it asked again. */
  #demandBase(signer: NodeId, { base, baseRank }: RequestVoteStatement): void {
    const { highest } = this.#of(signer);
    if (highest === null || isBelow(highest, baseRank))
      this.#demandCertified(signer, base, 'request-vote');
  }

  #demandOneChain(signer: NodeId, { term, accepted, prepared }: ResponseStatement): void {
    const { named } = this.#of(signer);
    for (const { index, hash } of [accepted, prepared]) {
      const key = `${term} ${index}`;
      const before = named.get(key) ?? hash;
      if (before !== hash)
        this.#broken(signer, `names ${hash} at ${index} in term ${term}`, `it has named ${before}`);
      named.set(key, hash);
    }
  }

  #demandBound(signer: NodeId, { term, baseRank }: VoteStatement): void {
    const bound = this.#of(signer).bound.get(term);
    if (bound !== undefined && isBelow(baseRank, bound))
      this.#broken(
        signer,
        `vote in term ${term} for a base of rank ${baseRank.term}, ${baseRank.index}`,
        `its certificate for the term ranks ${bound.term}, ${bound.index}`,
      );
  }

  #broken(signer: NodeId, said: string, but: string): never {
    throw new Violation(this.name, `${signer} said: ${said}; ${but}`);
  }
}

/** Section 1: lexicographic. */
function isBelow(a: Rank, b: Rank): boolean {
  if (a.epoch !== b.epoch) return a.epoch < b.epoch;
  return a.term === b.term ? a.index < b.index : a.term < b.term;
}

function keepCertificate(kept: Kept, certificate: Certificate): void {
  kept.certified.add(certificate.hash);
  const rank = rankOf(certificate);
  if (kept.highest === null || isBelow(kept.highest, rank)) kept.highest = rank;
}
