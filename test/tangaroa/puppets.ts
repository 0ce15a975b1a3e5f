/** One core under test; the other voters are puppets that say whatever a test wants. */
import type { Input } from '../../src/consensus/core.ts';
import type {
  Base,
  Certificate,
  SuspicionCertificate,
  VoteBundle,
} from '../../src/consensus/model/certificate.ts';
import { certifiedPosition } from '../../src/consensus/model/certificate.ts';
import type { Content, Entry } from '../../src/consensus/model/entry.ts';
import { makeEntry, positionOf } from '../../src/consensus/model/entry.ts';
import type { Epoch, LogIndex, NodeId, Sequence, Term } from '../../src/consensus/model/ids.ts';
import type {
  AppendEntries,
  AppendEntriesResponse,
  PeerMessage,
  RequestVote,
  Suspect,
  Vote,
} from '../../src/consensus/model/message.ts';
import type { Position } from '../../src/consensus/model/position.ts';
import { NONE } from '../../src/consensus/model/position.ts';
import type { ClientRequest } from '../../src/consensus/model/request.ts';
import type { SuspectReason } from '../../src/consensus/model/statement.ts';
import { Cluster, depsOf, digest, idOf, makeRequest, signAs, trust } from './cluster.ts';
import type { TestNode } from './cluster.ts';

const EPOCH = 0 as Epoch;

export function term(value: number): Term {
  return value as Term;
}

/** Node `number` is real; the network swallows what the others' cores would say. */
export class Puppets {
  readonly cluster: Cluster;
  readonly node: TestNode;
  #sequence = 0;

  constructor(number: number, size = 4) {
    this.cluster = new Cluster(size);
    this.node = this.cluster.node(number);
    for (const other of this.cluster.nodes) if (other !== this.node) other.crash();
    this.cluster.queue = [];
    this.cluster.history.length = 0;
  }

  get genesis(): Entry {
    return this.cluster.genesis;
  }

  get genesisBase(): Base {
    return {
      rank: { epoch: EPOCH, term: term(0), index: 1 as LogIndex },
      position: positionOf(this.genesis),
      certificate: null,
    };
  }

  /** An input to the real node. */
  step(input: DistributiveOmit<Input, 'now'>): void {
    this.node.step({ ...input, now: this.cluster.now });
    this.cluster.queue = [];
  }

  tell(from: number, message: PeerMessage): void {
    if (!this.node.core.wants(message, idOf(from))) return;
    this.step({ type: 'received', from: idOf(from), message: trust(message) });
  }

  /** Whether the core would have a message verified at all (M6). */
  wants(message: PeerMessage, from: NodeId = message.signed.signer): boolean {
    return this.node.core.wants(message, from);
  }

  pass(ms: number): void {
    for (let passed = 0; passed < ms; passed += 20) {
      const { monotonicMs, wallMs } = this.cluster.now;
      this.cluster.now = { monotonicMs: monotonicMs + 20, wallMs: wallMs + 20 };
      this.step({ type: 'tick' });
    }
  }

  /** What the real node sent of a kind, each message once however many got it. */
  sent<K extends PeerMessage['kind']>(kind: K): readonly Extract<PeerMessage, { kind: K }>[] {
    const messages = this.cluster.history
      .filter((sent) => sent.from === this.node.id && sent.message.kind === kind)
      .map((sent) => sent.message as Extract<PeerMessage, { kind: K }>);
    return [...new Set(messages)];
  }

  /** To whom, with repetitions. */
  sentTo(kind: PeerMessage['kind']): readonly NodeId[] {
    return this.cluster.history.filter((sent) => sent.message.kind === kind).map((sent) => sent.to);
  }

  forget(): void {
    this.cluster.history.length = 0;
  }

  entry(
    parent: Entry,
    inTerm: number,
    content: Exclude<Content, { kind: 'malformed' }>,
    timestamp = parent.header.timestamp,
  ): Entry {
    const fields = {
      index: (parent.header.index + 1) as LogIndex,
      epoch: EPOCH,
      term: term(inTerm),
      parent: parent.hash,
      kind: content.kind,
      timestamp,
    };
    return makeEntry(fields, depsOf(idOf(9)).encodeContent(content), content, digest);
  }

