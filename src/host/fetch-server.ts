/** Answers a peer's fetches of committed entries from the store (D3): one at a time for each peer, and not too often. */
import { limits } from '../base/limits.ts';
import type { Effect, ServeLink } from '../consensus/core.ts';
import type { CommitCertificate } from '../consensus/model/certificate.ts';
import { certifiedPosition } from '../consensus/model/certificate.ts';
import type { Entry } from '../consensus/model/entry.ts';
import type { LogIndex, NodeId } from '../consensus/model/ids.ts';
import type { EntriesBody } from '../consensus/model/message.ts';
import type { Position } from '../consensus/model/position.ts';
import { signaturesIn } from '../wire/entry.ts';
import type { LogStore } from './ports.ts';

/** As in the core's `serve` effect. */
export type FetchRequest = Pick<Extract<Effect, { type: 'serve' }>, 'from' | 'newest' | 'link'>;

interface Lane {
  /** The latest request that was not answered yet: it replaces the one before. */
  waiting: FetchRequest | null;
  serving: boolean;
  /** L2: when its last answer is paid for. */
  nextAtMs: number;
}

export interface FetchServerDeps {
  readonly store: LogStore;
  readonly send: (to: NodeId, body: EntriesBody) => void;
  readonly onIdle: () => void;
  readonly onFailure: (error: unknown) => void;
}

export class FetchServer {
  readonly #deps: FetchServerDeps;
  /** In the order of their turns. */
  readonly #lanes = new Map<NodeId, Lane>();
  #serving = 0;
  /** Somebody waits for a place. */
  #isCrowded = false;
  #nowMs = 0;

  constructor(deps: FetchServerDeps) {
    this.#deps = deps;
  }

  /** No answer is being made. What still waits is not counted: the asker asks again. */
  get idle(): boolean {
    return this.#serving === 0;
  }

  ask(to: NodeId, request: FetchRequest, nowMs: number): void {
    const lane = this.#lanes.get(to) ?? { waiting: null, serving: false, nextAtMs: -Infinity };
    this.#lanes.set(to, lane);
    lane.waiting = request;
    this.tick(nowMs);
  }

  /** Serves what had to wait: few at once, since the threads that read are those that write the log. */
  tick(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#isCrowded = false;
    for (const [to, lane] of [...this.#lanes]) {
      if (lane.waiting === null || lane.serving || nowMs < lane.nextAtMs) continue;
      if (this.#serving >= limits.servedAtOnceMax) {
        this.#isCrowded = true;
        return;
      }
      this.#lanes.delete(to);
      this.#lanes.set(to, lane);
      this.#serve(to, lane, lane.waiting);
    }
  }

  #serve(to: NodeId, lane: Lane, request: FetchRequest): void {
    const { store, send, onIdle, onFailure } = this.#deps;
    const startedMs = this.#nowMs;
    lane.waiting = null;
    lane.serving = true;
    lane.nextAtMs = startedMs + limits.serveIntervalMs;
    this.#serving++;
    readAnswer(store, request).then(
      (body) => {
        lane.serving = false;
        this.#serving--;
        if (body !== null) {
          lane.nextAtMs = Math.max(lane.nextAtMs, startedMs + costMs(body));
          send(to, body);
        }
        if (this.#isCrowded) this.tick(this.#nowMs);
        onIdle();
      },
      (error: unknown) => {
        lane.serving = false;
        this.#serving--;
        onFailure(error);
      },
    );
  }
}

/** Who asks without end takes no more of disk and line than so many bytes a second. */
function costMs({ entries }: EntriesBody): number {
  const bytes = entries.reduce((sum, { payload }) => sum + payload.length, 0);
  return (1_000 * bytes) / limits.serveBytesPerSecond;
}

/**
 * As many entries as fit, and the headers from the last of them to the nearest commit certificate. Null where nothing
 * from `from` on is certified.
 */
export async function readAnswer(
  store: LogStore,
  { from, newest, link }: FetchRequest,
): Promise<EntriesBody | null> {
  if (newest !== null) return await readCertified(store, from, newest);
  return link === null ? null : await readLinked(store, from, link);
}

/** No certificate reaches up to `from`: by headers to the commit index, and from there to what the asker believes. */
async function readLinked(
  store: LogStore,
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

async function readCertified(
  store: LogStore,
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

/** As many as one answer may carry. */
async function readEntries(
  store: LogStore,
  from: LogIndex,
  to: Position,
  signaturesMax: number,
): Promise<readonly Entry[]> {
  const { fetchEntriesMax, fetchBytesMax } = limits;
  const read = await store.readCommitted(from, to, fetchEntriesMax, fetchBytesMax);
  let signatures = 0;
  const end = read.findIndex((entry) => (signatures += signaturesIn(entry)) > signaturesMax);
  return end < 0 ? read : read.slice(0, Math.max(1, end));
}

/** The stored certificate at or above an index that lies lowest, or the newest one. */
async function nearest(
  store: LogStore,
  index: LogIndex,
  newest: CommitCertificate,
): Promise<CommitCertificate> {
  const stored = await store.readCertificate(index);
  const isLower =
    stored !== null && certifiedPosition(stored).index < certifiedPosition(newest).index;
  return isLower ? stored : newest;
}

async function headersUpTo(
  store: LogStore,
  from: LogIndex,
  end: Position,
): Promise<EntriesBody['headers']> {
  if (from > end.index) return [];
  return (await store.readHeaders(from, end)).map(({ header }) => header);
}
