/** What the traitors have overheard, kept in a bounded way and by what an attack looks for. */
import type {
  Certificate,
  SuspicionCertificate,
  VoteBundle,
} from '../../../src/consensus/model/certificate.ts';
import { certifiedPosition, rankOf } from '../../../src/consensus/model/certificate.ts';
import type { Entry, Header } from '../../../src/consensus/model/entry.ts';
import type { Hash, NodeId } from '../../../src/consensus/model/ids.ts';
import type { PeerMessage } from '../../../src/consensus/model/message.ts';
import type { ClientRequest } from '../../../src/consensus/model/request.ts';
import type {
  AppendEntriesStatement,
  ResponseStatement,
  Signed,
  SuspectStatement,
  VoteStatement,
} from '../../../src/consensus/model/statement.ts';

/** How many things of a kind are remembered: the newest. */
const KEPT = 256;

export interface Link {
  readonly header: Header;
  readonly hash: Hash;
}

export interface Recorded {
  readonly from: NodeId;
  readonly message: PeerMessage;
}

export class Library {
  readonly entries = new Map<Hash, Entry>();
  readonly links = new Map<Hash, Link>();
  readonly appends: Signed<AppendEntriesStatement>[] = [];
  readonly responses: Signed<ResponseStatement>[] = [];
  readonly suspects: Signed<SuspectStatement>[] = [];
  readonly votes: Signed<VoteStatement>[] = [];
  readonly certificates: Certificate[] = [];
  readonly suspicions: SuspicionCertificate[] = [];
  readonly bundles: VoteBundle[] = [];
  readonly requests: ClientRequest[] = [];
  readonly recorded: Recorded[] = [];

  constructor(genesis: Entry) {
    this.entries.set(genesis.hash, genesis);
    this.links.set(genesis.hash, genesis);
  }

  learn(from: NodeId, message: PeerMessage): void {
    keep(this.recorded, { from, message });
    switch (message.kind) {
      case 'append-entries':
        keep(this.appends, message.signed);
        for (const entry of message.entries) this.#entry(entry);
        return this.#certificate(message.commit);
      case 'append-entries-response':
        return keep(this.responses, message.signed);
      case 'suspect':
        keep(this.suspects, message.signed);
        return this.#certificate(message.certificate);
      case 'request-vote':
        if (message.suspicion !== null) keep(this.suspicions, message.suspicion);
        return this.#certificate(message.certificate);
      case 'vote':
        return keep(this.votes, message.signed);
      case 'vote-refusal':
        return this.#certificate(message.certificate);
      case 'entries':
        for (const entry of message.body.entries) this.#entry(entry);
        return this.#certificate(message.body.commit);
      case 'forward':
        for (const request of message.body.requests) keep(this.requests, request);
        return;
      case 'proof':
        return this.#certificate(message.body.commit);
      case 'transfer-leadership':
      case 'fetch-entries':
      case 'evidence':
    }
  }

  #entry(entry: Entry): void {
    if (this.entries.has(entry.hash)) return;
    remember(this.entries, entry.hash, entry);
    remember(this.links, entry.hash, { header: entry.header, hash: entry.hash });
    const { content } = entry;
    if (content.kind === 'term') keep(this.bundles, content.bundle);
    else if (content.kind === 'batch')
      for (const request of content.requests) keep(this.requests, request);
  }

  #certificate(certificate: Certificate | null): void {
    if (certificate === null) return;
    const known = this.certificates.some(
      (other) => other.phase === certificate.phase && other.hash === certificate.hash,
    );
    if (!known) keep(this.certificates, certificate);
  }

  /** The chain that ends at a hash, from `from` (inclusive) up; null where a link is not known. */
  chainTo(hash: Hash, from: number): readonly Link[] | null {
    const chain: Link[] = [];
    let link = this.links.get(hash);
    while (link !== undefined && link.header.index >= from) {
      chain.push(link);
      if (link.header.index === from) return chain.reverse();
      link = this.links.get(link.header.parent);
    }
    return null;
  }

  /** Newest first, those of a rank term. */
  certificatesOf(term: number): readonly Certificate[] {
    return this.certificates.filter((certificate) => rankOf(certificate).term === term).reverse();
  }

  /** The highest one below a term: what an honest candidate of that term would be bound to. */
  highestCertificate(belowTerm: number): Certificate | null {
    let best: Certificate | null = null;
    for (const one of this.certificates) {
      const rank = rankOf(one);
      if (rank.term >= belowTerm) continue;
      const before = best === null ? null : rankOf(best);
      const higher =
        before === null ||
        rank.term > before.term ||
        (rank.term === before.term && rank.index > before.index);
      if (higher) best = one;
    }
    return best;
  }

  /** What an entry's hash stands for, whole. */
  entryAt(position: { readonly hash: Hash }): Entry | null {
    return this.entries.get(position.hash) ?? null;
  }

  certifiedEntry(certificate: Certificate): Entry | null {
    return this.entryAt(certifiedPosition(certificate));
  }
}

function keep<T>(list: T[], item: T): void {
  list.push(item);
  if (list.length > 2 * KEPT) list.splice(0, list.length - KEPT);
}

const KEPT_ENTRIES = 4_096;

function remember<K, V>(map: Map<K, V>, key: K, value: V): void {
  map.set(key, value);
  if (map.size <= KEPT_ENTRIES) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
