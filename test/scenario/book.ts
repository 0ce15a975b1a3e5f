/**
 * What a scenario calls by name, and what the traitors have seen: entries, requests, certificates, and every statement
 * that was really signed in this run. An entry that nobody named is called by index and term: `3/1`, then `3/1b`.
 */
import type {
  Certificate,
  SuspicionCertificate,
  VoteBundle,
} from '../../src/consensus/model/certificate.ts';
import { certifiedPosition } from '../../src/consensus/model/certificate.ts';
import type { Entry } from '../../src/consensus/model/entry.ts';
import { positionOf } from '../../src/consensus/model/entry.ts';
import type { Hash, LogIndex } from '../../src/consensus/model/ids.ts';
import type { PeerMessage } from '../../src/consensus/model/message.ts';
import type { Position } from '../../src/consensus/model/position.ts';
import type { ClientRequest } from '../../src/consensus/model/request.ts';
import type { ResponseStatement, Signed } from '../../src/consensus/model/statement.ts';
import { Impossible, ScriptError } from './words.ts';

const GENESIS = 'genesis';
/** The entry that was made last. */
const NEWEST = 'newest';

export class Book {
  readonly #entries = new Map<Hash, Entry>();
  readonly #byName = new Map<string, Entry>();
  readonly #labels = new Map<Hash, string>();
  readonly #requests = new Map<string, ClientRequest>();
  readonly #certificates = new Map<string, Certificate>();
  readonly #makeRequest: (count: number) => ClientRequest;
  /** What was signed, in the order in which it was sent. */
  readonly responses: Signed<ResponseStatement>[] = [];
  readonly votes: VoteBundle['votes'][number][] = [];
  readonly suspects: SuspicionCertificate['suspects'][number][] = [];

  constructor(genesis: Entry, makeRequest: (count: number) => ClientRequest) {
    this.#makeRequest = makeRequest;
    this.#name(genesis, GENESIS);
  }

  #name(entry: Entry, name: string): void {
    this.#entries.set(entry.hash, entry);
    this.#byName.set(name, entry);
    this.#labels.set(entry.hash, name);
    this.#byName.set(NEWEST, entry);
  }

  /** Takes note of an entry; a sentence about it if it is new. */
  learn(entry: Entry, name: string | null = null): string | null {
    if (this.#entries.has(entry.hash)) return null;
    if (name !== null && this.#byName.has(name)) throw new ScriptError(`${name} has a meaning`);
    this.#name(entry, name ?? this.#freeName(entry));
    const { index, term, parent, kind } = entry.header;
    const place = name === null ? '' : `entry ${index} of term ${term}, `;
    const on = `on ${this.#labels.get(parent) ?? 'an unknown entry'}`;
    const content = kind === 'term' ? `the vote bundle of term ${term}` : this.contentOf(entry);
    return `${this.label(positionOf(entry))} is ${place}${content} ${on}`;
  }

  #freeName({ header: { index, term } }: Entry): string {
    const base = `${index}/${term}`;
    const letters = ['', ...'bcdefghijklmnopqrstuvwxyz'];
    const letter = letters.find((one) => !this.#byName.has(`${base}${one}`));
    if (letter === undefined) throw new ScriptError(`too many entries ${base}`);
    return `${base}${letter}`;
  }

  /** The requests of a batch by name. */
  contentOf({ content }: Entry): string {
    if (content.kind !== 'batch') return content.kind;
    return content.requests.map((request) => this.requestName(request)).join(' ');
  }

  requestName({ digest }: ClientRequest): string {
    return [...this.#requests].find(([, known]) => known.digest === digest)?.[0] ?? 'a request';
  }

  label({ index, hash }: Position): string {
    return index === 0 ? 'none' : (this.#labels.get(hash) ?? `an unknown entry ${index}`);
  }

  /** Whether an entry of that name has been made yet. */
  has(name: string): boolean {
    return this.#byName.has(name);
  }

  entry(name: string): Entry {
    const entry = this.#byName.get(name);
    if (entry !== undefined) return entry;
    throw new Impossible(
      `no entry is called “${name}”; there are ${[...this.#labels.values()].join(', ')}`,
    );
  }

  position(name: string): Position {
    return positionOf(this.entry(name));
  }

  /** What an entry stands on. */
  positionBelow({ header }: Entry): Position {
    return { index: (header.index - 1) as LogIndex, hash: header.parent };
  }

  parentOf(entry: Entry): Entry | null {
    return this.#entries.get(entry.header.parent) ?? null;
  }

  entryAt({ hash }: Position): Entry | null {
    return this.#entries.get(hash) ?? null;
  }

  /** The entries above `from`, up to `to`. */
  path(from: Position, to: Position): readonly Entry[] {
    const entries: Entry[] = [];
    for (let entry = this.entryAt(to); entry !== null; entry = this.parentOf(entry)) {
      if (entry.hash === from.hash) return entries.reverse();
      entries.push(entry);
    }
    throw new Impossible(`${this.label(to)} does not stand on ${this.label(from)}`);
  }

  /** A client's request: the client signs it the first time it is named. */
  request(name: string): ClientRequest {
    const known = this.#requests.get(name);
    if (known !== undefined) return known;
    const request = this.#makeRequest(this.#requests.size + 1);
    this.#requests.set(name, request);
    return request;
  }

  get requests(): readonly (readonly [string, ClientRequest])[] {
    return [...this.#requests];
  }

  certificate(name: string): Certificate {
    const certificate = this.#certificates.get(name);
    if (certificate === undefined) throw new Impossible(`no certificate is called “${name}”`);
    return certificate;
  }

  keep(name: string, certificate: Certificate): void {
    if (this.#certificates.has(name)) throw new ScriptError(`${name} has a meaning`);
    this.#certificates.set(name, certificate);
  }

  /** In words. */
  describe(certificate: Certificate): string {
    const { term } = (certificate.responses[0] as Signed<ResponseStatement>).statement;
    const what = this.label(certifiedPosition(certificate));
    return `a ${certificate.phase} certificate of term ${term} for ${what}`;
  }

  /** Every frame in the network is seen. */
  see(message: PeerMessage): void {
    if (message.kind === 'append-entries-response') this.responses.push(message.signed);
    if (message.kind === 'vote') this.votes.push(message.signed);
    if (message.kind === 'suspect') this.suspects.push(message.signed);
  }
}
