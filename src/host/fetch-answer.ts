/** Answers to fetches of committed entries, read from the store (D3). */
import { limits } from '../base/limits.ts';
import type { Served } from '../base/serve-account.ts';
import type { Effect, ServeLink } from '../consensus/core.ts';
import type { CommitCertificate } from '../consensus/model/certificate.ts';
import { certifiedPosition } from '../consensus/model/certificate.ts';
import type { Entry } from '../consensus/model/entry.ts';
import type { LogIndex } from '../consensus/model/ids.ts';
import type { EntriesBody } from '../consensus/model/message.ts';
import type { Position } from '../consensus/model/position.ts';
import { signaturesIn } from '../wire/entry.ts';
import type { LogStore } from './ports.ts';

/** As in the core's `serve` effect. */
export type FetchRequest = Pick<Extract<Effect, { type: 'serve' }>, 'from' | 'newest' | 'link'>;

type Reads = Pick<LogStore, 'readCommitted' | 'readHeaders' | 'readCertificate'>;

/** Counts what is read, whether or not it becomes an answer. */
class Meter implements Reads {
  readonly #store: Reads;
  #bytes = 0;
  #records = 0;
  /** The last entry. */
  upTo: LogIndex | 0 = 0;

  constructor(store: Reads) {
    this.#store = store;
  }

  get served(): Served {
    return { bytes: this.#bytes, records: this.#records };
  }

  readonly readCommitted: Reads['readCommitted'] = async (...bounds) => {
    const entries = await this.#store.readCommitted(...bounds);
    this.#records += entries.length;
    this.#bytes += entries.reduce((sum, { payload }) => sum + payload.length, 0);
    this.upTo = entries.at(-1)?.header.index ?? 0;
    return entries;
  };

  readonly readHeaders: Reads['readHeaders'] = async (...bounds) => {
    const headers = await this.#store.readHeaders(...bounds);
    this.#records += headers.length;
    return headers;
  };

  readonly readCertificate: Reads['readCertificate'] = async (from) => {
    this.#records++;
    return await this.#store.readCertificate(from);
  };
}

export interface FetchAnswer {
  /** Null where nothing from `from` on is certified, or too much lies between that and its proof. */
  readonly body: EntriesBody | null;
  readonly served: Served;
  /** The last entry of the answer; of what was read for it where there is none. */
  readonly upTo: LogIndex | 0;
}

export async function readAnswer(
  store: Reads,
  { from, newest, link }: FetchRequest,
): Promise<FetchAnswer> {
  const meter = new Meter(store);
  let body: EntriesBody | null = null;
  if (newest !== null) body = await readCertified(meter, from, newest);
  else if (link !== null) body = await readLinked(meter, from, link);
  return { body, served: meter.served, upTo: body?.entries.at(-1)?.header.index ?? meter.upTo };
}

/** No certificate reaches up to `from`: by headers to the commit index, and from there to what the asker believes. */
async function readLinked(
  store: Reads,
  from: LogIndex,
  { committed, headers: above, leader }: ServeLink,
): Promise<EntriesBody | null> {
  const { fetchHeadersMax, unprovenSignaturesMax } = limits;
  const entries = await readEntries(store, from, committed, unprovenSignaturesMax);
  const last = entries.at(-1);
  if (last === undefined) return null;
  const { index } = last.header;
  if (committed.index - index + above.length > fetchHeadersMax) return null;
  const headers = await headersUpTo(store, (index + 1) as LogIndex, committed);
  return { entries, headers: [...headers, ...above], leader, commit: null };
}

/** As many entries as fit, and the headers from the last of them to the nearest commit certificate. */
async function readCertified(
  store: Reads,
  from: LogIndex,
  newest: CommitCertificate,
): Promise<EntriesBody | null> {
  const to = certifiedPosition(newest);
  const { fetchHeadersMax, fetchSignaturesMax } = limits;
  const read = await readEntries(store, from, to, fetchSignaturesMax);
  const last = read.at(-1);
  if (last === undefined) return null;
  const proof = await nearest(store, last.header.index, newest);
  const end = certifiedPosition(proof);
  if (end.index - last.header.index <= fetchHeadersMax) {
    const headers = await headersUpTo(store, (last.header.index + 1) as LogIndex, end);
    return { entries: read, headers, leader: null, commit: proof };
  }
  // Certificates lie closer together than that (`limits.certificateSpacing`), but one in between may serve as well.
  const lower = await nearest(store, from, newest);
  const index = certifiedPosition(lower).index;
  const entries = read.filter(({ header }) => header.index <= index);
  return index > last.header.index ? null : { entries, headers: [], leader: null, commit: lower };
}

/** As many as are read and encoded in a short turn. */
async function readEntries(
  store: Reads,
  from: LogIndex,
  to: Position,
  signaturesMax: number,
): Promise<readonly Entry[]> {
  const { fetchEntriesTarget, fetchBytesMax } = limits;
  const read = await store.readCommitted(from, to, fetchEntriesTarget, fetchBytesMax);
  let signatures = 0;
  const end = read.findIndex((entry) => (signatures += signaturesIn(entry)) > signaturesMax);
  return end < 0 ? read : read.slice(0, Math.max(1, end));
}

/** The stored certificate at or above an index that lies lowest, or the newest one. */
async function nearest(
  store: Reads,
  index: LogIndex,
  newest: CommitCertificate,
): Promise<CommitCertificate> {
  const stored = await store.readCertificate(index);
  const isLower =
    stored !== null && certifiedPosition(stored).index < certifiedPosition(newest).index;
  return isLower ? stored : newest;
}

async function headersUpTo(
  store: Reads,
  from: LogIndex,
  end: Position,
): Promise<EntriesBody['headers']> {
  if (from > end.index) return [];
  return (await store.readHeaders(from, end)).map(({ header }) => header);
}
