/** Answers a peer's fetches of committed entries from the store (D3): one at a time for each peer, and not too often. */
import { limits } from '../base/limits.ts';
import type { Effect, ServeLink } from '../consensus/core.ts';
import type { CommitCertificate } from '../consensus/model/certificate.ts';
import { certifiedPosition } from '../consensus/model/certificate.ts';
import type { LogIndex, NodeId } from '../consensus/model/ids.ts';
import type { EntriesBody } from '../consensus/model/message.ts';
import type { Position } from '../consensus/model/position.ts';
import type { LogStore } from './ports.ts';

/** As in the core's `serve` effect. */
export type FetchRequest = Pick<Extract<Effect, { type: 'serve' }>, 'from' | 'newest' | 'link'>;

interface Lane {
  /** The latest request that was not answered yet: it replaces the one before. */
  waiting: FetchRequest | null;
  serving: boolean;
  servedAtMs: number;
}

export interface FetchServerDeps {
  readonly store: LogStore;
  readonly send: (to: NodeId, body: EntriesBody) => void;
  readonly onIdle: () => void;
  readonly onFailure: (error: unknown) => void;
}

export class FetchServer {
  readonly #deps: FetchServerDeps;
  readonly #lanes = new Map<NodeId, Lane>();

  constructor(deps: FetchServerDeps) {
    this.#deps = deps;
  }

  /** No answer is being made. What still waits is not counted: the asker asks again. */
  get idle(): boolean {
    for (const lane of this.#lanes.values()) if (lane.serving) return false;
    return true;
  }

  ask(to: NodeId, request: FetchRequest, nowMs: number): void {
    const lane = this.#lanes.get(to) ?? { waiting: null, serving: false, servedAtMs: -Infinity };
    this.#lanes.set(to, lane);
    lane.waiting = request;
    this.#serve(to, lane, nowMs);
  }

  /** Serves what had to wait. */
  tick(nowMs: number): void {
    for (const [to, lane] of this.#lanes) this.#serve(to, lane, nowMs);
  }

  #serve(to: NodeId, lane: Lane, nowMs: number): void {
    const { waiting } = lane;
    if (waiting === null || lane.serving) return;
    if (nowMs - lane.servedAtMs < limits.serveIntervalMs) return;
    lane.waiting = null;
    lane.serving = true;
    lane.servedAtMs = nowMs;
    readAnswer(this.#deps.store, waiting).then(
      (body) => {
        lane.serving = false;
        if (body !== null) this.#deps.send(to, body);
        this.#deps.onIdle();
      },
      (error: unknown) => {
        lane.serving = false;
        this.#deps.onFailure(error);
      },
    );
  }
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
  const { fetchEntriesMax, fetchBytesMax, fetchHeadersMax } = limits;
  const entries = await store.readCommitted(from, committed, fetchEntriesMax, fetchBytesMax);
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
  const { fetchEntriesMax, fetchBytesMax, fetchHeadersMax } = limits;
  const read = await store.readCommitted(from, to, fetchEntriesMax, fetchBytesMax);
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