  bundle(inTerm: number, base: Base = this.genesisBase, signers = [1, 2, 3]): VoteBundle {
    const statement = {
      kind: 'vote',
      epoch: EPOCH,
      term: term(inTerm),
      baseRank: base.rank,
      base: base.position,
    } as const;
    return { votes: signers.map((signer) => signAs(idOf(signer), statement)) };
  }

  termEntry(inTerm: number, parent: Entry = this.genesis, base: Base = this.genesisBase): Entry {
    return this.entry(parent, inTerm, { kind: 'term', bundle: this.bundle(inTerm, base) });
  }

  batch(
    parent: Entry,
    inTerm: number,
    requests: readonly ClientRequest[] = [makeRequest()],
  ): Entry {
    return this.entry(parent, inTerm, { kind: 'batch', requests });
  }

  /** A term entry on the genesis and `count - 1` batches above it. */
  chain(inTerm: number, count: number): readonly Entry[] {
    const entries = [this.termEntry(inTerm)];
    while (entries.length < count) entries.push(this.batch(entries.at(-1) as Entry, inTerm));
    return entries;
  }

  append(
    leader: number,
    inTerm: number,
    entries: readonly Entry[],
    options: {
      previous?: Position;
      head?: Position;
      sequence?: number;
      commit?: Certificate<'commit'>;
    } = {},
  ): AppendEntries {
    const first = entries[0]?.header;
    const last = entries.at(-1);
    const head = options.head ?? (last === undefined ? positionOf(this.genesis) : positionOf(last));
    const previous =
      options.previous ??
      (first === undefined ? head : { index: (first.index - 1) as LogIndex, hash: first.parent });
    const sequence = (options.sequence ?? ++this.#sequence) as Sequence;
    return {
      kind: 'append-entries',
      signed: signAs(idOf(leader), {
        kind: 'append-entries',
        epoch: EPOCH,
        term: term(inTerm),
        previous,
        head,
        sequence,
      }),
      entries,
      commit: options.commit ?? null,
    };
  }

  response(
    voter: number,
    inTerm: number,
    accepted: Entry | null,
    prepared: Entry | null = null,
  ): AppendEntriesResponse {
    return {
      kind: 'append-entries-response',
      signed: signAs(idOf(voter), {
        kind: 'append-entries-response',
        epoch: EPOCH,
        term: term(inTerm),
        accepted: accepted === null ? NONE : positionOf(accepted),
        prepared: prepared === null ? NONE : positionOf(prepared),
      }),
    };
  }

  suspect(
    voter: number,
    wanted: number,
    reason: SuspectReason = 'silent',
    certificate: Certificate | null = null,
  ): Suspect {
    return {
      kind: 'suspect',
      signed: signAs(idOf(voter), { kind: 'suspect', epoch: EPOCH, wanted: term(wanted), reason }),
      certificate,
    };
  }

  suspicion(wanted: number, signers = [1, 3, 4]): SuspicionCertificate {
    return { suspects: signers.map((voter) => this.suspect(voter, wanted).signed) };
  }

  requestVote(candidate: number, inTerm: number, base: Base = this.genesisBase): RequestVote {
    return {
      kind: 'request-vote',
      signed: signAs(idOf(candidate), {
        kind: 'request-vote',
        epoch: EPOCH,
        term: term(inTerm),
        baseRank: base.rank,
        base: base.position,
      }),
      certificate: base.certificate,
      suspicion: inTerm === 1 ? null : this.suspicion(inTerm),
    };
  }

  vote(voter: number, inTerm: number, base: Base = this.genesisBase): Vote {
    return { kind: 'vote', signed: this.bundle(inTerm, base, [voter]).votes[0] as Vote['signed'] };
  }

  /** A certificate for the first of `entries` by Responses that name the last of them. */
  certificate<P extends 'prepare' | 'commit'>(
    phase: P,
    entries: readonly Entry[],
    signers = [1, 3, 4],
  ): Certificate<P> {
    const first = entries[0] as Entry;
    const last = entries.at(-1) as Entry;
    const inTerm = first.header.term;
    return {
      phase,
      headers: entries.map((entry) => entry.header),
      hash: first.hash,
      responses: signers.map(
        (voter) => this.response(voter, inTerm, last, phase === 'commit' ? last : null).signed,
      ),
    };
  }

  base(certificate: Certificate): Base {
    const { epoch, term: ofTerm, index } = certificate.headers[0] as Entry['header'];
    return {
      rank: { epoch, term: ofTerm, index },
      position: certifiedPosition(certificate),
      certificate,
    };
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
