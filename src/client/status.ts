/** What a node says of itself: one node's word, as JSON of the host. */
import { fromUtf8 } from '../base/bytes.ts';
import type { Epoch, NodeId, Term } from '../consensus/model/ids.ts';
import { isNodeId } from '../consensus/model/ids.ts';
import type { TangaroaError } from './errors.ts';
import type { LeaderReport } from './leader.ts';

/** The query that the host answers itself, before any machine sees it. */
export const STATUS_QUERY: Uint8Array = Uint8Array.of(0xff);

export interface NodeStatus {
  readonly node: NodeId;
  /** The log index that the node had applied when it answered. */
  readonly appliedIndex: bigint;
  /** The host's report, as it came: role, term, indexes, links … */
  readonly report: Readonly<Record<string, unknown>>;
}

/** One line of `statusAll`: a node that does not answer has its error. */
export type NodeReport =
  | { readonly node: NodeId; readonly ok: true; readonly status: NodeStatus }
  | { readonly node: NodeId; readonly ok: false; readonly error: TangaroaError };

/** The JSON object in the bytes, or null. */
export function parseReport(bytes: Uint8Array): Readonly<Record<string, unknown>> | null {
  const text = fromUtf8(bytes);
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return asObject(value);
  } catch {
    // JSON.parse throws for what is no JSON, and for nothing else: one node's fault, told by the null.
    return null;
  }
}

/** Who leads, in that node's eyes; null where the report does not say. */
export function leaderIn(report: Readonly<Record<string, unknown>>): LeaderReport | null {
  const core = asObject(report['core']) ?? report;
  const { epoch, term, leader } = core;
  if (!isCount(epoch) || !isCount(term)) return null;
  if (leader !== null && (typeof leader !== 'string' || !isNodeId(leader))) return null;
  return { epoch: epoch as Epoch, term: term as Term, leader };
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : null;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
