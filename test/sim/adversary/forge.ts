/** What traitors make: messages under their own keys, and certificates out of what others really signed. */
import type {
  Certificate,
  SuspicionCertificate,
  VoteBundle,
} from '../../../src/consensus/model/certificate.ts';
import type { Content, Entry, Header } from '../../../src/consensus/model/entry.ts';
import { makeEntry, positionOf } from '../../../src/consensus/model/entry.ts';
import type { Epoch, LogIndex, NodeId, Sequence, Term } from '../../../src/consensus/model/ids.ts';
import type {
  AppendEntries,
  AppendEntriesResponse,
  Body,
  PeerMessage,
  RequestVote,
  Suspect,
  TransferLeadership,
  Vote,
  VoteRefusal,
} from '../../../src/consensus/model/message.ts';
import type { Position, Rank } from '../../../src/consensus/model/position.ts';
import { NONE } from '../../../src/consensus/model/position.ts';
import type {
  ResponseStatement,
  Signed,
  SuspectReason,
} from '../../../src/consensus/model/statement.ts';
import { encodeContent } from '../../../src/wire/payload.ts';
import type { Link } from './library.ts';
import type { Mind } from './mind.ts';

const EPOCH = 0 as Epoch;

/** A base as a RequestVote, Vote or refusal names it. */
export interface NamedBase {
  readonly rank: Rank;
  readonly position: Position;
  readonly certificate: Certificate | null;
}

export class Forge {
  readonly #mind: Mind;

  constructor(mind: Mind) {
    this.#mind = mind;
  }

  get genesisBase(): NamedBase {
    const { entry } = this.#mind.genesis;
    const { index, term } = entry.header;
    return {
      rank: { epoch: EPOCH, term, index },
      position: positionOf(entry),
      certificate: null,
    };
  }

