/** What a node says of itself, for operators. One node's word. */
import type { CoreStatus } from '../consensus/core.ts';
import { evidenceId, subjectOf } from '../consensus/model/evidence.ts';
import type { NodeId } from '../consensus/model/ids.ts';
import type { WireContext } from '../wire/context.ts';

/** Since the host started; never reset. */
export interface Counters {
  framesIn: number;
  framesOut: number;
  /** Frames that found their queue full (L2). */
  framesDropped: number;
  /** Messages whose signatures were checked and held. */
  verified: number;
  /** Messages that were malformed or whose signatures did not hold. */
  rejected: number;
  /** Messages that could not change anything, so nobody checked them (M6). */
  unwanted: number;
  /** Writes to the log, each synced. */
  syncs: number;
  requests: number;
  reads: number;
  replies: number;
  refusals: number;
}

export function freshCounters(): Counters {
  return {
    framesIn: 0,
    framesOut: 0,
    framesDropped: 0,
    verified: 0,
    rejected: 0,
    unwanted: 0,
    syncs: 0,
    requests: 0,
    reads: 0,
    replies: 0,
    refusals: 0,
  };
}

/** What waits inside the host now. Each is bounded (`base/limits.ts`). */
export interface Queues {
  /** Frames that nobody has looked at yet, and their bytes. */
  readonly peerFrames: number;
  readonly peerBytes: number;
  readonly clientFrames: number;
  readonly clientBytes: number;
  /** Requests that are looked up in the machine, or were and wait to be verified. */
  readonly lookups: number;
  readonly reads: number;
  /** Records that wait for the write under way, and messages that wait for their write (N3). */
  readonly records: number;
  readonly sends: number;
  /** Committed entries in memory that wait to be applied, and the bytes of their payloads. */
  readonly entries: number;
  readonly entryBytes: number;
}

export interface LinkStatus {
  readonly peer: NodeId;
  readonly connected: boolean;
  /** Milliseconds since that peer was last heard; null: never. */
  readonly lastHeardAgoMs: number | null;
}

export interface HostStatus {
  readonly state: 'running' | 'stopping' | 'stopped';
  readonly core: CoreStatus;
  /** The machine's position, and the digest of its state there. */
  readonly applied: { readonly index: number; readonly hash: string };
  readonly stateDigest: string;
  readonly links: readonly LinkStatus[];
  readonly counters: Readonly<Counters>;
  readonly queues: Queues;
}

/**
 * As JSON. Evidence is named, not shown: its signed halves are asked for one by one. Every number is below 2^53.
 */
export function statusJson(
  status: HostStatus,
  { clusterId, digest }: Pick<WireContext, 'clusterId' | 'digest'>,
): string {
  const evidence = status.core.evidence.map((body) => {
    const subject = subjectOf(body);
    return { id: evidenceId(clusterId, subject, digest), ...subject };
  });
  return JSON.stringify({ ...status, core: { ...status.core, evidence } });
}