  /** An entry on top of `parent`: any term, any time, any content. */
  entry(
    parent: { readonly header: Header; readonly hash: Entry['hash'] },
    term: number,
    content: Exclude<Content, { kind: 'malformed' }>,
    timestamp: number = parent.header.timestamp,
  ): Entry {
    const fields = {
      index: (parent.header.index + 1) as LogIndex,
      epoch: EPOCH,
      term: term as Term,
      parent: parent.hash,
      kind: content.kind,
      timestamp,
    };
    return makeEntry(fields, encodeContent(content), content, this.#mind.context.digest);
  }

  append(
    leader: NodeId,
    fields: {
      readonly term: number;
      readonly previous: Position;
      readonly head: Position;
      readonly sequence: number;
    },
    entries: readonly Entry[] = [],
    commit: Certificate<'commit'> | null = null,
  ): AppendEntries {
    const { previous, head } = fields;
    const signed = this.#mind.signer(leader).sign({
      kind: 'append-entries',
      epoch: EPOCH,
      term: fields.term as Term,
      previous,
      head,
      sequence: fields.sequence as Sequence,
    });
    return { kind: 'append-entries', signed, entries, commit };
  }

  response(
    voter: NodeId,
    term: number,
    accepted: Position,
    prepared: Position = NONE,
  ): AppendEntriesResponse {
    const signed = this.#mind.signer(voter).sign({
      kind: 'append-entries-response',
      epoch: EPOCH,
      term: term as Term,
      accepted,
      prepared,
    });
    return { kind: 'append-entries-response', signed };
  }

  suspect(
    voter: NodeId,
    wanted: number,
    reason: SuspectReason,
    certificate: Certificate | null = null,
  ): Suspect {
    const statement = { kind: 'suspect', epoch: EPOCH, wanted: wanted as Term, reason } as const;
    return { kind: 'suspect', signed: this.#mind.signer(voter).sign(statement), certificate };
  }

  requestVote(
    candidate: NodeId,
    term: number,
    base: NamedBase,
    suspicion: SuspicionCertificate | null,
  ): RequestVote {
    const signed = this.#mind.signer(candidate).sign({
      kind: 'request-vote',
      epoch: EPOCH,
      term: term as Term,
      baseRank: base.rank,
      base: base.position,
    });
    return { kind: 'request-vote', signed, certificate: base.certificate, suspicion };
  }

  vote(voter: NodeId, term: number, base: NamedBase): Vote {
    const signed = this.#mind.signer(voter).sign({
      kind: 'vote',
      epoch: EPOCH,
      term: term as Term,
      baseRank: base.rank,
      base: base.position,
    });
    return { kind: 'vote', signed };
  }

  refusal(voter: NodeId, term: number, base: NamedBase): VoteRefusal | null {
    if (base.certificate === null) return null;
    const signed = this.#mind.signer(voter).sign({
      kind: 'vote-refusal',
      epoch: EPOCH,
      term: term as Term,
      baseRank: base.rank,
      base: base.position,
    });
    return { kind: 'vote-refusal', signed, certificate: base.certificate };
  }

  resignation(leader: NodeId, term: number, wanted: number): TransferLeadership {
    const statement = {
      kind: 'transfer-leadership',
      epoch: EPOCH,
      term: term as Term,
      wanted: wanted as Term,
    } as const;
    return { kind: 'transfer-leadership', signed: this.#mind.signer(leader).sign(statement) };
  }

  /** FetchEntries, Entries, Forward, Proof, Evidence. */
  body(author: NodeId, body: Body): PeerMessage {
    return this.#mind.signer(author).signBody(body);
  }

  /**
   * N5's certificate for the first of `chain` from Responses that were really signed, one for each signer; null where
   * they are too few. Whether it is valid is for others to find out: the chain may be of any term.
   */
  certificate<P extends 'prepare' | 'commit'>(
    phase: P,
    chain: readonly Link[],
    responses: readonly Signed<ResponseStatement>[],
  ): Certificate<P> | null {
    const first = chain[0];
    if (first === undefined) return null;
    const counted = new Map<NodeId, { signed: Signed<ResponseStatement>; index: number }>();
    for (const signed of responses) {
      const { accepted, prepared } = signed.statement;
      const { index, hash } = phase === 'prepare' ? accepted : prepared;
      if (chain[index - first.header.index]?.hash === hash)
        counted.set(signed.signer, { signed, index });
    }
    if (counted.size < this.#mind.quorum) return null;
    const taken = [...counted.values()]
      .sort((a, b) => a.index - b.index)
      .slice(0, this.#mind.quorum);
    const highest = (taken.at(-1) as { index: number }).index;
    return {
      phase,
      headers: chain.slice(0, highest - first.header.index + 1).map(({ header }) => header),
      hash: first.hash,
      responses: taken.map(({ signed }) => signed).sort((a, b) => (a.signer < b.signer ? -1 : 1)),
    };
  }

  /** S2: the highest term that a quorum is on record to want, with its certificate, traitors lending their names. */
  suspicionFor(term: number): SuspicionCertificate | null {
    const { library, traitors, quorum } = this.#mind;
    const found = new Map<NodeId, Suspect['signed']>();
    for (const signed of library.suspects)
      if (signed.statement.wanted >= term) found.set(signed.signer, signed);
    for (const id of traitors) found.set(id, this.suspect(id, term, 'silent').signed);
    if (found.size < quorum) return null;
    const suspects = [...found.values()].sort((a, b) => (a.signer < b.signer ? -1 : 1));
    return { suspects };
  }

  /** E4's bundle out of votes that were really cast for a base, traitors voting as they like. */
  bundleFor(term: number, base: NamedBase): VoteBundle | null {
    const { library, traitors, quorum } = this.#mind;
    const found = new Map<NodeId, Vote['signed']>();
    for (const signed of library.votes) {
      const { statement } = signed;
      if (statement.term === term && statement.base.hash === base.position.hash)
        found.set(signed.signer, signed);
    }
    for (const id of traitors) found.set(id, this.vote(id, term, base).signed);
    if (found.size < quorum) return null;
    return { votes: [...found.values()].sort((a, b) => (a.signer < b.signer ? -1 : 1)) };
  }
}
